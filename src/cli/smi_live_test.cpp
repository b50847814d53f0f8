// Goal: record and watch do to a driver what they say, on drivers that a test makes: which calls they make,
// what they write, which GPUs they fire for. Method: the fake library of smi's tests, whose answers change
// between two looks.
#include <doctest.h>

#include <sstream>

#include "base/text.hpp"
#include "cli/smi_verbs.hpp"
#include "cli/test_terminal.hpp"
#include "history/recording.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using smi::test::FakeDriver, smi::test::make_driver, smi::test::data_center_board, smi::test::gaming_board;

namespace {

Result<LiveDriver> open_fake() {
  return LiveDriver::adopt(smi::test::driver->library());
}

using Verb = Result<int> (*)(OpenDriver, const std::vector<std::string>&, Terminal&);
test::Ran run_on_fake(FakeDriver& made, Verb verb, const std::vector<std::string>& words) {
  test::Ran ran;
  Terminal terminal;
  terminal.out = [&](std::string_view text) { ran.out += text; };
  terminal.err = [&](std::string_view text) { ran.err += text; };
  made.library();  // makes it the one that is asked
  const auto code = verb(open_fake, words, terminal);
  ran.code = code ? *code : -1;
  if (!code) ran.err += code.error().text();
  return ran;
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a recording of a driver holds each GPU's log") {
  const test::Folder folder("record");
  const std::string path = folder.path / "a.rec";
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const auto ran = run_on_fake(made, smi_record_on, {path, "--count", "3", "--interval", "10"});
  CHECK(ran.code == kOk);
  CHECK(contains(ran.err, "3 moments of 2 GPUs"));
  const auto recording = history::parse_recording(read_file(path), "t");
  REQUIRE(recording);
  CHECK(recording->samples.size() == 2);
  CHECK(recording->interval_ms == 10);
  CHECK(recording->first.driver_version == "590.48.01");
  CHECK(recording->first.gpus[0].index == 0u);
  CHECK(history::shown_text(recording->first.gpus[1].values.at("temperature/gpu_temp")) == "33 C");
  // Nothing moved: the later lines say so in a few bytes.
  CHECK(recording->samples[0].gpus.empty());
  CHECK(made.asked.contains("nvmlShutdown"));
}

TEST_CASE("only the GPUs of -i are recorded; one that is not there is an error before a file is made") {
  const test::Folder folder("ids");
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  run_on_fake(made, smi_record_on, {folder.path / "a.rec", "--count", "1", "-i", "1"});
  const auto recording = history::parse_recording(read_file(folder.path / "a.rec"), "t");
  REQUIRE(recording);
  REQUIRE(recording->first.gpus.size() == 1);
  CHECK(recording->first.gpus[0].id == "00000000:0C:00.0");
  const auto ran = run_on_fake(made, smi_record_on, {folder.path / "b.rec", "--count", "1", "-i", "7"});
  CHECK(ran.code == -1);
  CHECK(contains(ran.err, "No devices were found"));
  CHECK_FALSE(std::filesystem::exists(folder.path / "b.rec"));
}

TEST_CASE("a GPU that is lost is recorded as lost") {
  const test::Folder folder("lost");
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  made.boards[0].answers["handle"] = "15";
  run_on_fake(made, smi_record_on, {folder.path / "a.rec", "--count", "2", "--interval", "10"});
  const auto recording = history::parse_recording(read_file(folder.path / "a.rec"), "t");
  REQUIRE(recording);
  CHECK(recording->first.gpus[0].lost);
  CHECK_FALSE(recording->first.gpus[1].lost);
}

TEST_CASE("a driver that cannot be reached is said in nvidia-smi's words") {
  FakeDriver made = make_driver({gaming_board()});
  made.answers["nvmlInit_v2"] = "9";
  for (const Verb verb : {smi_record_on, smi_watch_on}) {
    const auto ran = run_on_fake(made, verb, {verb == smi_watch_on ? "lost" : "/nowhere/a.rec"});
    CHECK(ran.code == -1);
    CHECK(contains(ran.err, "couldn't communicate with the NVIDIA driver"));
  }
}

TEST_CASE("watch asks for the fields of its condition and no others") {
  FakeDriver made = make_driver({data_center_board()});
  const auto ran = run_on_fake(made, smi_watch_on, {"temperature.gpu > 90", "--for", "0s"});
  CHECK(ran.code == kOk);
  CHECK(ran.out.empty());
  CHECK(made.asked.contains("nvmlDeviceGetTemperatureV"));
  for (const char* name :
       {"nvmlDeviceGetUUID", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo_v2"})
    CHECK_FALSE(made.asked.contains(name));
}

TEST_CASE("watch fires for each GPU where it holds, once") {
  FakeDriver made = make_driver({data_center_board(), gaming_board(), data_center_board()});
  const auto ran =
      run_on_fake(made, smi_watch_on, {"temperature.gpu > 50", "--for", "60ms", "--interval", "10"});
  CHECK(ran.code == kFindings);
  CHECK(contains(ran.out, "GPU 0: temperature.gpu > 50 (temperature.gpu 59 C)\n"));
  CHECK(contains(ran.out, "GPU 2: "));
  CHECK_FALSE(contains(ran.out, "GPU 1: "));
  CHECK(split_lines(ran.out).size() == 2);
}

TEST_CASE("watch --once ends with the look at which it fired; -i chooses") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  auto ran = run_on_fake(made, smi_watch_on, {"temperature.gpu > 50", "--once", "--for", "1h"});
  CHECK(ran.code == kFindings);
  ran = run_on_fake(made, smi_watch_on, {"temperature.gpu > 50", "-i", "1", "--for", "0s"});
  CHECK(ran.code == kOk);
}

TEST_CASE("a lost GPU fires lost, with and without a field beside it") {
  FakeDriver made = make_driver({gaming_board(), gaming_board()});
  made.boards[1].answers["handle"] = "15";
  CHECK(contains(run_on_fake(made, smi_watch_on, {"lost", "--for", "0s"}).out, "GPU 1: lost (lost)"));
  made.boards[1].answers.erase("handle");
  made.boards[1].answers["temperature"] = "!15";
  const auto ran = run_on_fake(made, smi_watch_on, {"lost or temperature.gpu > 90", "--for", "0s"});
  CHECK(contains(ran.out, "GPU 1: "));
  CHECK_FALSE(contains(ran.out, "GPU 0: "));
}

TEST_CASE("the command of watch is told the GPU, the condition and each field") {
  const test::Folder folder("exec");
  const std::string path = folder.path / "out";
  FakeDriver made = make_driver({gaming_board(), data_center_board()});
  const auto ran = run_on_fake(made, smi_watch_on,
                               {"temperature.gpu > 50 and not fan.speed > 5", "--once", "--exec",
                                "echo \"$NVSTACK_GPU_INDEX $NVSTACK_GPU_UUID $NVSTACK_FIELD_TEMPERATURE_GPU "
                                "[$NVSTACK_FIELD_FAN_SPEED] $NVSTACK_GPU_LOST "
                                "$NVSTACK_CONDITION\" >> " +
                                    path});
  CHECK(ran.code == kFindings);
  CHECK(read_file(path) ==
        "1 GPU-11112222-3333-4444-5555-666677778888 59 [] 0 temperature.gpu > 50 and not fan.speed > 5\n");
}
