// Writes the binary seeds (modules, archives, captures), which do not belong into the repository as files.
#include <filesystem>
#include <fstream>
#include <string>

#include "channel/wire.hpp"
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

/// A fat binary with one part: PTX for sm_75, as it is or as one LZ4 block of literals.
std::string fat_binary(bool packed) {
  const std::string text = ".version 8.0\n";
  const std::string block = packed ? std::string(1, static_cast<char>(text.size() << 4)) + text : text;
  std::string part;
  test::put_number(part, 1, 4), test::put_number(part, 64, 4), test::put_number(part, block.size(), 8);
  test::put_number(part, block.size(), 4), test::put_number(part, 64, 4), test::put_number(part, 0, 4);
  test::put_number(part, 75, 4), test::put_number(part, 0, 8), test::put_number(part, packed ? 0x2000 : 0, 8);
  test::put_number(part, 0, 8), test::put_number(part, text.size(), 8);
  std::string bytes;
  test::put_number(bytes, 0xba55ed50, 4), test::put_number(bytes, 0x100001, 4);
  test::put_number(bytes, part.size() + block.size(), 8);
  return bytes + part + block;
}

/// A message to the virtual driver with its length before it.
std::string driver_request(unsigned op, const std::string& payload) {
  std::string bytes;
  test::put_number(bytes, op, 4), test::put_number(bytes, 0, 4), test::put_number(bytes, 0, 4);
  test::put_number(bytes, payload.size(), 4);
  for (unsigned i = 0; i < 6; ++i) test::put_number(bytes, i == 0 ? 1 : 0, 8);
  return std::string(1, static_cast<char>(bytes.size() + payload.size())) + bytes + payload;
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
  seed("virt_loader_cache", "one", loader_cache());
  // A request's number, the choice of a path, the argument: two GPUs attached to a file.
  std::string attach;
  test::put_number(attach, 0xc00846d4, 4), test::put_number(attach, 0, 1);
  test::put_number(attach, 0xc100, 4), test::put_number(attach, 0xa100, 4);
  seed("virt_ioctl", "attach", attach);
  std::string all;
  for (unsigned op = 0; op < static_cast<unsigned>(nvstack::channel::Op::kCount); ++op)
    all += driver_request(op, "");
  seed("virt_request", "all", all + "\x03" + "abc");
  const std::string xid = std::string("fault") + '\0' + "xid" + '\0' + "0" + '\0' + "31" + '\0';
  seed("virt_request", "control", driver_request(static_cast<unsigned>(nvstack::channel::Op::control), xid));
  seed("image", "plain", fat_binary(false));
  seed("image", "packed", fat_binary(true));
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
