// Goal: version locks of every manager are seen where they speak of the stack, and mark what they hold.
#include <doctest.h>

#include "facts/packages.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("lines of each kind of lock file") {
  CHECK(parse_version_lock_list("# Added locks\n*nvidia*580*\nbash-0:5.1-9.*\n!nvidia-open-3:590*\n") ==
        std::vector<std::string>{"*nvidia*580*", "!nvidia-open-3:590*"});
  CHECK(parse_version_lock_toml(
            "version = \"1.0\"\n[[packages]]\nname = \"nvidia-open\"\n[[packages.conditions]]\n"
            "key = \"evr\"\n[[packages]]\nname='bash'\n") == std::vector<std::string>{"nvidia-open"});
  CHECK(parse_zypp_locks(
            "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: nvidia-open*\n\n"
            "type: package\nsolvable_name: vim\n") == std::vector<std::string>{"nvidia-open*"});
}

TEST_CASE("what is empty or junk holds nothing") {
  const std::string_view junk("\0\n=\n:\n\"\nname=\nsolvable_name:\n\xff\xfe", 31);
  CHECK(parse_version_lock_list("").empty());
  CHECK(parse_version_lock_list(junk).empty());
  CHECK(parse_version_lock_toml(junk).empty());
  CHECK(parse_zypp_locks(junk).empty());
}

TEST_CASE("a locked package is held; an excluded version does not hold it") {
  host::FakeHost machine;
  machine.file("/etc/dnf/plugins/versionlock.list",
               "nvidia-open-3:580.95.05-1.el9.*\n!cuda-drivers-3:580.95.05-1.el9.*\n");
  machine.file("/etc/zypp/locks", "type: package\nsolvable_name: nvidia-compute*\n");
  machine.file("/var/run/zypp.pid", "12");
  machine.file("/var/lib/dpkg/lock-frontend", "");
  Packages packages;
  for (const char* name : {"nvidia-open", "cuda-drivers", "nvidia-compute-G06"})
    packages.packages.push_back({name, "3:580.95.05-1.el9", "noarch", PackageState::kInstalled, false, ""});
  read_package_locks(machine, packages);
  CHECK(packages.packages[0].held);
  CHECK(!packages.packages[1].held);
  CHECK(packages.packages[2].held);
  CHECK(packages.locks.size() == 3);
  CHECK(packages.lock_files == std::vector<std::string>{"/var/run/zypp.pid"});
}
