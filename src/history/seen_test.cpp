#include "history/seen.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "history/differences.hpp"
#include "history/read_state.hpp"
#include "history/recorder.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::history;
using smi::test::FakeDriver, smi::test::make_driver, smi::test::run_on, smi::test::data_center_board,
    smi::test::gaming_board;

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
  const auto text = parse_seen(run_on(made, {"-q"}).out, "t"),
             xml = parse_seen(run_on(made, {"-q", "-x"}).out, "x");
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
  for (const char* wrong : {"", "hello", "<nvidia_smi_log></nvidia_smi_log>",
                            "<?xml version=\"1.0\" ?><nvidia_smi_log><gpu id=\"1\"", "{", "{\"a\":1}",
                            "==============NVSMI LOG==============\n\nDriver Version : 1\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_seen(wrong, "f"));
  }
  std::string deep = "<?xml version=\"1.0\" ?>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK_FALSE(parse_seen(deep, "f"));
  CHECK(plain_version("610.43.02 [Deprecated; will be removed]") == "610.43.02");
}

TEST_CASE("elements of -x: escapes, comments, empty ones, lists") {
  const auto seen = parse_seen_xml(
      "<?xml version=\"1.0\" ?>\n<!DOCTYPE "
      "x>\n<nvidia_smi_log>\n<driver_version>580.95.05</driver_version><cuda_version>13.0 "
      "[Deprecated]</cuda_version>\n"
      "<gpu id=\"00000000:41:00.0\"><product_name>A &amp; B &lt;C&gt;</product_name><!-- <uuid>no</uuid> "
      "--><empty/><blank></blank>"
      "<processes><process_info><pid>1</pid></process_info><process_info><pid>2</pid></process_info></"
      "processes>"
      "<clocks_throttle_reasons><clocks_throttle_reason_gpu_idle>Active</clocks_throttle_reason_gpu_idle></"
      "clocks_throttle_reasons></gpu>\n"
      "<gpu id=\"00000000:42:00.0\"><uuid>GPU-2</uuid></gpu></nvidia_smi_log>\n",
      "t");
  REQUIRE(seen);
  CHECK(seen->driver_version == "580.95.05");
  CHECK(seen->cuda_version == "13.0");
  REQUIRE(seen->gpus.size() == 2);
  const auto& texts = seen->gpus[0].texts;
  CHECK(seen->gpus[0].id == "00000000:41:00.0");
  CHECK(texts.at("product_name") == "A & B <C>");
  CHECK_FALSE(texts.contains("uuid"));
  CHECK_FALSE(texts.contains("blank"));
  CHECK(texts.at("processes/process_info/pid") == "1");
  CHECK(texts.at("clocks_event_reasons/clocks_event_reason_gpu_idle") == "Active");
  CHECK(seen->gpus[1].texts.at("uuid") == "GPU-2");
}

TEST_CASE("lines of -q: labels nest by indentation, unknown ones are left alone") {
  const auto seen = parse_seen_query(
      "\n==============NVSMI LOG==============\n\nTimestamp                : now\nDriver Version           : "
      "580.95.05\nCUDA Version             : 13.0\n\n"
      "GPU 00000000:41:00.0\n    Product Name            : X\n    No Such Label           : 1\n    Clocks "
      "Throttle Reasons\n        Idle                : Active\n"
      "    FB Memory Usage\n        Used                : 5 MiB\n    BAR1 Memory Usage\n        Used         "
      "       : 7 MiB\n    Processes               : None\n",
      "t");
  REQUIRE(seen);
  REQUIRE(seen->gpus.size() == 1);
  const auto& texts = seen->gpus[0].texts;
  CHECK(texts.at("product_name") == "X");
  CHECK(texts.at("fb_memory_usage/used") == "5 MiB");
  CHECK(texts.at("bar1_memory_usage/used") == "7 MiB");
  CHECK(texts.at("clocks_event_reasons/clocks_event_reason_gpu_idle") == "Active");
  CHECK_FALSE(texts.contains("No Such Label"));
  CHECK(texts.size() == 5);  // and that there are no processes
}

TEST_CASE("what a driver of each generation prints is read in both forms alike") {
  for (const char* version :
       {"470.256.02", "535.183.06", "550.163.01", "570.195.03", "580.95.05", "595.71.05", "610.43.02"}) {
    CAPTURE(version);
    FakeDriver made = make_driver({data_center_board(), gaming_board()}, version);
    const auto text = parse_seen(run_on(made, {"-q"}).out, "t"),
               xml = parse_seen(run_on(made, {"-q", "-x"}).out, "x");
    REQUIRE(text);
    REQUIRE(xml);
    CHECK(render_differences(find_differences(*text, *xml), 80).empty());
    CHECK(render_differences(find_differences(*xml, *text), 80).empty());
    CHECK(text->driver_version == version);
  }
}

TEST_CASE("what is done to a GPU is found between two looks, in each form") {
  struct Row {
    const char* key;
    const char* value;
    const char* path;
    Severity severity;
  };
  const Row rows[] = {
      {"nvmlDeviceGetPersistenceMode", "0", "persistence_mode", Severity::kNote},
      {"nvmlDeviceGetCurrPcieLinkWidth", "4", "pci/pci_gpu_link_info/link_widths/current_link_width",
       Severity::kWarning},
      {"nvmlDeviceGetMaxPcieLinkWidth", "8", "pci/pci_gpu_link_info/link_widths/max_link_width",
       Severity::kWarning},
      {"nvmlDeviceGetVbiosVersion", "1.2.3", "vbios_version", Severity::kNote},
      {"remapped", "9", "remapped_rows/remapped_row_corr", Severity::kWarning},
      {"repair", "1", "ecc_errors/channel_repair_pending", Severity::kWarning},
      {"unrepairable", "1", "ecc_errors/unrepairable_memory", Severity::kBroken},
      {"nvmlDeviceGetEccMode.1", "0", "ecc_mode/pending_ecc", Severity::kWarning},
      {"nvmlDeviceGetMaxClockInfo.0", "1200", "max_clocks/graphics_clock", Severity::kWarning},
      {"field.230.0", "1", "gpu_recovery_action", Severity::kBroken},
      {"gsp", "590.48.02", "gsp_firmware_version", Severity::kNote},
  };
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const auto before_text = parse_seen(run_on(made, {"-q"}).out, "t"),
             before_xml = parse_seen(run_on(made, {"-q", "-x"}).out, "x");
  const Seen before_state = seen_of_state(state_of(made));
  REQUIRE(before_text);
  REQUIRE(before_xml);
  for (const Row& row : rows) {
    CAPTURE(row.key);
    FakeDriver changed = make_driver({data_center_board(), gaming_board()});
    changed.boards[0].answers[row.key] = row.value;
    const auto text = parse_seen(run_on(changed, {"-q"}).out, "t"),
               xml = parse_seen(run_on(changed, {"-q", "-x"}).out, "x");
    REQUIRE(text);
    REQUIRE(xml);
    for (const auto& found : {find_differences(*before_text, *text), find_differences(*before_xml, *xml),
                              find_differences(before_state, seen_of_state(state_of(changed)))}) {
      REQUIRE(found.size() == 1);
      CHECK(found[0].path == row.path);
      CHECK(found[0].severity == row.severity);
      CHECK(found[0].gpu == "00000000:1B:00.0");
    }
  }
}
