#include "smi/unit_log.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kUnitsMax = 64;

struct Line {
  const char* title;
  const char* tag;
  std::string value;
};

std::vector<Line> read_unit(nvml::Nvml& nvml, unsigned index) {
  nvmlUnit_t unit = nullptr;
  auto code = NVML_CALL(nvml, nvmlUnitGetHandleByIndex, index, &unit);
  nvmlUnitInfo_t facts{};
  if (code == NVML_SUCCESS) code = NVML_CALL(nvml, nvmlUnitGetUnitInfo, unit, &facts);
  const auto text = [&](const char* value) {
    return code == NVML_SUCCESS ? printable(std::string_view(value, ::strnlen(value, sizeof facts.name)), 96)
                                : std::string(code_words(code));
  };
  unsigned celsius = 0;
  const auto asked = NVML_CALL(nvml, nvmlUnitGetTemperature, unit, 0u, &celsius);
  return {{"Product Name", "product_name", text(facts.name)},
          {"Product Id", "product_id", text(facts.id)},
          {"Product Serial", "product_serial", text(facts.serial)},
          {"Firmware Ver", "firmware_ver", text(facts.firmwareVersion)},
          {"Intake Temperature", "intake_temp",
           log_text(asked == NVML_SUCCESS ? number_value(std::uint64_t{celsius}, "C") : missing(asked))}};
}

std::string xml_line(const std::string& indent, const char* tag, const std::string& value) {
  std::string safe = replace_all(replace_all(value, "&", "&amp;"), "<", "&lt;");
  return indent + "<" + tag + ">" + safe + "</" + tag + ">\n";
}

}  // namespace

std::string render_units(System& system, const LogHeader& header, View view) {
  unsigned count = 0;
  if (NVML_CALL(system.nvml, nvmlUnitGetCount, &count) != NVML_SUCCESS) count = 0;
  count = std::min(count, kUnitsMax);
  LogHeader units = header;
  units.count = count;
  std::string text = replace_all(render_log(units, {}, system.compat), "Attached GPUs ", "Attached Units");
  if (view == View::kXml)
    text = "<?xml version=\"1.0\" ?>\n<nvsmi_log>\n" + xml_line("\t", "timestamp", header.time) +
           xml_line("\t", "driver_version", header.driver_version) +
           xml_line("\t", "attached_units", std::to_string(count));
  for (unsigned i = 0; i < count; ++i) {
    text += view == View::kXml ? "\t<unit id=\"" + std::to_string(i) + "\">\n"
                               : "Unit " + std::to_string(i) + ":\n";
    for (const Line& line : read_unit(system.nvml, i)) {
      if (view == View::kXml) {
        text += xml_line("\t\t", line.tag, line.value);
        continue;
      }
      std::string row = "    " + std::string(line.title);
      row.resize(std::max(row.size() + 1, static_cast<std::size_t>(system.compat.log_width())), ' ');
      text += row + ": " + line.value + "\n";
    }
    if (view == View::kXml) text += "\t</unit>\n";
  }
  return view == View::kXml ? text + "</nvsmi_log>\n" : text;
}

}  // namespace nvstack::smi
