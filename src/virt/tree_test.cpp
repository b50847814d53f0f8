// Goal: a tree holds every parent of what was put into it, however its paths came, and what repeats is shared
// where nobody may write.
#include "virt/tree.hpp"

#include <doctest.h>

#include <algorithm>
#include <random>

#include "virt/test_host.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack::virt;

namespace {

bool has_all_parents(const Tree& tree) {
  for (const auto& [path, node] : tree)
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const auto parent = tree.find(path.substr(0, slash));
      if (parent == tree.end() || parent->second.kind != NodeKind::kDirectory) return false;
    }
  return true;
}

}  // namespace

TEST_CASE("parents come by themselves and keep their modes") {
  Tree tree;
  put_directory(tree, "/a/b", 0700);
  put_file(tree, "/a/b/c/d", "text");
  put_link(tree, "/a/b/link", "c");
  CHECK(tree.at("/a").kind == NodeKind::kDirectory);
  CHECK(tree.at("/a").mode == 0755);
  CHECK(tree.at("/a/b").mode == 0700);
  CHECK(tree.at("/a/b/c").kind == NodeKind::kDirectory);
  CHECK(tree.at("/a/b/link").content == "c");
  CHECK(tree.size() == 5);
}

TEST_CASE("names that begin alike are not each other's folders") {
  Tree tree;
  put_file(tree, "/a/cpu1", "1");
  put_file(tree, "/a/cpu10/x", "2");
  put_file(tree, "/a/cpu1.d/x", "3");
  put_file(tree, "/ab/x", "4");
  CHECK(tree.at("/a/cpu1").content == "1");
  CHECK(has_all_parents(tree));
}

TEST_CASE("the last put is what counts; a file that becomes a folder is one") {
  Tree tree;
  put_file(tree, "/a/b", "one");
  put_file(tree, "/a/b", "two", 0644);
  CHECK(tree.at("/a/b").content == "two");
  CHECK(tree.at("/a/b").mode == 0644);
  put_file(tree, "/a/b/c", "three");
  CHECK(tree.at("/a/b").kind == NodeKind::kDirectory);
  CHECK(has_all_parents(tree));
}

TEST_CASE("any order of paths gives the same tree") {
  std::mt19937 random(7);
  std::vector<std::string> paths;
  for (int i = 0; i < 400; ++i) {
    std::string path;
    const int depth = 1 + static_cast<int>(random() % 5);
    for (int level = 0; level < depth; ++level)
      path += "/" + std::string(1, static_cast<char>('a' + random() % 4)) + (random() % 3 == 0 ? "." : "");
    paths.push_back(path + "/file" + std::to_string(i));
  }
  Tree first;
  for (const std::string& path : paths) put_file(first, path, path);
  CHECK(has_all_parents(first));
  for (int round = 0; round < 5; ++round) {
    std::shuffle(paths.begin(), paths.end(), random);
    Tree again;
    for (const std::string& path : paths) put_file(again, path, path);
    CHECK(again == first);
  }
}

TEST_CASE("a whole machine has no node without its parents") {
  CHECK(has_all_parents(render_sys(make_machine())));
  CHECK(has_all_parents(render_proc(make_machine(), {})));
  CHECK(has_all_parents(render_dev(make_machine())));
}

TEST_CASE("the part of one GPU is in the whole, without folders") {
  const Machine machine = make_machine();
  const Tree whole = render_host(machine, {});
  for (std::size_t gpu = 0; gpu < machine.gpus.size(); ++gpu)
    for (const auto& [path, node] : render_gpu(machine, gpu)) {
      CHECK(node.kind != NodeKind::kDirectory);
      REQUIRE_MESSAGE(whole.contains(path), path);
      CHECK_MESSAGE(whole.at(path) == node, path);
    }
  CHECK(render_gpu(machine, machine.gpus.size()).empty());
}
