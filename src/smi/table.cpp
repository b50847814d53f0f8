#include "smi/table.hpp"

#include "smi/format.hpp"
#include "smi/table_style.hpp"

namespace nvstack::smi {

namespace {

std::string cut_end(const std::string& text, std::size_t most) {
  return text.size() > most ? text.substr(0, most - 3) + "..." : text;
}
std::string cut_start(const std::string& text, std::size_t most) {
  return text.size() > most ? "..." + text.substr(text.size() - (most - 3)) : text;
}

/// Words stand one column further left than "P8".
std::string performance_cell(const std::string& text) {
  return format(text.starts_with("P") ? "%6s" : "%5s ", text.c_str());
}

std::string render_gpu(const GpuCells& gpu, const TableStyle& style, const Compat& compat) {
  const std::string memory = gpu.total.empty() ? format(style.memory_alone, gpu.used.c_str())
                                               : format(style.memory, gpu.used.c_str(), gpu.total.c_str());
  std::string text =
      format(style.first_row, gpu.index, cut_end(gpu.name, style.name_width).c_str(), gpu.persistence.c_str(),
             gpu.bus_id.c_str(), gpu.display.c_str(), gpu.ecc.c_str()) +
      "\n" +
      format(style.second_row, gpu.fan.c_str(), gpu.temperature.c_str(),
             performance_cell(gpu.performance).c_str(), gpu.power.c_str(), gpu.limit.c_str(), memory.c_str(),
             gpu.utilization.c_str(), gpu.compute.c_str()) +
      "\n";
  if (compat.layout() >= Layout::k450) text += format(style.third_row, gpu.mig.c_str()) + "\n";
  return text + style.gpu_rule + "\n";
}

std::string render_parts(const TableView& view, const TableStyle& style) {
  std::string text = style.mig_header;
  for (const MigCells& part : view.parts) {
    text += format(style.mig_row, part.gpu, part.gpu_instance.c_str(), part.compute_instance.c_str(),
                   part.index, format(style.mig_memory, part.used.c_str(), part.total.c_str()).c_str(),
                   part.multiprocessors.c_str(), part.errors.c_str(), part.copy.c_str(),
                   part.encoders.c_str(), part.decoders.c_str(), part.ofa.c_str(), part.jpeg.c_str()) +
            "\n";
    text += format("|                  |%s|           |                       |\n",
                   format(style.mig_memory, part.bar1_used.c_str(), part.bar1_total.c_str()).c_str());
    text += std::string(style.mig_rule) + "\n";
  }
  if (view.parts.empty())
    text += format("|  %-*s|\n", style.width - 4, "No MIG devices found") + style.box_rule() + "\n";
  return text;
}

std::string render_process(const ProcessCells& row, const TableStyle& style) {
  const Process& process = row.process;
  const std::string memory = process.used.ok() ? process.used.text + "MiB" : "N/A      ";
  const std::string name = cut_start(
      process.name.ok() ? process.name.text : "[" + std::string(code_words(process.name.code)) + "]",
      style.process_name_width);
  std::string text = format("|%5u", row.gpu);
  if (style.process_instances) {
    // Numbers stand one column further left than N/A.
    const bool numbers = process.gpu_instance.ok();
    text += numbers ? format("%5s%5s%*u", process.gpu_instance.text.c_str(),
                             log_text(process.compute_instance).c_str(), style.pid_width + 1, process.pid)
                    : format("%6s%5s%*u", "N/A", "N/A", style.pid_width, process.pid);
  } else {
    text += format("%*u", style.pid_width, process.pid);
  }
  return text + format("%7s   %-*s%*s |\n", process.type.c_str(), static_cast<int>(style.process_name_width),
                       name.c_str(), style.process_memory_width, memory.c_str());
}

}  // namespace

std::string render_table(const TableView& view, const Compat& compat) {
  const TableStyle& style = style_of(compat.layout());
  std::string text = view.time + "       \n" + style.box_rule() + "\n";
  text += format(style.version_line, view.smi_version.c_str(), view.driver_version.c_str(),
                 view.cuda_version.c_str()) +
          "\n";
  text += style.gpu_header;
  for (const GpuCells& gpu : view.gpus) text += render_gpu(gpu, style, compat);
  const std::string blank = std::string(static_cast<std::size_t>(style.blank_width), ' ') + "\n";
  if (view.mig && compat.layout() >= Layout::k450) text += blank + render_parts(view, style);
  text += blank + style.process_header;
  for (const ProcessCells& row : view.processes) text += render_process(row, style);
  if (view.processes.empty()) text += format("|  %-*s|\n", style.width - 4, "No running processes found");
  return text + style.box_rule() + "\n";
}

}  // namespace nvstack::smi
