// Goal: each branch's library exports exactly the names that the driver of that branch has, is small, loads
// at once, and says that no driver is there where there is none.
#include <dlfcn.h>
#include <doctest.h>
#include <elf.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "abi/nvml.h"

namespace {

const std::string kBuild = NVSTACK_BUILD;

std::vector<std::string> branches() {
  std::vector<std::string> found;
  std::istringstream list(NVSTACK_BRANCHES);
  for (std::string branch; std::getline(list, branch, ',');) found.push_back(branch);
  return found;
}
std::string library_path(const std::string& branch) {
  return kBuild + "/lib/virt/" + branch + "/libnvidia-ml.so.1";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The names of a map: "    nvmlInit_v2;".
std::set<std::string> names_of_map(const std::string& branch) {
  std::set<std::string> names;
  std::istringstream map(read_file(kBuild + "/generated/abi/nvml-" + branch + ".map"));
  for (std::string line; std::getline(map, line);) {
    const std::size_t start = line.find("nvml"), end = line.find(';');
    if (start != std::string::npos && end != std::string::npos) names.insert(line.substr(start, end - start));
  }
  return names;
}

/// The defined names of the dynamic symbol table.
std::set<std::string> exported_names(const std::string& bytes) {
  std::set<std::string> names;
  const auto at = [&](std::size_t offset) { return bytes.data() + offset; };
  Elf64_Ehdr head;
  std::memcpy(&head, at(0), sizeof head);
  std::vector<Elf64_Shdr> sections(head.e_shnum);
  std::memcpy(sections.data(), at(head.e_shoff), head.e_shnum * sizeof(Elf64_Shdr));
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    const char* strings = at(sections[section.sh_link].sh_offset);
    for (std::size_t i = 0; i < section.sh_size / sizeof(Elf64_Sym); ++i) {
      Elf64_Sym symbol;
      std::memcpy(&symbol, at(section.sh_offset + i * sizeof symbol), sizeof symbol);
      if (symbol.st_shndx != SHN_UNDEF) names.insert(strings + symbol.st_name);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("exported names are those of the branch, no more and no fewer") {
  std::size_t before = 0;
  REQUIRE(branches().size() >= 8);
  for (const std::string& branch : branches()) {
    CAPTURE(branch);
    const std::set<std::string> wanted = names_of_map(branch),
                                have = exported_names(read_file(library_path(branch)));
    CHECK(have == wanted);
    CHECK(wanted.size() >= before);  // drivers only ever gained names between these branches
    before = wanted.size();
  }
  CHECK(before == 417);
}

TEST_CASE("names come with the driver that brought them") {
  const std::set<std::string> v470 = names_of_map("470"), v580 = names_of_map("580"),
                              v610 = names_of_map("610");
  CHECK(!v470.contains("nvmlDeviceGetMemoryInfo_v2"));
  CHECK(v580.contains("nvmlDeviceGetTemperatureV"));
  CHECK(!names_of_map("550").contains(
      "nvmlDeviceGetTemperatureV"));  // clients take the older call only where it is absent
  CHECK(!v580.contains("nvmlDeviceGetRemappedRows_v2"));
  CHECK(v610.contains("nvmlDeviceGetRemappedRows_v2"));
}

TEST_CASE("each library is small, resolves at once and answers without a driver") {
  for (const std::string& branch : branches()) {
    CAPTURE(branch);
    struct stat status {};
    REQUIRE(::stat(library_path(branch).c_str(), &status) == 0);
    CHECK(status.st_size <= 3 * 512 * 1024);
    void* library = ::dlopen(library_path(branch).c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    const auto init = reinterpret_cast<nvmlReturn_t (*)()>(::dlsym(library, "nvmlInit_v2"));
    const auto count =
        reinterpret_cast<nvmlReturn_t (*)(unsigned*)>(::dlsym(library, "nvmlDeviceGetCount_v2"));
    const auto text = reinterpret_cast<const char* (*)(nvmlReturn_t)>(::dlsym(library, "nvmlErrorString"));
    REQUIRE((init && count && text));
    unsigned gpus = 7;
    CHECK(count(&gpus) == NVML_ERROR_UNINITIALIZED);
    CHECK(init() == NVML_ERROR_DRIVER_NOT_LOADED);
    CHECK(std::string(text(NVML_ERROR_DRIVER_NOT_LOADED)) == "Driver Not Loaded");
    ::dlclose(library);
  }
}
