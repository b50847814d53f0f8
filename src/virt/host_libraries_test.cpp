// Goal: libraries lie where the loader looks, with their links; programs are there without being copied
// needlessly.
#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

struct Roots {
  Roots()
      : path((std::filesystem::temp_directory_path() / ("nvstack-roots-" + std::to_string(::getpid())))
                 .string()) {
    std::filesystem::remove_all(path);
    for (const char* name : {"/usr", "/etc", "/source"}) std::filesystem::create_directories(path + name);
    ::chmod(path.c_str(), 0755);
  }
  ~Roots() { std::filesystem::remove_all(path); }
  InstallRoots install() const { return {path + "/usr", path + "/etc"}; }
  std::string source(const std::string& name, std::size_t bytes, unsigned mode = 0755) const {
    const std::string file = path + "/source/" + name;
    REQUIRE(write_plain_file(file, std::string(bytes, 'p'), mode).has_value());
    ::chmod(file.c_str(), mode);
    return file;
  }
  struct stat status(const std::string& name) const {
    struct stat status {};
    REQUIRE_MESSAGE(::lstat((path + name).c_str(), &status) == 0, name);
    return status;
  }
  std::string path;
};

constexpr std::size_t kLarge = 3u << 20;

}  // namespace

TEST_CASE("a small program is copied below /usr, with its mode") {
  const Roots roots;
  const std::string small = roots.source("tool", 1000, 0700);
  REQUIRE(place_programs(roots.path + "/usr",
                         {{small, "tool", 0755}, {small, "sbin/other", 0755}, {small, "setuid", 04755}})
              .has_value());
  CHECK(read_text_file(roots.path + "/usr/bin/tool").size() == 1000);
  CHECK((roots.status("/usr/bin/tool").st_mode & 07777u) == 0755);
  CHECK((roots.status("/usr/bin/setuid").st_mode & 07777u) == 04755);
  // One program with two names is one file; with another mode it cannot be.
  CHECK(roots.status("/usr/sbin/other").st_ino == roots.status("/usr/bin/tool").st_ino);
  CHECK(roots.status("/usr/bin/setuid").st_ino != roots.status("/usr/bin/tool").st_ino);
  CHECK((roots.status("/source/tool").st_mode & 07777u) == 0700);  // the source is as it was
}

TEST_CASE("a large program that everybody reaches is linked to") {
  const Roots roots;
  const std::string large = roots.source("large", kLarge);
  REQUIRE(place_programs(roots.path + "/usr", {{large, "large", 0755}}).has_value());
  CHECK(read_link(roots.path + "/usr/bin/large") == large);
}

TEST_CASE("a large program is copied where a link would not do") {
  const Roots roots;
  const std::string large = roots.source("large", kLarge), other_mode = roots.source("mode", kLarge, 0700);
  REQUIRE(place_programs(roots.path + "/usr", {{large, "setuid", 04755}, {other_mode, "mode", 0755}})
              .has_value());
  CHECK(S_ISREG(roots.status("/usr/bin/setuid").st_mode));
  CHECK(S_ISREG(roots.status("/usr/bin/mode").st_mode));
  CHECK(roots.status("/usr/bin/mode").st_size == static_cast<off_t>(kLarge));
  ::chmod((roots.path + "/source").c_str(), 0700);  // others do not get in
  REQUIRE(place_programs(roots.path + "/usr", {{large, "hidden", 0755}}).has_value());
  CHECK(S_ISREG(roots.status("/usr/bin/hidden").st_mode));
}

TEST_CASE("a program that is not there is an error that names it") {
  const Roots roots;
  const auto placed = place_programs(roots.path + "/usr", {{"/no/such/program", "tool", 0755}});
  REQUIRE_FALSE(placed.has_value());
  CHECK(placed.error().message.find("/no/such/program") != std::string::npos);
}

TEST_CASE("a library is its file, two links and two lines of the loader's cache") {
  const Roots roots;
  const std::string source = roots.source("libnvidia-ml.so.1", 5000);
  REQUIRE(
      place_libraries(roots.install(), "/usr/lib/test", {{source, "libnvidia-ml"}}, "580.95.05").has_value());
  const std::string folder = roots.path + "/usr/lib/test";
  CHECK(list_folder(folder) ==
        std::vector<std::string>{"libnvidia-ml.so", "libnvidia-ml.so.1", "libnvidia-ml.so.580.95.05"});
  CHECK(read_link(folder + "/libnvidia-ml.so") == "libnvidia-ml.so.1");
  CHECK(read_link(folder + "/libnvidia-ml.so.1") == "libnvidia-ml.so.580.95.05");
  CHECK(read_text_file(folder + "/libnvidia-ml.so.580.95.05").size() == 5000);
  const std::string cache = read_text_file(roots.path + "/etc/ld.so.cache");
  CHECK(cache.starts_with("glibc-ld.so.cache1.1"));
  CHECK(cache.find("/lib/test/libnvidia-ml.so.1") != std::string::npos);
}

TEST_CASE("an upgrade turns the links to the new file; the old one is the caller's to remove") {
  const Roots roots;
  const std::string source = roots.source("libcuda.so.1", 100);
  for (const char* version : {"580.95.05", "610.43.02"})
    REQUIRE(place_libraries(roots.install(), "/usr/lib/test", {{source, "libcuda"}}, version).has_value());
  const std::string folder = roots.path + "/usr/lib/test";
  CHECK(read_link(folder + "/libcuda.so.1") == "libcuda.so.610.43.02");
  CHECK(list_folder(folder).size() == 4);
}

TEST_CASE("no libraries: nothing is made") {
  const Roots roots;
  CHECK(place_libraries(roots.install(), "/usr/lib/test", {}, "580.95.05").has_value());
  CHECK(list_folder(roots.path + "/usr").empty());
  CHECK(list_folder(roots.path + "/etc").empty());
  CHECK_FALSE(
      place_libraries(roots.install(), "/usr/lib/test", {{"/no/such/library", "libcuda"}}, "1").has_value());
}

TEST_CASE("this machine's library folder is one of the three that distributions use") {
  CHECK(std::filesystem::is_directory(library_folder()));
  CHECK(library_folder().starts_with("/usr/lib"));
}
