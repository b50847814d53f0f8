// The lines of pmon.
#include <map>

#include "smi/format.hpp"
#include "smi/monitor.hpp"

namespace nvstack::smi {

namespace {

constexpr std::size_t kCommandWidth = 15;

/// Nothing is shown as a dash.
std::string percent(unsigned value) {
  return format("%7s", value == 0 ? "-" : std::to_string(value).c_str());
}

std::string use_cells(const ProcessUse& use, bool engines) {
  std::string text = percent(use.sm) + percent(use.memory) + percent(use.encoder) + percent(use.decoder);
  return engines ? text + percent(use.jpeg) + percent(use.ofa) : text;
}

bool has_engines(const Compat& compat) {
  return compat.branch >= 530;
}

}  // namespace

std::string render_process_header(const ProcessColumns& columns, const Compat& compat) {
  std::string titles = "# gpu         pid   type", units = "# Idx           #    C/G";
  if (columns.memory) titles += "     fb   ccpm", units += "     MB     MB";
  if (columns.use) {
    titles += "     sm    mem    enc    dec", units += "      %      %      %      %";
    if (has_engines(compat)) titles += "    jpg    ofa", units += "      %      %";
  }
  return titles + "    command \n" + units + "    name \n";
}

std::string render_process_rows(Board& board, const ProcessColumns& columns) {
  const bool engines = has_engines(board.system.compat);
  const auto processes = read_processes(board);
  const auto use =
      processes.empty() || !columns.use ? std::map<unsigned, ProcessUse>{} : read_process_use(board);
  std::string text;
  const auto add = [&](const std::string& pid, const std::string& type, const std::string& memory,
                       const ProcessUse& used, const std::string& command) {
    text += format("%5u%11s%6s", board.index, pid.c_str(), type.c_str());
    if (columns.memory) text += format("%7s%7s", memory.c_str(), "0");
    if (columns.use) text += use_cells(used, engines);
    text += format("    %-15s\n", command.substr(0, kCommandWidth).c_str());
  };
  if (processes.empty()) add("-", "-", "-", {}, "-");
  for (const Process& process : processes) {
    const auto found = use.find(process.pid);
    add(std::to_string(process.pid), process.type, process.used.ok() ? process.used.text : "-",
        found == use.end() ? ProcessUse{} : found->second, command_of(process));
  }
  return text;
}

void add_process_json(Board& board, const ProcessColumns& columns, Json& list) {
  const auto processes = read_processes(board);
  const auto use =
      processes.empty() || !columns.use ? std::map<unsigned, ProcessUse>{} : read_process_use(board);
  for (const Process& process : processes) {
    Json json;
    json.set("gpu", board.index).set("pid", process.pid).set("type", process.type);
    json.set("name", value_json(process.name));
    if (columns.memory) json.set("used_memory", value_json(process.used));
    const auto found = use.find(process.pid);
    const auto add = [&](const char* name, unsigned ProcessUse::*part) {
      const bool known = found != use.end();
      json.set(name,
               value_json(known ? number_value(std::uint64_t{found->second.*part}, "%") : not_supported()));
    };
    if (columns.use)
      add("sm", &ProcessUse::sm), add("mem", &ProcessUse::memory), add("enc", &ProcessUse::encoder),
          add("dec", &ProcessUse::decoder), add("jpg", &ProcessUse::jpeg), add("ofa", &ProcessUse::ofa);
    list.add(std::move(json));
  }
}

}  // namespace nvstack::smi
