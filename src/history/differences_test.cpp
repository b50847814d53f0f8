#include "history/differences.hpp"

#include <doctest.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "history/difference_rows.hpp"
#include "smi/log.hpp"

using namespace nvstack;
using namespace nvstack::history;

namespace {

Seen machine() {
  Seen seen{"580.95.05", "13.0", {}};
  for (unsigned i = 0; i < 2; ++i)
    seen.gpus.push_back(
        {"00000000:8" + std::to_string(i) + ":00.0",
         i,
         false,
         {{"uuid", "GPU-" + std::to_string(i)},
          {"pci/pci_gpu_link_info/link_widths/current_link_width", "16x"},
          {"pci/pci_gpu_link_info/pcie_gen/current_link_gen", "4"},
          {"remapped_rows/remapped_row_failure", "No"},
          {"remapped_rows/remapped_row_corr", "0"},
          {"ecc_errors/volatile/dram_correctable", "3"},
          {"ecc_errors/volatile/dram_uncorrectable", "0"},
          {"gpu_power_readings/current_power_limit", "300.00 W"},
          {"persistence_mode", "Enabled"},
          {"nvlink/link_3", "Active"},
          {"temperature/gpu_temp", "40 C"},
          {"gpu_recovery_action", "None"},
          {"clocks_event_reasons_counters/clocks_event_reasons_counters_sw_power_cap", "1000 us"},
          {"fan_speed", "30 %"}}});
  return seen;
}

/// What changes when the second GPU's value does: "severity path text"; "" for nothing.
std::string change(const std::string& path, const std::string& value) {
  Seen after = machine();
  after.gpus[1].texts[path] = value;
  const auto found = find_differences(machine(), after);
  if (found.empty()) return "";
  REQUIRE(found.size() == 1);
  CHECK(found[0].gpu == "00000000:81:00.0");
  CHECK(found[0].uuid == "GPU-1");
  CHECK(found[0].path == path);
  return std::string(severity_word(found[0].severity)) + " " + render_english(found[0].text);
}

}  // namespace

TEST_CASE("what matters is found with how bad it is") {
  CHECK(change("pci/pci_gpu_link_info/link_widths/current_link_width", "8x") ==
        "warning PCIe link width: down from 16x to 8x");
  CHECK(change("pci/pci_gpu_link_info/pcie_gen/current_link_gen", "1").starts_with("note PCIe generation"));
  CHECK(change("pci/pci_gpu_link_info/pcie_gen/current_link_gen", "5").empty());
  CHECK(change("remapped_rows/remapped_row_failure", "Yes") == "broken row remapping failure: No became Yes");
  CHECK(change("remapped_rows/remapped_row_corr", "1") ==
        "warning rows remapped for correctable errors: up from 0 to 1");
  CHECK(change("ecc_errors/volatile/dram_correctable", "9").starts_with("note corrected DRAM errors"));
  CHECK(change("ecc_errors/volatile/dram_uncorrectable", "1").starts_with("broken uncorrected ECC errors"));
  CHECK(change("gpu_power_readings/current_power_limit", "250.00 W") ==
        "warning enforced power limit: down from 300.00 W to 250.00 W");
  CHECK(change("gpu_power_readings/current_power_limit", "350.00 W")
            .starts_with("note enforced power limit: up"));
  CHECK(change("persistence_mode", "Disabled") == "note persistence mode: Enabled became Disabled");
  CHECK(change("nvlink/link_3", "Inactive") == "broken NVLink 3: Active became Inactive");
  CHECK(change("gpu_recovery_action", "Reset") == "broken recovery action: None became Reset");
  CHECK(change("clocks_event_reasons_counters/clocks_event_reasons_counters_sw_power_cap", "5000 us")
            .starts_with("note time held by the power limit"));
}

TEST_CASE("what always moves, went back to zero or is not there is no difference") {
  CHECK(change("temperature/gpu_temp", "90 C").empty());
  CHECK(change("fan_speed", "99 %").empty());
  CHECK(change("ecc_errors/volatile/dram_correctable", "0").empty());
  CHECK(change("persistence_mode", "N/A").empty());
  CHECK(change("something/new", "1").empty());
  CHECK(find_differences(machine(), machine()).empty());
}

TEST_CASE("a question that fails now is worse than any answer") {
  CHECK(change("persistence_mode", "Unknown Error").starts_with("broken persistence mode"));
  CHECK(change("ecc_errors/volatile/dram_correctable", "GPU is lost").starts_with("broken"));
}

TEST_CASE("GPUs that are missing, new, lost or in another slot") {
  Seen after = machine();
  after.gpus.erase(after.gpus.begin());
  auto found = find_differences(machine(), after);
  REQUIRE(found.size() == 1);
  CHECK(render_english(found[0].text) == "the GPU is missing");
  CHECK(found[0].severity == Severity::kBroken);
  found = find_differences(after, machine());
  REQUIRE(found.size() == 1);
  CHECK(render_english(found[0].text) == "the GPU is new");
  after = machine();
  after.gpus[0].lost = true;
  found = find_differences(machine(), after);
  REQUIRE(found.size() == 1);
  CHECK(render_english(found[0].text) == "the driver lost the GPU");
  after.gpus[0].lost = false, after.gpus[0].silent = true;
  const auto silent = find_differences(machine(), after);
  REQUIRE(silent.size() == 1);
  CHECK(silent[0].severity == Severity::kBroken);
  CHECK(render_english(silent[0].text) == "the driver gives no answer about the GPU");
  // Without a handle it has only its number.
  after.gpus[0] = {"GPU 0", 0, true, {}};
  found = find_differences(machine(), after);
  REQUIRE(found.size() == 1);
  CHECK(found[0].gpu == "00000000:80:00.0");
  after = machine();
  std::swap(after.gpus[0].texts["uuid"], after.gpus[1].texts["uuid"]);
  CHECK(find_differences(machine(), after).size() == 2);
  after = machine();
  after.gpus[1].texts["uuid"] = "GPU-other";
  found = find_differences(machine(), after);
  REQUIRE(found.size() == 1);
  CHECK(render_english(found[0].text) == "the GPU itself (UUID): GPU-1 became GPU-other");
}

TEST_CASE("the machine first, the worst first, in text and as JSON") {
  Seen after = machine();
  after.driver_version = "590.48.01";
  after.gpus[1].texts["remapped_rows/remapped_row_failure"] = "Yes";
  const auto found = find_differences(machine(), after);
  REQUIRE(found.size() == 2);
  const std::string text = render_differences(found, 60);
  CHECK(text.starts_with("broken   GPU 00000000:81:00.0: row remapping failure: No"));
  CHECK(contains(text, "note     driver version: 580.95.05 became 590.48.01\n"));
  for (const std::string_view line : split_lines(text)) CHECK(line.size() <= 60);
  const Json json = json_of_differences(found);
  CHECK(json["findings"].items()->at(0).text("severity") == "broken");
  CHECK(json["findings"].items()->at(1)["gpu"].is_null());
  CHECK(json["findings"].items()->at(1).text("path") == "driver_version");
}

namespace {

/// The paths of every element that -x can have, for any driver.
std::vector<std::string> log_paths() {
  std::vector<std::string> paths;
  for (const auto rows : {smi::identity_rows(), smi::state_rows(), smi::error_rows(), smi::power_rows()}) {
    std::vector<std::string> tags;
    for (const smi::LogRow& row : rows) {
      tags.resize(std::min(tags.size(), static_cast<std::size_t>(row.depth)));
      tags.emplace_back(row.tag ? row.tag : "");
      paths.push_back(current_path(join(tags, "/")));
      if (row.block == smi::Block::kRetiredPages) paths.push_back(paths.back() + "/retired_count");
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("each row is about a value that a log or a recording has") {
  const auto paths = log_paths();
  const auto fits = [&](const DifferenceRow& row) {
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return glob_match(row.path, path); });
  };
  // NVLinks are in recordings alone; drivers before 450 counted errors by single and double bit.
  const std::set<std::string> elsewhere = {"nvlink/*", "ecc_errors/volatile/single_bit/*",
                                           "ecc_errors/aggregate/single_bit/*"};
  for (const DifferenceRow& row : difference_rows()) {
    CAPTURE(row.path);
    CHECK((fits(row) || elsewhere.contains(row.path)));
  }
}

TEST_CASE("each path of the rows is one that a log has, and is reached") {
  for (const DifferenceRow& row : difference_rows()) {
    CAPTURE(row.path);
    std::string sample = row.path;
    if (sample.ends_with("*")) sample.back() = 'x';
    sample = replace_all(sample, "*", "x");
    CHECK(find_row(sample) == &row);
  }
}
