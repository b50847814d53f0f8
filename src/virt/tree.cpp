#include "virt/tree.hpp"

#include <iterator>

#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

/// Parents first. Most paths have a brother, so the nearest parent is looked for first.
void put_parents(Tree& tree, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == 0 || slash == std::string::npos) return;
  const std::string folder = path.substr(0, slash);
  const auto at = tree.lower_bound(folder);
  const bool known = at != tree.end() && at->first == folder;
  if (known && at->second.kind == NodeKind::kDirectory) return;
  put_parents(tree, folder);
  Node node;
  node.kind = NodeKind::kDirectory;
  node.mode = 0755;
  if (known) {
    at->second = std::move(node);
  } else {
    tree.emplace_hint(at, folder, std::move(node));
  }
}

/// Does this entry, which stands before the path, lie in the path's folder or is it that folder?
bool shows_folder(const Tree::value_type& before, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || before.first.compare(0, slash, path, 0, slash) != 0) return false;
  if (before.first.size() == slash) return before.second.kind == NodeKind::kDirectory;
  return before.first.size() > slash && before.first[slash] == '/';
}

}  // namespace

void put(Tree& tree, const std::string& path, Node node) {
  const auto at = tree.lower_bound(path);
  if (at != tree.end() && at->first == path) {
    at->second = std::move(node);
    return;
  }
  if (at == tree.begin() || !shows_folder(*std::prev(at), path)) put_parents(tree, path);
  tree.emplace_hint(at, path, std::move(node));
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
  if (node == tree.end() || node->second.kind != NodeKind::kFile || (node->second.mode & 0200) == 0)
    return false;
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
  put_module_files(tree, machine, real);
  put_fabric_manager(tree, machine);
  return tree;
}

Tree render_gpu(const Machine& machine, std::size_t gpu) {
  Tree tree;
  if (gpu >= machine.gpus.size()) return tree;
  put_pci_functions(tree, machine, machine.gpus[gpu]);
  if (is_driven(machine, machine.gpus[gpu])) put_proc_gpu(tree, machine.gpus[gpu]);
  // Parents that were added on the way say nothing of their own.
  std::erase_if(tree, [](const auto& entry) { return entry.second.kind == NodeKind::kDirectory; });
  return tree;
}

}  // namespace nvstack::virt
