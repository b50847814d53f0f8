// Writes the binary seeds (modules, archives, captures), which do not belong into the repository as files.
#include <filesystem>
#include <fstream>
#include <string>

#include "host/archive.hpp"
#include "host/capture.hpp"
#include "host/memory_host.hpp"
#include "host/test_elf.hpp"
#include "persist/rpc.hpp"

using namespace nvstack::host;

namespace {

std::string folder;

void seed(const std::string& target, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(folder + "/" + target);
  std::ofstream(folder + "/" + target + "/" + name, std::ios::binary) << bytes;
}

/// /etc/ld.so.cache with one library, as ldconfig of glibc 2.32 and later writes it.
std::string loader_cache() {
  const std::string names = std::string("libcuda.so.1") + '\0' + "/usr/lib/libcuda.so.1" + '\0';
  std::string bytes = "glibc-ld.so.cache1.1";
  test::put_number(bytes, 1, 4), test::put_number(bytes, names.size(), 4);
  bytes.resize(48, '\0');
  test::put_number(bytes, 0x0303, 4), test::put_number(bytes, 72, 4), test::put_number(bytes, 85, 4);
  test::put_number(bytes, 0, 4), test::put_number(bytes, 0, 8);
  return bytes + names;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  folder = argv[1];
  const std::string info = std::string("license=NVIDIA") + '\0' + "version=1.2" + '\0';
  seed("module", "plain", test::make_elf({{".modinfo", info}}));
  seed("module", "signed", test::make_elf({{".modinfo", info}}) + test::make_signature("key"));
  seed("archive", "newc", test::make_newc({"a", "b/nvidia.ko"}));
  FakeHost host;
  host.file("/etc/os-release", "ID=debian\n")
      .link("/lib", "usr/lib")
      .node("/dev/nvidia0", 195, 0)
      .command({"uname"}, "x\n");
  seed("capture", "tar", *render_capture(host.image(), "x.tar"));
  seed("capture", "zst", *render_capture(host.image(), "x.tar.zst"));
  seed("index_json", "index", image_index_json(host.image()).dump());
  seed("index_json", "commands", image_commands_json(host.image()).dump());
  seed("facts_ld_cache", "one", loader_cache());
  namespace persist = nvstack::persist;
  std::string calls = "x";
  for (const auto procedure :
       {persist::Procedure::kNull, persist::Procedure::kGetMode, persist::Procedure::kSetMode,
        persist::Procedure::kSetModeOnly, persist::Procedure::kSetNuma})
    calls += persist::render_call({7, procedure, {0, 16, 0}, 0, 1});
  seed("persist_rpc", "calls", calls);
  seed("persist_rpc", "replies", "x" + persist::render_mode_reply(7, 1) + persist::render_status_reply(7, 2));
  return 0;
}
