#include "virt/tree.hpp"

#include "virt/tree_parts.hpp"

namespace nvstack::virt {

void put(Tree& tree, const std::string& path, Node node) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    Node& parent = tree[path.substr(0, slash)];
    if (parent.kind == NodeKind::kDirectory) continue;
    parent = {};
    parent.kind = NodeKind::kDirectory;
    parent.mode = 0755;
  }
  tree[path] = std::move(node);
}

void put_file(Tree& tree, const std::string& path, std::string content, unsigned mode) {
  Node node;
  node.content = std::move(content);
  node.mode = mode;
  put(tree, path, std::move(node));
}

void put_link(Tree& tree, const std::string& path, std::string target) {
  Node node;
  node.kind = NodeKind::kSymlink;
  node.content = std::move(target);
  node.mode = 0777;
  put(tree, path, std::move(node));
}

void put_directory(Tree& tree, const std::string& path, unsigned mode) {
  Node node;
  node.kind = NodeKind::kDirectory;
  node.mode = mode;
  put(tree, path, std::move(node));
}

bool is_control_file(const Tree& tree, const std::string& path) {
  const auto node = tree.find(path);
  if (node == tree.end() || node->second.kind != NodeKind::kFile || (node->second.mode & 0200) == 0) return false;
  if (path.starts_with("/proc/driver/nvidia/") || path == "/sys/bus/pci/rescan") return true;
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash), name = path.substr(slash + 1);
  if (folder.starts_with("/sys/bus/pci/drivers/"))
    return name == "bind" || name == "unbind" || name == "new_id" || name == "remove_id";
  // A reset file stands in the folders of GPUs alone.
  if (!folder.starts_with("/sys/devices/pci") || !tree.contains(folder + "/reset")) return false;
  return name == "reset" || name == "remove" || name == "rescan" || name == "driver_override";
}

Tree render_host(const Machine& machine, const RealKernel& real) {
  Tree tree = render_proc(machine, real);
  tree.merge(render_sys(machine));
  tree.merge(render_dev(machine));
  tree.merge(render_files(machine));
  return tree;
}

}  // namespace nvstack::virt
