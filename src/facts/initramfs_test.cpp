// Goal: each kernel's boot image is found under its distribution's name, and says what it carries; one that
// cannot be read keeps its error and stops no other.
#include "facts/initramfs.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;
using host::View;

TEST_CASE("what an image carries") {
  const Initramfs image = parse_initramfs_names(
      "etc/modprobe.d/nvidia-graphics-drivers.conf\nusr/lib/firmware/nvidia/580.95.05/gsp_ga10x.bin\n"
      "usr/lib/modules/K/updates/dkms/nvidia-drm.ko.zst\nusr/lib/modules/K/updates/dkms/nvidia.ko\n"
      "usr/lib/modules/K/kernel/drivers/gpu/drm/nouveau/nouveau.ko\nusr/lib/modules/K/kernel/nvidiafb.ko\n"
      "etc/nvidia.ko.txt\nusr/bin/nouveau\n",
      "K", "/boot/initrd.img-K");
  CHECK(image.kernel == "K");
  CHECK(image.nvidia_modules.size() == 2);
  CHECK(image.firmware.size() == 1);
  CHECK(image.modprobe_files.size() == 1);
  CHECK(image.has_nouveau);
}

TEST_CASE("hostile names") {
  CHECK(parse_initramfs_names("", "K", "p").nvidia_modules.empty());
  const auto odd = parse_initramfs_names("nvidia\0\xff.ko\nnouveau.k"sv, "K", "p");
  REQUIRE(odd.nvidia_modules.size() == 1);
  CHECK(odd.nvidia_modules[0] == "nvidia\\x00\\xff.ko");
  CHECK(!odd.has_nouveau);
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "nvidia.ko\n";
  CHECK(parse_initramfs_names(many, "K", "p").nvidia_modules.size() == 2000);
}

TEST_CASE("the names of all distributions") {
  host::FakeHost host;
  host.view_of("/boot/initrd.img-A", View::kArchive, "nouveau.ko\n");
  host.view_of("/boot/initramfs-B.img", View::kArchive, "");
  host.view_of("/boot/initrd-C", View::kArchive, "").view_of("/lib/modules/D/initrd", View::kArchive, "");
  host.file("/lib/modules/6.9-lts/pkgbase", "linux-lts\n");
  host.view_of("/boot/initramfs-linux-lts.img", View::kArchive, "");
  host.view_of("/boot/initramfs-linux.img", View::kArchive, "");
  const auto images = read_initramfs(host, {"A", "B", "C", "D", "6.9-lts", "6.9-arch1-1", "none"});
  REQUIRE(images);
  REQUIRE(images->size() == 6);
  CHECK(images->at(0).has_nouveau);
  CHECK(images->at(1).path == "/boot/initramfs-B.img");
  CHECK(images->at(4).path == "/boot/initramfs-linux-lts.img");
  CHECK(images->at(5).kernel == "6.9-arch1-1");
}

TEST_CASE("errors stay in their entry") {
  host::FakeHost host;
  host.error("/boot/initrd.img-A", {ErrorCode::kDenied, "no", "", {}})
      .file("/boot/initrd.img-B", "no archive at all");
  host.view_of("/boot/initrd.img-C", View::kArchive, "nvidia.ko\n");
  host.file("/lib/modules/D/pkgbase", "../../etc/x\n");
  const auto images = read_initramfs(host, {"A", "B", "C", "D"});
  REQUIRE(images);
  REQUIRE(images->size() == 3);
  CHECK(images->at(0).error->code == ErrorCode::kDenied);
  CHECK(images->at(1).error->code == ErrorCode::kMalformed);
  CHECK(!images->at(2).error);
  CHECK(images->at(2).nvidia_modules.size() == 1);
}
