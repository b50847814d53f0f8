// Goal: loaded modules and module files are found wherever distributions, DKMS and the installer put them,
// and the one that modprobe takes is told from the others.
#include "facts/modules.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"
#include "host/recording_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

const std::string kOpen =
    "license=Dual MIT/GPL\nversion=595.45.04\nname=nvidia\nvermagic=6.1.0-56-amd64 SMP preempt mod_unload\n"
    "firmware=nvidia/595.45.04/gsp_tu10x.bin\nfirmware=nvidia/595.45.04/gsp_ga10x.bin\n"
    "alias=pci:v000010DEd*sv*sd*bc03sc00i00*\nnvstack.signed=yes\nnvstack.signer=DKMS module signing key\n";

}  // namespace

TEST_CASE("lines of /proc/modules") {
  const auto modules = parse_proc_modules(
      "nvidia_uvm 4956160 0 - Live 0x0000000000000000 (POE)\n"
      "nvidia 60000000 97 nvidia_uvm,nvidia_modeset, Live 0x0 (POE)\n"
      "ext4 1 1 - Live 0x0\nnouveau 1 0 - Loading 0x0\nvfio_pci 1 - [permanent], Live 0x0\nnvidia\nnvidia 1 "
      "2 3\n");
  REQUIRE(modules.size() == 4);
  CHECK(modules[0].name == "nvidia_uvm");
  CHECK(modules[0].used_by.empty());
  CHECK(modules[0].taint == "POE");
  CHECK(modules[1].use_count == 97);
  CHECK(modules[1].used_by == std::vector<std::string>{"nvidia_uvm", "nvidia_modeset"});
  CHECK(modules[2].state == "Loading");
  CHECK(modules[3].used_by.empty());
  CHECK(parse_proc_modules("nvidia\0 1 1 - Live 0\n\xff\xff 1 1 - Live"sv).empty());
  CHECK(parse_proc_modules("nvidia 1 99999999999999999999999 - Live 0x0")[0].use_count == 0);
}

TEST_CASE("a module's view") {
  const ModuleFile file = parse_module_view(kOpen, "K", "/lib/modules/K/updates/dkms/nvidia-current.ko.xz");
  CHECK(file.name == "nvidia-current");
  CHECK(file.module_name == "nvidia");
  CHECK(file.version == "595.45.04");
  CHECK(file.vermagic == "6.1.0-56-amd64");
  CHECK(file.firmware.size() == 2);
  CHECK(file.aliases.size() == 1);
  CHECK(file.is_signed);
  CHECK(file.signer == "DKMS module signing key");
  CHECK(file.flavor == catalog::Flavor::kOpen);
  CHECK(!parse_module_view("license=Dual MIT/GPL\n", "K", "/x/nvidia-uvm.ko").flavor);
  CHECK(parse_module_view("license=NVIDIA\n", "K", "/x/nvidia-modeset.ko").flavor ==
        catalog::Flavor::kProprietary);
  CHECK(!flavor_of_license("GPL"));
  CHECK(parse_module_view("=\n\0=\nversion"sv, "K", "").version.empty());
}

TEST_CASE("names of module files") {
  CHECK(module_file_name("/a/nvidia.ko") == "nvidia");
  CHECK(module_file_name("updates/nvidia-uvm.ko.zst") == "nvidia-uvm");
  CHECK(!module_file_name("/a/.ko"));
  CHECK(!module_file_name("/a/nvidia.o"));
  CHECK(!module_file_name(""));
}

TEST_CASE("files in all places, without walking into build trees") {
  host::FakeHost host;
  const std::string k = "/usr/lib/modules/6.1/";
  host.link("/lib", "usr/lib").file(k + "modules.dep", "kernel/nvidia-580/nvidia.ko: \n");
  host.module_file(k + "updates/dkms/nvidia.ko", kOpen).module_file(k + "extra/nvidia/nvidia-uvm.ko.xz", "");
  host.module_file(k + "kernel/nvidia-580/bits/nvidia.ko", "license=NVIDIA\nversion=580.1\n");
  host.module_file(k + "kernel/drivers/video/nvidia.ko", "")
      .file(k + "kernel/drivers/gpu/drm/nouveau/nouveau.ko", "");
  host.file(k + "kernel/drivers/video/fbdev/nvidia/nvidiafb.ko", "");
  host.link(k + "weak-updates/nvidia/nvidia-drm.ko", "/usr/lib/modules/5.0/extra/nvidia-drm.ko");
  host.link(k + "build", "/usr/src/linux").file("/usr/src/linux/nvidia.ko", "");
  const auto modules = read_modules(host);
  REQUIRE(modules);
  CHECK(modules->files.size() == 6);
  REQUIRE(modules->find_file("6.1", "nvidia"));
  CHECK(modules->find_file("6.1", "nvidia")->path == "/lib/modules/6.1/updates/dkms/nvidia.ko");
  CHECK(modules->find_file("6.1", "nvidia_uvm")->path == "/lib/modules/6.1/extra/nvidia/nvidia-uvm.ko.xz");
  CHECK(modules->find_file("6.1", "nouveau"));
  CHECK(modules->find_file("6.1", "nvidia-drm")->error->code == ErrorCode::kNotFound);
  CHECK(!modules->find_file("6.2", "nvidia"));
  CHECK(modules->out_of_index.empty());
}

TEST_CASE("a nvidia.ko that depmod has not seen") {
  host::FakeHost host;
  host.module_file("/lib/modules/A/updates/nvidia.ko", kOpen)
      .file("/lib/modules/A/modules.dep", "x/nvidia-drm.ko: y\n");
  host.module_file("/lib/modules/B/updates/nvidia.ko", kOpen);
  host.module_file("/lib/modules/C/updates/nvidia.ko.xz", kOpen);
  host.file("/lib/modules/C/modules.dep", "updates/nvidia.ko.xz:\n");
  host.module_file("/lib/modules/D/updates/nvidia.ko", kOpen);
  host.error("/lib/modules/D/modules.dep", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_modules(host)->out_of_index == std::vector<std::string>{"A", "B"});
  CHECK(!dep_lists(std::string(1000, ':'), "nvidia"));
}

TEST_CASE("a file that cannot be understood keeps its error and its place") {
  host::FakeHost host;
  host.file("/lib/modules/K/updates/nvidia.ko",
            "\x7f"
            "ELF and then nothing");
  const auto modules = read_modules(host);
  REQUIRE(modules->files.size() == 1);
  CHECK(modules->files[0].error->code == ErrorCode::kMalformed);
  CHECK(modules->files[0].version.empty());
  CHECK(modules->find_file("K", "nvidia"));
}

TEST_CASE("loaded modules and what sysfs adds") {
  host::FakeHost host;
  host.file("/proc/modules", "nvidia 1 0 - Live 0x0\n").file("/sys/module/nvidia/version", "580.95.05\n");
  host.file("/sys/module/nvidia/taint", "OE\n");
  const auto modules = read_modules(host);
  CHECK(modules->find_loaded("nvidia")->version == "580.95.05");
  CHECK(modules->find_loaded("nvidia")->taint == "OE");
  CHECK(!modules->find_loaded("nvidia-uvm"));
  host.error("/proc/modules", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_modules(host).error().code == ErrorCode::kDenied);
  CHECK(read_modules(host::FakeHost())->loaded.empty());
}

TEST_CASE("where no list of modules is shown, sysfs tells them") {
  host::FakeHost host;
  host.file("/sys/module/nvidia/initstate", "live\n").file("/sys/module/nvidia/refcnt", "3\n");
  host.file("/sys/module/nvidia/version", "580.95.05\n").file("/sys/module/nvidia/holders/nvidia_uvm", "");
  host.file("/sys/module/nvidia_uvm/initstate", "coming\n");
  host.file("/sys/module/nouveau/parameters/modeset", "1\n");  // built in: no state
  host.file("/sys/module/ext4/initstate", "live\n");
  const auto modules = read_modules(host);
  REQUIRE(modules->loaded.size() == 2);
  const LoadedModule* nvidia = modules->find_loaded("nvidia");
  REQUIRE(nvidia);
  CHECK(nvidia->use_count == 3);
  CHECK(nvidia->used_by == std::vector<std::string>{"nvidia_uvm"});
  CHECK(nvidia->state == "Live");
  CHECK(nvidia->version == "580.95.05");
  CHECK(modules->find_loaded("nvidia-uvm")->state == "Loading");
  host.file("/proc/modules", "");
  CHECK(read_modules(host)->loaded.empty());
}

TEST_CASE("a directory tree without end is walked within limits") {
  host::FakeHost host;
  std::string deep = "/lib/modules/K/updates";
  for (int i = 0; i < 20; ++i) deep += "/d";
  host.module_file(deep + "/nvidia.ko", kOpen);
  for (int i = 0; i < 300; ++i)
    host.module_file("/lib/modules/K/extra/nvidia-" + std::to_string(i) + ".ko", "");
  CHECK(read_modules(host)->files.size() == 200);
}

TEST_CASE("captured modules answer as the machine did") {
  host::FakeHost live;
  live.link("/lib", "usr/lib").module_file("/usr/lib/modules/K/updates/nvidia.ko", kOpen);
  live.file("/usr/lib/modules/K/extra/nvidia-drm.ko", "broken")
      .file("/proc/modules", "nvidia 1 0 - Live 0x0\n");
  host::RecordingHost recording(live);
  const auto first = read_modules(recording);
  const auto again = read_modules(host::MemoryHost(recording.image()));
  REQUIRE(again);
  REQUIRE(again->files.size() == 2);
  CHECK(again->find_file("K", "nvidia")->version == first->find_file("K", "nvidia")->version);
  CHECK(again->find_file("K", "nvidia-drm")->error->code == ErrorCode::kMalformed);
  CHECK(again->out_of_index == std::vector<std::string>{"K"});
  CHECK(again->find_loaded("nvidia"));
}
