#include "history/seen.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "history/differences.hpp"
#include "history/read_state.hpp"
#include "history/recorder.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::history;
using smi::test::FakeDriver, smi::test::make_driver, smi::test::run_on, smi::test::data_center_board, smi::test::gaming_board;

namespace {

State state_of(FakeDriver& made) {
  nvml::Nvml library = made.library();
  smi::System system(library, smi::compat_of("590.48.01"));
  system.count = static_cast<unsigned>(made.boards.size());
  auto targets = smi::find_targets(system, "");
  return read_state(system, targets);
}

}  // namespace

TEST_CASE("the same machine in any form of -q is the same machine") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const auto xml = parse_seen(run_on(made, {"-q", "-x"}).out, "x");
  const auto text = parse_seen(run_on(made, {"-q"}).out, "t");
  const auto json = parse_seen(run_on(made, {"-q", "--json"}).out, "j");
  REQUIRE(xml);
  REQUIRE(text);
  REQUIRE(json);
  const Seen read = seen_of_state(state_of(made));
  for (const Seen* other : {&*text, &*json, &read}) {
    CHECK(render_differences(find_differences(*xml, *other), 80).empty());
    CHECK(other->gpus.size() == 2);
    CHECK(other->driver_version == "590.48.01");
    CHECK(other->gpus[0].texts.at("pci/pci_gpu_link_info/link_widths/current_link_width") == "8x");
    CHECK(other->gpus[0].texts.at("gpu_power_readings/current_power_limit") == "700.00 W");
    CHECK(other->gpus[0].texts.at("compute_mode") == "Exclusive_Process");
  }
  made.boards[0].answers["nvmlDeviceGetComputeMode"] = "0";
  const auto later = parse_seen(run_on(made, {"-q"}).out, "t");
  REQUIRE(later);
  REQUIRE(find_differences(*xml, *later).size() == 1);
}

TEST_CASE("an old driver's words are those of today") {
  FakeDriver made = make_driver({gaming_board()}, "515.105.01");
  const auto text = parse_seen(run_on(made, {"-q"}).out, "t"), xml = parse_seen(run_on(made, {"-q", "-x"}).out, "x");
  REQUIRE(text);
  REQUIRE(xml);
  CHECK(find_differences(*text, *xml).empty());
  CHECK(text->gpus[0].texts.contains("clocks_event_reasons/clocks_event_reason_gpu_idle"));
  CHECK(xml->gpus[0].texts.contains("clocks_event_reasons/clocks_event_reason_gpu_idle"));
}

TEST_CASE("a state holds the log, what dmon adds, and GPUs that are lost") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  made.boards[1].answers["handle"] = "15";
  const State state = state_of(made);
  REQUIRE(state.gpus.size() == 2);
  CHECK(state.gpus[0].id == "00000000:1B:00.0");
  CHECK(state.gpus[0].index == 0u);
  CHECK(shown_text(state.gpus[0].values.at("temperature/gpu_temp")) == "59 C");
  CHECK(state.gpus[0].values.contains("monitor/pviol"));
  CHECK(state.gpus[0].values.contains("monitor/energy"));
  CHECK(state.gpus[0].values.at("processes").items()->size() == 3);
  CHECK(state.gpus[1].lost);
  CHECK(state.gpus[1].values.empty());
  CHECK(shown_text(state.cuda_version) == "13.1");
}

TEST_CASE("what is none of these is refused with what would be") {
  for (const char* wrong : {"", "hello", "<nvidia_smi_log></nvidia_smi_log>", "<?xml version=\"1.0\" ?><nvidia_smi_log><gpu id=\"1\"", "{",
                            "{\"a\":1}", "==============NVSMI LOG==============\n\nDriver Version : 1\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_seen(wrong, "f"));
  }
  std::string deep = "<?xml version=\"1.0\" ?>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK_FALSE(parse_seen(deep, "f"));
  CHECK(plain_version("610.43.02 [Deprecated; will be removed]") == "610.43.02");
}
