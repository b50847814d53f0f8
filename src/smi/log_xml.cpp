// -x: the tree as XML, and the document type of its elements.
#include <algorithm>
#include <map>
#include <set>

#include "smi/log.hpp"

namespace nvstack::smi {

namespace {

std::string escape(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '&')
      out += "&amp;";
    else if (letter == '<')
      out += "&lt;";
    else if (letter == '>')
      out += "&gt;";
    else
      out += letter;
  }
  return out;
}

/// PCI numbers stand without their 0x, the board id with it.
std::string xml_text(const Node& node) {
  const std::string text = log_text(*node.value);
  const bool bare = node.tag.starts_with("pci_") && text.starts_with("0x");
  return escape(bare ? text.substr(2) : text);
}

void add_nodes(std::string& text, const std::vector<Node>& nodes, std::size_t depth) {
  const std::string indent(depth, '\t');
  for (const Node& node : nodes) {
    if (node.tag.empty()) {
      text += indent + xml_text(node) + "\n";
    } else if (node.value) {
      text += indent + "<" + node.tag + ">" + xml_text(node) + "</" + node.tag + ">\n";
      add_nodes(text, node.children, depth);  // what text shows below a value stands beside it
    } else {
      text += indent + "<" + node.tag + ">\n";
      add_nodes(text, node.children, depth + 1);
      text += indent + "</" + node.tag + ">\n";
    }
  }
}

}  // namespace

std::string render_xml(const LogHeader& header, const std::vector<GpuLog>& gpus, const Compat& compat,
                       bool inner_dtd) {
  std::string text = "<?xml version=\"1.0\" ?>\n";
  if (inner_dtd)
    text += "<!DOCTYPE nvidia_smi_log [\n" + render_dtd(compat) + "]>\n";
  else
    text += "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v" + std::to_string(compat.dtd_version()) +
            ".dtd\">\n";
  const std::string cuda = escape(log_text(header.cuda_version)), driver = escape(header.driver_version);
  text += "<nvidia_smi_log>\n\t<timestamp>" + escape(header.time) + "</timestamp>\n";
  text += "\t<driver_version>" + driver + "</driver_version>\n\t<cuda_version>" + cuda + "</cuda_version>\n";
  if (compat.has_kmd_version())
    text +=
        "\t<kmd_version>" + driver + "</kmd_version>\n\t<cuda_umd_version>" + cuda + "</cuda_umd_version>\n";
  text += "\t<attached_gpus>" + std::to_string(header.count) + "</attached_gpus>\n";
  for (const GpuLog& gpu : gpus) {
    text += "\t<gpu id=\"" + escape(gpu.bus_id) + "\">\n";
    add_nodes(text, gpu.nodes, 2);
    text += "\t</gpu>\n\n";
  }
  return text + "</nvidia_smi_log>\n";
}

namespace {

/// Elements and what they may hold, gathered from the rows of this generation.
class Definition {
 public:
  explicit Definition(const Compat& compat) : compat_(compat) {}

  void add_rows(std::span<const LogRow> rows) {
    std::vector<std::string> path = {"gpu"};
    for (const LogRow& row : rows) {
      path.resize(static_cast<std::size_t>(row.depth) + 1);
      const bool shown = row.tag && compat_.branch >= row.since && compat_.branch <= row.until;
      path.push_back(shown && !path.back().empty() ? row.tag : "");
      if (path.back().empty()) continue;
      add(path[path.size() - 2], row.tag, row.read != nullptr || row.block != Block::kNone);
    }
  }
  void add(const std::string& parent, const std::string& child, bool is_text) {
    auto& children = children_[parent];
    if (std::find(children.begin(), children.end(), child) == children.end()) children.push_back(child);
    if (is_text) texts_.insert(child);
  }

  std::string render() const {
    std::string text;
    for (const auto& [name, children] : children_) {
      text += "<!ELEMENT " + name + " (";
      if (texts_.contains(name)) text += "#PCDATA | ";
      for (std::size_t i = 0; i < children.size(); ++i) text += (i ? " | " : "") + children[i];
      text += ")*>\n";
    }
    for (const std::string& name : texts_)
      if (!children_.contains(name)) text += "<!ELEMENT " + name + " (#PCDATA)>\n";
    return text + "<!ATTLIST gpu id CDATA #REQUIRED>\n";
  }

 private:
  Compat compat_;
  std::map<std::string, std::vector<std::string>> children_;
  std::set<std::string> texts_;
};

/// What the blocks of lists hold; the rows name only the list.
constexpr const char* kListElements[][2] = {
    {"mig_devices", "mig_device"},
    {"mig_device", "index"},
    {"mig_device", "gpu_instance_id"},
    {"mig_device", "compute_instance_id"},
    {"mig_device", "device_attributes"},
    {"device_attributes", "shared"},
    {"shared", "multiprocessor_count"},
    {"shared", "copy_engine_count"},
    {"shared", "encoder_count"},
    {"shared", "decoder_count"},
    {"shared", "ofa_count"},
    {"shared", "jpg_count"},
    {"mig_device", "ecc_error_count"},
    {"ecc_error_count", "volatile_count"},
    {"volatile_count", "sram_uncorrectable"},
    {"mig_device", "fb_memory_usage"},
    {"mig_device", "bar1_memory_usage"},
    {"processes", "process_info"},
    {"process_info", "gpu_instance_id"},
    {"process_info", "compute_instance_id"},
    {"process_info", "pid"},
    {"process_info", "type"},
    {"process_info", "process_name"},
    {"process_info", "used_memory"},
    {"supported_clocks", "supported_mem_clock"},
    {"supported_mem_clock", "value"},
    {"supported_mem_clock", "supported_graphics_clock"},
    {"accounted_processes", "accounted_process_info"},
    {"accounted_process_info", "pid"},
    {"accounted_process_info", "gpu_util"},
    {"accounted_process_info", "memory_util"},
    {"accounted_process_info", "max_memory_usage"},
    {"accounted_process_info", "time"},
    {"accounted_process_info", "is_running"},
    {"multiple_single_bit_retirement", "retired_count"},
    {"multiple_single_bit_retirement", "retired_pagelist"},
    {"double_bit_retirement", "retired_count"},
    {"double_bit_retirement", "retired_pagelist"},
    {"retired_pagelist", "retired_page"},
    {"retired_page", "retired_page_address"},
    {"retired_page", "retired_page_timestamp"},
};

}  // namespace

std::string render_dtd(const Compat& compat) {
  Definition definition(compat);
  for (const char* child : {"timestamp", "driver_version", "cuda_version", "attached_gpus"})
    definition.add("nvidia_smi_log", child, true);
  if (compat.has_kmd_version())
    for (const char* child : {"kmd_version", "cuda_umd_version"})
      definition.add("nvidia_smi_log", child, true);
  definition.add("nvidia_smi_log", "gpu", false);
  for (const auto rows : {identity_rows(), state_rows(), error_rows(), power_rows()})
    definition.add_rows(rows);
  for (const auto& [parent, child] : kListElements) definition.add(parent, child, true);
  return definition.render();
}

}  // namespace nvstack::smi
