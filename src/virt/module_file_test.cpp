// Goal: a staged module file says what modinfo reads of a real one, with a signature that names its signer,
// and damaged or foreign bytes never pass for an index.
#include "virt/module_file.hpp"

#include <doctest.h>

#include <map>
#include <random>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

/// The bytes of the section of that name, found as libkmod finds it.
std::string section(const std::string& elf, const std::string& wanted) {
  const std::size_t table = number(elf, 40, 8), count = number(elf, 60, 2), names = number(elf, 62, 2);
  const std::size_t names_at = number(elf, table + names * 64 + 24, 8);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = table + i * 64;
    if (elf.c_str() + names_at + number(elf, row, 4) == wanted)
      return elf.substr(number(elf, row + 24, 8), number(elf, row + 32, 8));
  }
  return {};
}

std::multimap<std::string, std::string> entries(const std::string& elf) {
  std::multimap<std::string, std::string> all;
  const std::string text = section(elf, ".modinfo");
  for (const std::string_view entry : split(text, '\0'))
    if (const auto pair = cut(entry, "=")) all.emplace(pair->first, pair->second);
  return all;
}

/// What kmod finds for a key: written anew here, from the format alone.
std::string look_up(const std::string& index, std::string_view key) {
  std::uint32_t offset = word(index, 8);
  for (;;) {
    std::size_t at = offset & 0x0fffffff;
    std::string prefix;
    if (offset & 0x80000000) prefix = index.c_str() + at, at += prefix.size() + 1;
    if (!key.starts_with(prefix)) return "";
    key.remove_prefix(prefix.size());
    std::uint32_t next = 0;
    if (offset & 0x20000000) {
      const auto first = static_cast<unsigned char>(index.at(at)),
                 last = static_cast<unsigned char>(index.at(at + 1));
      at += 2;
      if (!key.empty() && key[0] >= first && key[0] <= last)
        next = word(index, at + 4 * static_cast<std::size_t>(key[0] - first));
      at += 4 * static_cast<std::size_t>(last - first + 1);
    }
    if (key.empty()) return offset & 0x40000000 ? index.c_str() + at + 8 : "";
    if (next == 0) return "";
    offset = next;
    key.remove_prefix(1);
  }
}

ModuleFile open_file(const std::string& name) {
  return {name, "580.95.05", "open", "6.1.0-25-amd64", "", {"NVreg_EnableMSI:int"}};
}

}  // namespace

TEST_CASE("the .modinfo of a driver module") {
  const auto said = entries(make_module_file(open_file("nvidia")));
  CHECK(said.find("version")->second == "580.95.05");
  CHECK(said.find("license")->second == "Dual MIT/GPL");
  CHECK(said.find("vermagic")->second == "6.1.0-25-amd64 SMP preempt mod_unload modversions ");
  CHECK(said.find("depends")->second.empty());
  CHECK(said.find("parmtype")->second == "NVreg_EnableMSI:int");
  CHECK(said.count("firmware") == 2);
  CHECK(said.count("alias") == 4);
  CHECK(said.find("srcversion")->second == module_srcversion("nvidia", "580.95.05", "open"));
  CHECK(said.find("srcversion")->second.size() == 23);
}

TEST_CASE("the other modules lean on it; licences follow the flavor") {
  CHECK(entries(make_module_file(open_file("nvidia_uvm"))).find("depends")->second == "nvidia");
  CHECK(entries(make_module_file(open_file("nvidia_drm"))).find("depends")->second == "nvidia-modeset");
  CHECK(entries(make_module_file(open_file("nvidia_uvm"))).count("alias") == 0);
  CHECK(module_license("nvidia", "proprietary") == "NVIDIA");
  CHECK(module_license("nvidia_modeset", "proprietary") == "NVIDIA");
  CHECK(module_license("nvidia_uvm", "proprietary") == "Dual MIT/GPL");
  CHECK(module_license("nvidia_peermem", "open") == "Dual BSD/GPL");
  CHECK(module_srcversion("nvidia", "1", "open") != module_srcversion("nvidia", "2", "open"));
}

TEST_CASE("a signature stands behind the file as sign-file puts it") {
  ModuleFile file = open_file("nvidia");
  const std::string plain = make_module_file(file);
  file.signer = "DKMS module signing key";
  const std::string with = make_module_file(file);
  REQUIRE(with.ends_with("~Module signature appended~\n"));
  CHECK(with.starts_with(plain));
  const std::size_t head = with.size() - 28 - 12;
  const std::uint32_t blob_bytes = word(with, head + 8);
  CHECK(plain.size() + blob_bytes + 12 + 28 == with.size());
  CHECK(with.at(head + 2) == 2);  // PKCS#7
  CHECK(contains(with.substr(plain.size(), blob_bytes),
                 std::string("\x06\x03\x55\x04\x03\x0c\x17") + file.signer));
  // The outermost value holds all the rest.
  CHECK(static_cast<unsigned char>(with.at(plain.size())) == 0x30);
  CHECK(static_cast<unsigned char>(with.at(plain.size() + 1)) == 0x82);
  CHECK((word(with, plain.size() + 2) >> 16) + 4 == blob_bytes);
  CHECK(sign_module("x", std::string(5000, 'n')).size() < 1000);
}

TEST_CASE("an index finds what was put in, and nothing else") {
  const auto index = add_to_module_index("", {{"nvidia", "a/nvidia.ko:"},
                                              {"nvidia_uvm", "a/nvidia-uvm.ko: a/nvidia.ko"},
                                              {"nv", "b"},
                                              {"ext4", "c"}});
  REQUIRE(index.has_value());
  CHECK(look_up(*index, "nvidia") == "a/nvidia.ko:");
  CHECK(look_up(*index, "nvidia_uvm") == "a/nvidia-uvm.ko: a/nvidia.ko");
  CHECK(look_up(*index, "nv") == "b");
  CHECK(look_up(*index, "ext4") == "c");
  for (const char* key : {"", "n", "nvi", "nvidia_", "nvidia_uvmx", "ext", "z"})
    CHECK(look_up(*index, key) == "");
  const auto again = add_to_module_index(*index, {{"nvidia", "d"}});
  REQUIRE(again.has_value());
  CHECK(look_up(*again, "nvidia") == "d");
  CHECK(look_up(*again, "nvidia_uvm") == "a/nvidia-uvm.ko: a/nvidia.ko");
}

TEST_CASE("thousands of names, one after the other") {
  std::mt19937 random(7);
  std::map<std::string, std::string> all;
  std::string index;
  for (int i = 0; i < 2000; ++i) {
    std::string name;
    for (unsigned k = 0; k < 1 + random() % 12; ++k) name += static_cast<char>('a' + random() % 5);
    all[name] = std::to_string(i);
    auto next = add_to_module_index(std::move(index), {{name, all[name]}});
    REQUIRE(next.has_value());
    index = std::move(*next);
  }
  for (const auto& [name, value] : all) CHECK(look_up(index, name) == value);
}

TEST_CASE("what is no index is refused, and a damaged one ends in no crash") {
  CHECK_FALSE(add_to_module_index("no index at all", {}).has_value());
  CHECK_FALSE(add_to_module_index(std::string("\xb0\x07\xf4\x57", 4), {}).has_value());
  const auto good = add_to_module_index("", {{"nvidia", "a"}, {"nvidia_uvm", "b"}});
  REQUIRE(good.has_value());
  CHECK_FALSE(add_to_module_index(good->substr(0, good->size() / 2), {{"nvidia", "c"}}).has_value());
  CHECK_FALSE(add_to_module_index(*good, {{std::string(500, 'k'), "c"}}).has_value());
  CHECK_FALSE(add_to_module_index(*good, {{"nvidia\xff", "c"}}).has_value());
  std::mt19937 random(11);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes = *good;
    bytes[12 + random() % (bytes.size() - 12)] = static_cast<char>(random());
    (void)add_to_module_index(bytes, {{"nvidia_drm", "c"}});
  }
}
