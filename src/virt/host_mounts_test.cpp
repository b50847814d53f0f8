// Goal: mount points below a folder are found whatever their names; small file steps leave what they promise.
#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "virt/host_files.hpp"
#include "virt/host_mounts.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

/// A folder of the test's own.
std::string make_temporary() {
  char path[] = "/tmp/nvstack-host-XXXXXX";
  return ::mkdtemp(path) ? path : "";
}

Node link_to(const std::string& target) {
  Node node;
  node.kind = NodeKind::kSymlink;
  node.content = target;
  return node;
}

}  // namespace

TEST_CASE("outermost mounts below a folder, with unescaped names") {
  const char* text =
      "22 27 0:21 / /proc rw - proc proc rw\n23 27 0:22 / /sys rw - sysfs sysfs rw\n"
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup "
      "rw\n"
      "33 23 0:30 / /sys/kernel/a\\040b rw - x x rw\n34 23 0:31 / /sysx rw - x x rw\nbroken\n";
  CHECK(mounts_below(text, "/sys") == std::vector<std::string>{"/sys/fs/cgroup", "/sys/kernel/a b"});
  CHECK(mounts_below(text, "/sys/fs/cgroup") == std::vector<std::string>{"/sys/fs/cgroup/cpu"});
  CHECK(mounts_below(text, "/proc").empty());
  CHECK(mounts_below("", "/").empty());
}

TEST_CASE("an inner mount that is listed first gives way to the outer one") {
  CHECK(mounts_below("1 1 0:1 / /a/b/c rw - x x rw\n2 1 0:2 / /a/b rw - x x rw\n", "/a") ==
        std::vector<std::string>{"/a/b"});
}

TEST_CASE("nodes are made, replaced and removed") {
  const std::string folder = make_temporary();
  Node file;
  file.content = "one";
  file.mode = 0640;
  REQUIRE(write_node(folder + "/f", file));
  file.content = "two";
  REQUIRE(write_node(folder + "/f", file));
  CHECK(read_text_file(folder + "/f") == "two");
  struct stat status {};
  CHECK(::stat((folder + "/f").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == (0640 & ~[] {
          const mode_t mask = ::umask(0);
          ::umask(mask);
          return mask;
        }()));
  REQUIRE(write_node(folder + "/f", link_to("elsewhere")));
  CHECK(read_link(folder + "/f") == "elsewhere");
  CHECK(read_link(folder) == "");
  CHECK(list_folder(folder) == std::vector<std::string>{"f"});
  REQUIRE(remove_node(folder + "/f", file));
  REQUIRE(remove_node(folder + "/f", file));  // gone already
  CHECK(list_folder(folder).empty());
  ::rmdir(folder.c_str());
}

TEST_CASE("a folder stands where a file stood only when nothing is lost") {
  const std::string folder = make_temporary();
  Node directory;
  directory.kind = NodeKind::kDirectory, directory.mode = 0755;
  REQUIRE(write_node(folder + "/d", directory));
  REQUIRE(write_node(folder + "/d", directory));
  REQUIRE(write_plain_file(folder + "/d/x", "", 0644));
  CHECK(!write_node(folder + "/d", Node{}));
  REQUIRE(remove_node(folder + "/d", directory));  // not empty: it stays
  CHECK(list_folder(folder + "/d") == std::vector<std::string>{"x"});
  REQUIRE(remove_node(folder + "/d/x", Node{}));
  REQUIRE(write_node(folder + "/d", Node{}));
  REQUIRE(remove_node(folder + "/d", Node{}));
  ::rmdir(folder.c_str());
}

TEST_CASE("copies have their own mode; what cannot be read is an error with its name") {
  const std::string folder = make_temporary();
  REQUIRE(write_plain_file(folder + "/a", std::string(100'000, 'x'), 0600));
  REQUIRE(copy_file(folder + "/a", folder + "/b", 04755));
  struct stat status {};
  CHECK(::stat((folder + "/b").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 04755);
  CHECK(status.st_size == 100'000);
  const Status missing = copy_file(folder + "/none", folder + "/c", 0644);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  for (const char* name : {"/a", "/b"}) ::unlink((folder + name).c_str());
  ::rmdir(folder.c_str());
}

TEST_CASE("folders are made like their models") {
  const std::string folder = make_temporary();
  REQUIRE(make_folders_like(folder, "/usr/lib/none/deep", ""));
  CHECK(list_folder(folder + "/usr/lib/none") == std::vector<std::string>{"deep"});
  REQUIRE(make_folders_like(folder, "/usr/lib", ""));
  for (const char* name : {"/usr/lib/none/deep", "/usr/lib/none", "/usr/lib", "/usr"})
    ::rmdir((folder + name).c_str());
  CHECK(::rmdir(folder.c_str()) == 0);
}
