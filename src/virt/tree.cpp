#include "virt/tree.hpp"

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

Tree render_host(const Machine& machine, const RealKernel& real) {
  Tree tree = render_proc(machine, real);
  tree.merge(render_sys(machine));
  tree.merge(render_dev(machine));
  tree.merge(render_files(machine));
  return tree;
}

}  // namespace nvstack::virt
