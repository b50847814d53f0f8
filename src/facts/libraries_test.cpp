// Goal: every copy of the driver's libraries is listed once, in the loader's order, with its version and
// kind.
#include "facts/libraries.hpp"

#include <doctest.h>

#include <algorithm>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

namespace {

void put_driver(FakeHost& machine, const std::string& directory, const std::string& version) {
  for (const std::string name : {"libcuda.so", "libnvidia-ml.so"}) {
    machine.file(directory + "/" + name + "." + version, "elf");
    machine.link(directory + "/" + name + ".1", name + "." + version);
    machine.link(directory + "/" + name, name + ".1");
  }
}

std::vector<std::string> paths_of(const Libraries& libraries) {
  std::vector<std::string> paths;
  for (const Library& library : libraries.all) paths.push_back(library.path);
  return paths;
}

/// One entry: libcuda.so.1 at the given path, 64 bit.
std::string cache_of(const std::string& path) {
  std::string cache = "glibc-ld.so.cache1.1";
  cache += std::string("\x01\0\0\0\0\0\0\0", 8) + std::string(20, '\0');
  cache += std::string("\x03\x03\0\0\x48\0\0\0\x55\0\0\0", 12) + std::string(12, '\0');
  return cache + std::string("libcuda.so.1\0", 13) + path + '\0';
}

}  // namespace

TEST_CASE("names and versions") {
  CHECK(is_driver_library("libcuda.so"));
  CHECK(is_driver_library("libnvidia-ml.so.580.95.05"));
  CHECK(!is_driver_library("libcudart.so.12"));
  CHECK(!is_driver_library("libcuda.socket"));
  CHECK(!is_driver_library(""));
  CHECK(version_of_library("/a/libcuda.so.580.95.05")->text == "580.95.05");
  CHECK(!version_of_library("/a/libcuda.so.1"));
  CHECK(!version_of_library("/a/libcuda.so.1.1"));
  CHECK(!version_of_library("/a/libcuda.so"));
  CHECK(!version_of_library("/a/libcuda.so.580.x"));
  CHECK(!version_of_library(""));
}

TEST_CASE("a plain Debian machine: links count once, files left behind are seen") {
  FakeHost machine;
  put_driver(machine, "/usr/lib/x86_64-linux-gnu", "580.95.05");
  machine.file("/usr/lib/x86_64-linux-gnu/libcuda.so.535.183.06", "elf");
  machine.file("/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.580.95.05", "elf");
  const auto libraries = read_libraries(machine);
  REQUIRE(libraries);
  CHECK(paths_of(*libraries) == std::vector<std::string>{
                                    "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
                                    "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
                                    "/usr/lib/x86_64-linux-gnu/libcuda.so.535.183.06",
                                    "/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.580.95.05",
                                });
  const Library* cuda = libraries->first("libcuda.so.1");
  REQUIRE(cuda);
  CHECK(cuda->version->text == "580.95.05");
  CHECK(cuda->real_path == "/usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05");
  CHECK(cuda->kind == LibraryKind::kDriver);
  CHECK(cuda->found_by == "/usr/lib/x86_64-linux-gnu");
}

TEST_CASE("LD_LIBRARY_PATH comes first, the cache next; the same place is not listed twice") {
  FakeHost machine;
  put_driver(machine, "/usr/lib/x86_64-linux-gnu", "580.95.05");
  put_driver(machine, "/opt/conda/lib", "535.183.06");
  machine.link("/lib", "usr/lib");
  machine.file("/etc/ld.so.cache", cache_of("/lib/x86_64-linux-gnu/libcuda.so.1"));
  machine.variable("LD_LIBRARY_PATH", ":relative:/opt/conda/lib/::/nowhere;/opt/conda/lib");
  const auto libraries = read_libraries(machine);
  REQUIRE(libraries);
  REQUIRE(libraries->all.size() == 4);
  CHECK(libraries->first("libcuda.so.1")->version->text == "535.183.06");
  CHECK(libraries->first("libcuda.so.1")->found_by == "LD_LIBRARY_PATH");
  CHECK(libraries->first("libcuda.so.1")->kind == LibraryKind::kOther);
  CHECK(libraries->all[2].path == "/lib/x86_64-linux-gnu/libcuda.so.1");
  CHECK(libraries->all[2].found_by == "ld.so.cache");
  CHECK(libraries->all[3].path == "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1");
}

TEST_CASE("stubs, compat and WSL are told apart and are not what the loader opens by itself") {
  FakeHost machine;
  machine.file("/usr/local/cuda-12.4/compat/libcuda.so.550.54.15", "elf");
  machine.link("/usr/local/cuda-12.4/compat/libcuda.so.1", "libcuda.so.550.54.15");
  machine.file("/usr/local/cuda-12.4/targets/x86_64-linux/lib/stubs/libcuda.so", "elf");
  machine.link("/usr/local/cuda-12.4/lib64", "targets/x86_64-linux/lib");
  machine.link("/usr/local/cuda", "/etc/alternatives/cuda")
      .link("/etc/alternatives/cuda", "/usr/local/cuda-12.4");
  machine.file("/usr/lib/wsl/lib/libcuda.so.1", "elf");
  const auto libraries = read_libraries(machine);
  REQUIRE(libraries);
  CHECK(paths_of(*libraries) == std::vector<std::string>{
                                    "/usr/lib/wsl/lib/libcuda.so.1",
                                    "/usr/local/cuda-12.4/compat/libcuda.so.1",
                                    "/usr/local/cuda-12.4/lib64/stubs/libcuda.so",
                                });
  CHECK(libraries->all[0].kind == LibraryKind::kWsl);
  CHECK(libraries->all[1].kind == LibraryKind::kCompat);
  CHECK(libraries->all[1].version->text == "550.54.15");
  CHECK(libraries->all[2].kind == LibraryKind::kStub);
  CHECK(!libraries->first("libcuda.so.1"));
  machine.variable("LD_LIBRARY_PATH", "/usr/local/cuda/compat");
  CHECK(read_libraries(machine)->first("libcuda.so.1")->kind == LibraryKind::kCompat);
}

TEST_CASE("dangling links and 32-bit libraries are listed, but not what a 64-bit program opens") {
  FakeHost machine;
  machine.link("/usr/lib64/libcuda.so.1", "libcuda.so.535.183.06");
  machine.view_of("/usr/lib/libnvidia-ml.so.1", host::View::kElf, "machine=3\nclass=32\n");
  machine.view_of("/usr/lib/libnvidia-cfg.so.1", host::View::kElf, "machine=62\nclass=64\n");
  const auto libraries = read_libraries(machine);
  REQUIRE(libraries);
  REQUIRE(libraries->all.size() == 3);
  CHECK(libraries->all[0].dangling);
  CHECK(!libraries->all[0].version);
  CHECK(libraries->all[0].real_path == "libcuda.so.535.183.06");
  CHECK(!libraries->first("libcuda.so.1"));
  CHECK(!libraries->first("libnvidia-ml.so.1"));
  CHECK(libraries->first("libnvidia-cfg.so.1"));
}

TEST_CASE("a damaged cache hides nothing but itself; a loop of links is a dangling link") {
  FakeHost machine;
  put_driver(machine, "/usr/lib64", "580.95.05");
  machine.link("/usr/lib64/libnvidia-cfg.so.1", "libnvidia-cfg.so.1");
  machine.file("/etc/ld.so.cache", "glibc-ld.so.cache1.1 and then nothing of use, for 48 bytes at least");
  const auto libraries = read_libraries(machine);
  REQUIRE(libraries);
  CHECK(libraries->first("libcuda.so.1"));
  CHECK(!libraries->first("libnvidia-cfg.so.1"));
  REQUIRE(libraries->cache_error);
  CHECK(libraries->cache_error->text().find("/etc/ld.so.cache") != std::string::npos);
  CHECK(!read_libraries(FakeHost())->cache_error);
}
