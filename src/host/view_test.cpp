// Goal: views say what modules, libraries and initramfs images hold, and refuse every cut or lying file by
// name.
#include "host/view.hpp"

#include <doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "host/archive.hpp"
#include "host/elf.hpp"
#include "host/live_host.hpp"
#include "host/memory_host.hpp"
#include "host/test_elf.hpp"

using namespace nvstack;
using namespace nvstack::host;
using test::make_elf;
using test::make_newc;
using test::make_signature;

namespace {

const std::string kModinfo =
    std::string("license=NVIDIA") + '\0' + "version=580.95.05" + '\0' + "vermagic=6.8.0 SMP" + '\0';

std::string module_bytes() {
  return make_elf({{".modinfo", kModinfo}});
}

std::string pack(const std::string& bytes, const char* name) {
  // A one-entry tar is only the way to the library's compressors; the module itself is packed by the tools.
  const std::string path =
      std::filesystem::temp_directory_path() / ("nvstack-view-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string tool = std::string(name) == "gz" ? "gzip" : "xz";
  const auto done = run_process({tool, "-c", path});
  std::filesystem::remove(path);
  return done ? done->out : "";
}

}  // namespace

TEST_CASE("a module's own words, unsigned and signed") {
  CHECK(*module_view(module_bytes()) ==
        "license=NVIDIA\nversion=580.95.05\nvermagic=6.8.0 SMP\nnvstack.signed=no\n");
  const auto text = module_view(module_bytes() + make_signature("DKMS module signing key"));
  REQUIRE(text);
  CHECK(contains(*text, "nvstack.signed=yes\nnvstack.signer=DKMS module signing key\n"));
}

TEST_CASE("every cut of a module is refused or harmless") {
  const std::string whole = module_bytes() + make_signature("key");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto text = module_view(std::string_view(whole).substr(0, size));
    if (!text) CHECK(text.error().code != ErrorCode::kIo);
  }
  CHECK(module_view("").error().code == ErrorCode::kMalformed);
  CHECK(module_view(std::string(200, 'x')).error().code == ErrorCode::kMalformed);
  CHECK(contains(module_view(make_elf({{".text", "x"}})).error().message, "no kernel module"));
}

TEST_CASE("a signature that claims an impossible size is refused") {
  std::string lying = module_bytes() + make_signature("key");
  lying[lying.size() - 29] = '\x7f';
  lying[lying.size() - 31] = '\x7f';
  CHECK(!module_view(lying));
}

TEST_CASE("a library's soname and needs") {
  std::string dynamic;
  test::put_number(dynamic, 14, 8), test::put_number(dynamic, 1, 8);
  test::put_number(dynamic, 1, 8), test::put_number(dynamic, 11, 8);
  test::put_number(dynamic, 1, 8), test::put_number(dynamic, 9999, 8);
  const std::string names = std::string("\0libx.so.1\0libc.so.6\0", 21);
  const auto text = elf_view(make_elf({{".dynstr", names}, {".dynamic", dynamic, 1}}, 183));
  REQUIRE(text);
  CHECK(*text == "machine=183\nclass=64\nsoname=libx.so.1\nneeded=libc.so.6\n");
  CHECK(*elf_view(make_elf({{".dynamic", dynamic, 77}})) == "machine=62\nclass=64\n");
}

TEST_CASE("an initramfs shows the names of all its archives") {
  const std::string early = make_newc({"kernel/x86/microcode/GenuineIntel.bin"});
  const std::string main_archive = make_newc({"./usr/lib/modules/6.8/nvidia.ko", "init"});
  const std::string expected = "init\nkernel/x86/microcode/GenuineIntel.bin\nusr/lib/modules/6.8/nvidia.ko\n";
  const auto sorted = [](const std::string& text) {
    auto lines = split_lines(text);
    std::sort(lines.begin(), lines.end());
    return std::vector<std::string>(lines.begin(), lines.end());
  };
  CHECK(sorted(*archive_view(early + std::string(512, '\0') + main_archive)) == sorted(expected));
  const std::string packed = pack(main_archive, "gz");
  if (!packed.empty())
    CHECK(sorted(*archive_view(early + std::string(512, '\0') + packed)) == sorted(expected));
  CHECK(archive_view("garbage that is no archive").error().code == ErrorCode::kMalformed);
  CHECK(archive_view(early.substr(0, 120)).error().code == ErrorCode::kMalformed);
  CHECK(archive_view("").value().empty());
}

TEST_CASE("compressed modules are unpacked on a live host, cut ones named") {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("nvstack-views-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string packed = pack(module_bytes(), "xz");
  std::ofstream(folder + "/nvidia.ko", std::ios::binary) << module_bytes();
  std::ofstream(folder + "/nvidia.ko.xz", std::ios::binary) << packed;
  std::ofstream(folder + "/cut.ko.xz", std::ios::binary) << packed.substr(0, packed.size() / 2);
  const auto host = LiveHost::open(folder);
  REQUIRE(host);
  CHECK((*host)->view("/nvidia.ko", View::kModule)->starts_with("license=NVIDIA\n"));
  if (!packed.empty()) CHECK((*host)->view("/nvidia.ko.xz", View::kModule)->starts_with("license=NVIDIA\n"));
  const auto broken = (*host)->view("/cut.ko.xz", View::kModule);
  REQUIRE(!broken);
  CHECK(contains(broken.error().text(), "/cut.ko.xz"));
  CHECK((*host)->view("/none", View::kModule).error().code == ErrorCode::kNotFound);
  CHECK((*host)->view("/", View::kModule).error().code == ErrorCode::kMalformed);
  std::filesystem::remove_all(folder);
}

TEST_CASE("an image that holds the bytes themselves answers views too") {
  FakeHost host;
  host.file("/a.ko", module_bytes()).file("/lib.so", make_elf({})).file("/initrd", make_newc({"init"}));
  CHECK(host.view("/a.ko", View::kModule)->starts_with("license=NVIDIA"));
  CHECK(*host.view("/lib.so", View::kElf) == "machine=62\nclass=64\n");
  CHECK(*host.view("/initrd", View::kArchive) == "init\n");
  CHECK(host.view("/none", View::kElf).error().code == ErrorCode::kNotFound);
}

TEST_CASE("archives are walked within their limits") {
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 20; ++i)
    entries.push_back({"f" + std::to_string(i), FileType::kFile, 0644, "", 100, std::string(100, 'x')});
  const std::string tar = *make_tar(entries, "x.tar.zst");
  int seen = 0;
  const auto count = [&](ArchiveEntry&&) -> Status { return ++seen, Status{}; };
  CHECK(walk_archive(tar, {}, count).has_value());
  CHECK(seen == 20);
  CHECK(walk_archive(tar, {.entries_max = 5}, count).error().code == ErrorCode::kTooLarge);
  CHECK(walk_archive(tar, {.bytes_max = 1000}, count).error().code == ErrorCode::kTooLarge);
  CHECK(walk_archive(tar, {.entry_bytes_max = 10, .want_content = true}, count).error().code ==
        ErrorCode::kTooLarge);
  const auto stop = [](ArchiveEntry&&) -> Status { return fail(ErrorCode::kIo, "enough"); };
  CHECK(walk_archive(tar, {}, stop).error().message == "enough");
}

TEST_CASE("decompress is bounded") {
  const std::string packed = pack(std::string(100'000, 'a'), "gz");
  if (packed.empty()) return;
  CHECK(decompress(packed, 200'000)->size() == 100'000);
  CHECK(decompress(packed, 1000).error().code == ErrorCode::kTooLarge);
  CHECK(*decompress("plain", 100) == "plain");
}
