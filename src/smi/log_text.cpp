// -q: the tree as text.
#include "smi/log.hpp"

namespace nvstack::smi {

namespace {

/// Process blocks kept the column of the old logs when the others moved.
constexpr std::size_t kProcessWidth = 42;

void add_line(std::string& text, std::size_t indent, const std::string& title, const std::string* value,
              std::size_t width) {
  std::string line(indent, ' ');
  line += title;
  if (value) {
    if (line.size() < width) line.resize(width, ' ');
    line += ": " + *value;
  }
  text += line + "\n";
}

void add_nodes(std::string& text, const std::vector<Node>& nodes, std::size_t indent, std::size_t width,
               const Compat& compat) {
  for (const Node& node : nodes) {
    std::string value;
    if (node.value) value = log_text(*node.value);
    const std::size_t inner = node.is_process ? kProcessWidth : width;
    add_line(text, indent, node.title, node.value ? &value : nullptr, width);
    add_nodes(text, node.children, indent + 4, inner, compat);
  }
}

}  // namespace

std::string render_log(const LogHeader& header, const std::vector<GpuLog>& gpus, const Compat& compat) {
  const auto width = static_cast<std::size_t>(compat.log_width());
  std::string text = "\n==============NVSMI LOG==============\n\n";
  const std::string cuda = log_text(header.cuda_version);
  const auto line = [&](const char* title, const std::string& value) {
    add_line(text, 0, title, &value, width);
  };
  line("Timestamp", header.time);
  if (compat.has_kmd_version()) {
    const std::string note = " [Deprecated; will be removed in CUDA 14.0. Use ";
    line("Driver Version", header.driver_version + note + "KMD Version instead]");
    line("CUDA Version", cuda + note + "CUDA UMD Version instead]");
    line("KMD Version", header.driver_version);
    line("CUDA UMD Version", cuda);
  } else {
    line("Driver Version", header.driver_version);
    line("CUDA Version", cuda);
  }
  text += "\n";
  line("Attached GPUs", std::to_string(header.count));
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (i != 0) text += "\n";
    text += "GPU " + gpus[i].bus_id + "\n";
    add_nodes(text, gpus[i].nodes, 4, width, compat);
  }
  return text;
}

}  // namespace nvstack::smi
