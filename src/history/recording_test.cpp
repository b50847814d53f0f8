#include "history/recording.hpp"

#include <doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "history/replay_words.hpp"
#include "history/test_states.hpp"

using namespace nvstack;
using namespace nvstack::history;
using namespace nvstack::history::test;

namespace {

bool same(const State& a, const State& b) {
  if (a.gpus.size() != b.gpus.size() || a.driver_version != b.driver_version ||
      !(a.cuda_version == b.cuda_version))
    return false;
  for (std::size_t i = 0; i < a.gpus.size(); ++i)
    if (a.gpus[i].values != b.gpus[i].values || a.gpus[i].id != b.gpus[i].id ||
        a.gpus[i].lost != b.gpus[i].lost)
      return false;
  return true;
}

}  // namespace

TEST_CASE("what was recorded is read again, moment by moment") {
  State state = two_gpus();
  Recorder recorder;
  std::string text = recorder.begin({1'000'000, 500}, state);
  const State first = state;
  state.gpus[1].values["temperature/gpu_temp"] = celsius(41);
  state.gpus[1].values["processes"] = Json::array().add(process_json(7, "C", 512, "python3 train.py"));
  text += recorder.add(500, 1'000'500, state);
  const State second = state;
  state.gpus[0].values.erase("fan_speed");
  state.gpus[0].values["temperature/gpu_temp"] = smi::value_json(smi::missing(999));
  state.gpus[1].lost = true;
  text += recorder.add(1000, 1'001'000, state);
  const State third = state;
  state.gpus[1].lost = false;
  state.gpus[0].values["temperature/gpu_temp"] = celsius(50);
  text += recorder.add(1500, 1'001'500, state);
  const auto recording = parse_recording(text, "t");
  REQUIRE(recording);
  CHECK(recording->wall_ms == 1'000'000);
  CHECK(recording->interval_ms == 500);
  CHECK(recording->length_ms() == 1500);
  CHECK(same(recording->at(0), first));
  CHECK(same(recording->at(499), first));
  CHECK(same(recording->at(500), second));
  CHECK(same(recording->at(1200), third));
  CHECK(same(recording->at(9999), state));
  CHECK_FALSE(recording->was_cut);
}

TEST_CASE("a line holds what changed, and a number alone where its kind stays") {
  State state = two_gpus();
  Recorder recorder;
  recorder.begin({}, state);
  CHECK(recorder.add(1, 2, state) == "{\"ms\":1,\"wall_ms\":2}\n");
  state.gpus[0].values["temperature/gpu_temp"] = celsius(41);
  CHECK(recorder.add(2, 3, state) ==
        "{\"ms\":2,\"wall_ms\":3,\"gpus\":{\"0\":{\"set\":{\"temperature/gpu_temp\":41}}}}\n");
  state.gpus[0].values["fan_speed"] = smi::value_json(smi::number_value(std::int64_t{30}, "%"));
  CHECK(contains(recorder.add(3, 4, state), "\"fan_speed\":{\"value\":30,\"unit\":\"%\""));
  state.gpus[0].values.erase("fan_speed");
  CHECK(contains(recorder.add(4, 5, state), "\"gone\":[\"fan_speed\"]"));
  state.gpus[1].lost = true;
  state.gpus[1].values.clear();
  CHECK(recorder.add(5, 6, state) == "{\"ms\":5,\"wall_ms\":6,\"lost\":[1]}\n");
  state.gpus[1].silent = true, state.gpus[1].lost = false;  // nothing is known of it: it stays lost
  CHECK(recorder.add(7, 8, state) == "{\"ms\":7,\"wall_ms\":8,\"silent\":[1]}\n");
  state.gpus[1].silent = false, state.gpus[1].lost = true;
  CHECK(recorder.add(9, 9, state) == "{\"ms\":9,\"wall_ms\":9,\"silent\":[]}\n");
  CHECK(recorder.add(6, 7, state) == "{\"ms\":6,\"wall_ms\":7}\n");
}

TEST_CASE("a last line that was cut is left out") {
  State state = two_gpus();
  Recorder recorder;
  std::string text = recorder.begin({}, state);
  const std::size_t head = text.size();
  state.gpus[0].values["temperature/gpu_temp"] = celsius(90);
  text += recorder.add(10, 10, state);
  const auto cut = parse_recording(text.substr(0, text.size() - 5), "t");
  REQUIRE(cut);
  CHECK(cut->was_cut);
  CHECK(cut->samples.empty());
  CHECK(cut->first.gpus.size() == 2);
  CHECK_FALSE(parse_recording(text.substr(0, head - 1), "t"));
}

TEST_CASE("wrong lines are named") {
  State state = two_gpus();
  Recorder recorder;
  const std::string head = recorder.begin({}, state);
  for (const char* line :
       {"{\"ms\":-1}", "{\"ms\":1,\"gpus\":{\"2\":{}}}", "{\"ms\":1,\"gpus\":{\"x\":{}}}",
        "{\"ms\":1,\"lost\":[9]}", "{\"ms\":1,\"silent\":[9]}", "[1]",
        "{\"ms\":1,\"gpus\":{\"0\":{\"set\":{\"\":1}}}}", "{\"ms\":1,\"gpus\":{\"0\":{\"gone\":[1]}}}",
        "{\"ms\":1,\"gpus\":{\"0\":{\"set\":{\"id\":1}}}}", "nonsense"}) {
    CAPTURE(line);
    const auto recording = parse_recording(head + line + "\n", "file.rec");
    REQUIRE_FALSE(recording);
    CHECK(contains(recording.error().text(), "file.rec, line 2"));
  }
  CHECK_FALSE(parse_recording(head + "{\"ms\":5}\n{\"ms\":4}\n", "t"));
  CHECK_FALSE(parse_recording("", "t"));
  CHECK_FALSE(parse_recording("{}\n", "t"));
  const auto newer = parse_recording("{\"format\":\"nvstack-recording\",\"version\":2,\"gpus\":[]}\n", "t");
  REQUIRE_FALSE(newer);
  CHECK(contains(newer.error().text(), "version 2"));
  CHECK_FALSE(parse_recording("{\"format\":\"nvstack-recording\",\"version\":1}\n", "t"));
  CHECK_FALSE(parse_recording("{\"format\":\"nvstack-recording\",\"version\":1,\"gpus\":[{}]}\n", "t"));
}

TEST_CASE("a log becomes a state and a log again") {
  const State state = two_gpus();
  const Json log = log_of_state(state);
  CHECK(log["gpus"].items()->at(0)["temperature"]["gpu_temp"]["value"] == Json(40));
  CHECK(log["gpus"].items()->at(0)["pci"]["pci_gpu_link_info"]["link_widths"].members()->size() == 1);
  const auto again = state_of_log(log, "t");
  REQUIRE(again);
  CHECK(same(*again, state));
  CHECK(is_recording("{\"format\":\"nvstack-recording\",\"version\":1"));
  CHECK_FALSE(is_recording("{\"timestamp\":\"x\"}"));
}

TEST_CASE("folders whose names begin alike stay apart") {
  State state = two_gpus();
  state.gpus[0].values = {
      {"a/b", celsius(1)}, {"a-c", celsius(2)}, {"a/d/e", celsius(3)}, {"a", text_json("x")}};
  const auto again = state_of_log(log_of_state(state), "t");
  REQUIRE(again);
  CHECK(again->gpus[0].values.at("a/b") == celsius(1));
  CHECK(again->gpus[0].values.at("a-c") == celsius(2));
  CHECK(again->gpus[0].values.at("a/d/e") == celsius(3));
}

TEST_CASE("values as -x shows them") {
  CHECK(shown_text(celsius(40)) == "40 C");
  CHECK(shown_text(smi::value_json(smi::watts_value(38'900))) == "38.90 W");
  CHECK(shown_text(smi::value_json(smi::number_value(std::int64_t{16}, "x"))) == "16x");
  CHECK(shown_text(smi::value_json(smi::not_supported())) == "N/A");
  CHECK(shown_text(smi::value_json(smi::missing(15))) == "GPU is lost");
  CHECK(shown_text(Json::array().add(1).add(2)) == "2");
  CHECK(shown_text(Json("plain")) == "plain");
  CHECK(shown_text(Json()).empty());
}

TEST_CASE("a moment as words for a virtual host") {
  State state = two_gpus();
  GpuState& gpu = state.gpus[0];
  gpu.values["processes"] = Json::array().add(process_json(7, "C+G", 512, "python3 train.py"));
  gpu.values["clocks_throttle_reasons/clocks_throttle_reason_gpu_idle"] = text_json("Active");
  gpu.values["clocks_throttle_reasons/clocks_throttle_reason_sw_power_cap"] = text_json("Not Active");
  const auto words = replay_words(gpu);
  const auto has = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  CHECK(has(words, "temperature/gpu_temp=40 C"));
  CHECK(has(words, "processes="));
  CHECK(has(words, "process=7 C+G 512 python3 train.py"));
  CHECK(has(words, "clocks_event_reasons/clocks_event_reason_gpu_idle=Active"));
  CHECK(has(words, "fan_speed=N/A"));
  GpuChange change;
  change.set["temperature/gpu_temp"] = 40;
  CHECK(replay_words(gpu, change) == std::vector<std::string>{"temperature/gpu_temp=40 C"});
  // One reason changed: the mask needs the others too.
  change.set = {{"clocks_throttle_reasons/clocks_throttle_reason_gpu_idle", "Active"}};
  CHECK(replay_words(gpu, change).size() == 2);
}

namespace {

/// Numbers that look random and are the same in every run.
class Numbers {
 public:
  unsigned below(unsigned limit) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<unsigned>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_ = 7;
};

Json any_value(Numbers& numbers) {
  switch (numbers.below(7)) {
    case 0: return celsius(numbers.below(100));
    case 1: return text_json(numbers.below(2) ? "Active" : "Not Active");
    case 2: return smi::value_json(smi::missing(static_cast<int>(numbers.below(30))));
    case 3: return smi::value_json(smi::watts_value(numbers.below(700'000)));
    case 4: return Json::array().add(process_json(static_cast<int>(numbers.below(5000)), "C", 1, "a"));
    case 5: return Json::array();
    default: return smi::value_json(smi::number_value(std::int64_t{numbers.below(50)}, "MHz"));
  }
}

void change_something(Numbers& numbers, State& state) {
  static constexpr const char* kPaths[] = {"a",        "b/c", "b/d", "b/e/f", "g/h", "temperature/gpu_temp",
                                           "processes"};
  for (GpuState& gpu : state.gpus) {
    if (numbers.below(4) == 0) gpu.lost = !gpu.lost;
    if (gpu.lost) continue;
    const std::string path = kPaths[numbers.below(std::size(kPaths))];
    if (numbers.below(5) == 0)
      gpu.values.erase(path);
    else
      gpu.values[path] = any_value(numbers);
  }
}

}  // namespace

TEST_CASE("any values, kinds of values and losses are read as they were recorded") {
  Numbers numbers;
  State state = two_gpus();
  Recorder recorder;
  std::vector<State> moments = {state};
  std::string text = recorder.begin({5, 10}, state);
  for (int i = 1; i < 400; ++i) {
    change_something(numbers, state);
    text += recorder.add(i * 10, i * 10, state);
    moments.push_back(state);
  }
  const auto recording = parse_recording(text, "t");
  REQUIRE(recording);
  REQUIRE(recording->samples.size() + 1 == moments.size());
  State read = recording->first;
  for (std::size_t i = 1; i < moments.size(); ++i) {
    apply_sample(recording->samples[i - 1], read);
    CAPTURE(i);
    REQUIRE(same(read, moments[i]));
  }
  CHECK(same(recording->at(1990), moments[199]));
}

TEST_CASE("a recording that is cut anywhere is what stood before") {
  State state = two_gpus();
  Recorder recorder;
  std::string text = recorder.begin({}, state);
  const std::size_t head = text.size();
  for (int i = 1; i < 4; ++i) {
    state.gpus[0].values["temperature/gpu_temp"] = celsius(40 + i);
    text += recorder.add(i, i, state);
  }
  for (std::size_t bytes = head; bytes <= text.size(); ++bytes) {
    const auto recording = parse_recording(std::string_view(text).substr(0, bytes), "t");
    REQUIRE(recording);
    const auto whole = static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes), '\n'));
    CHECK(recording->samples.size() == whole - 1);
    CHECK(recording->was_cut == (text[bytes - 1] != '\n'));
  }
}

TEST_CASE("limits of a recording") {
  const std::string head =
      "{\"format\":\"nvstack-recording\",\"version\":1,\"gpus\":[{\"id\":\"00000000:81:00.0\"";
  std::string many = head;
  for (std::size_t i = 0; i <= kPathsMax; ++i) many += ",\"p" + std::to_string(i) + "\":1";
  CHECK_FALSE(parse_recording(many + "}]}\n", "t"));
  std::string deep = head + ",\"a\":", end = "}]}\n";
  for (int i = 0; i < 20; ++i) deep += "{\"a\":", end = "}" + end;
  CHECK_FALSE(parse_recording(deep + "1" + end, "t"));
  const std::string path(kPathBytesMax + 1, 'x');
  CHECK_FALSE(parse_recording(head + ",\"" + path + "\":1}]}\n", "t"));
  CHECK_FALSE(
      parse_recording(head + "}]}\n{\"ms\":1,\"gpus\":{\"0\":{\"set\":{\"" + path + "\":1}}}}\n", "t"));
  // Samples that add paths without end fill a GPU to its limit and no further.
  std::string text = head + "}]}\n";
  for (std::size_t i = 0; i < kPathsMax + 10; ++i)
    text +=
        "{\"ms\":" + std::to_string(i) + ",\"gpus\":{\"0\":{\"set\":{\"p" + std::to_string(i) + "\":1}}}}\n";
  const auto filled = parse_recording(text, "t");
  REQUIRE(filled);
  CHECK(filled->at(filled->length_ms()).gpus[0].values.size() == kPathsMax);
}

TEST_CASE("words for a virtual host are bounded and have no bytes that end them") {
  GpuState gpu = gpu_state("00000000:81:00.0", 0);
  gpu.values["processes"] = Json::array()
                                .add(process_json(7, "C", 1, (std::string(900, 'x') + "\n\x01").c_str()))
                                .add(Json("nonsense"))
                                .add(Json(5));
  gpu.values["long"] = text_json(std::string(1000, 'y').c_str());
  gpu.values["supported_clocks"] = Json::array();
  for (const std::string& word : replay_words(gpu)) {
    CHECK(word.size() < 600);
    CHECK_FALSE(has_control_bytes(word));
    CHECK_FALSE(word.starts_with("long="));
    CHECK_FALSE(word.starts_with("supported_clocks"));
  }
}

TEST_CASE("a process whose memory or name the driver did not tell") {
  GpuState gpu = gpu_state("00000000:81:00.0", 0);
  Json process = Json::object();
  process.set("pid", smi::value_json(smi::number_value(std::int64_t{9}))).set("type", text_json("G"));
  process.set("process_name", smi::value_json(smi::missing(4)))
      .set("used_memory", smi::value_json(smi::not_supported()));
  gpu.values["processes"] = Json::array().add(process);
  const auto words = replay_words(gpu);
  CHECK(std::find(words.begin(), words.end(), "process=9 G N/A Insufficient Permissions") != words.end());
}
