// Goal: the pure parsers of the machine's topics take any bytes: whatever a text is broken into, they end,
// what they give is printable UTF-8, and their limits hold.
#include <doctest.h>

#include <random>

#include "base/text.hpp"
#include "facts/dkms.hpp"
#include "facts/gpus.hpp"
#include "facts/initramfs.hpp"
#include "facts/kernel.hpp"
#include "facts/kernel_log.hpp"
#include "facts/modprobe.hpp"
#include "facts/modules.hpp"
#include "facts/os.hpp"
#include "facts/platform.hpp"
#include "facts/secure_boot.hpp"

using namespace nvstack;
using namespace nvstack::facts;

namespace {

/// One sound text of each kind; the breaking starts from these.
const std::string kTexts[] = {
    "ID='ubuntu'\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"A \\\"good\\\" one\"\nID_LIKE=\"debian linux\"\n",
    "Linux version 6.1.0-56-amd64 (d@l) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU) 2.40) #1 SMP\n",
    "quiet a=1 dyndbg=\"file x +p\" rd-y=3\nnone [integrity] confidentiality\n",
    "CONFIG_CC_VERSION_TEXT=\"gcc-13 (Ubuntu 13.2.0) 13.2.0\"\n# CONFIG_MODULE_SIG_FORCE is not set\n",
    "0x00000000f5000000 0x00000000f5ffffff 0x0000000000040200\n0x0 0x0 0x0\n0x5 0x1 0x1\n",
    "pci:v000010DEd00002684sv000010DEsd000016F3bc03sc02i00\n0000:ff:1f.7\n16.0 GT/s PCIe\n",
    "nvidia 60000000 97 nvidia_uvm,nvidia_modeset, Live 0x0 (POE)\nnvidia_drm 1 0 - Live 0x0\n",
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.45.04  Release Build  (u@h)\nGCC version:  "
    "g\n",
    "Model: \t\t H100\nGPU UUID: \t GPU-1\nDevice Minor: \t 3\nGPU Excluded:\t Yes\nRmMsg: \"x\"\n",
    "options nvidia a=\"b c\" \\\n d=1\nblacklist nouveau\nalias x nvidia\ninstall nvidia /bin/false\n",
    "lib/modules/K/nvidia.ko.xz\nlib/firmware/nvidia/1/gsp.bin\netc/modprobe.d/n.conf\nupdates/nvidia.ko: "
    "a\n",
    "        Subject: C=GB, CN=\"A, B\", O=x\n Subject: /CN=old/emailAddress=a@b\n",
    "DKMS make.log for nvidia-1 for kernel 6.5.2-arch1-1 (x86_64)\n/dev/sda1 100 50 50 50% /\n",
    "Jan 2 h kernel: [    0.000000] Linux version 6.1.0 (a@b)\nlicense=NVIDIA\nversion=1\nname=nvidia\n",
};

/// The same sequence on every machine, so that a failure can be repeated.
class Breaker {
 public:
  std::string next() {
    std::string text = pick();
    if (number_() % 3 == 0) text += pick();
    for (std::size_t i = number_() % 8; i > 0; --i) break_once(text);
    return text;
  }
  const std::string& pick() { return kTexts[number_() % std::size(kTexts)]; }

 private:
  void break_once(std::string& text) {
    if (text.empty()) text = "x";
    const std::size_t at = number_() % text.size();
    switch (number_() % 5) {
      case 0: text[at] = static_cast<char>(number_()); return;
      case 1: text.erase(at, number_() % 8); return;
      case 2: text.insert(at, 1, "\"'\\=\n\0 ():[]%,\xff"[number_() % 16]); return;
      case 3: text.resize(at); return;
      case 4: text.insert(at, text.substr(number_() % text.size(), 30)); return;
    }
  }

  std::mt19937_64 number_{20261122};
};

constexpr int kRounds = 3000;

bool sound(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

}  // namespace

TEST_CASE("os-release") {
  Breaker breaker;
  const catalog::Catalog catalog;
  for (int i = 0; i < kRounds; ++i) {
    auto os = parse_os_release(breaker.next(), "/etc/os-release");
    if (!os) {
      REQUIRE(os.error().message.find("/etc/os-release") != std::string::npos);
      continue;
    }
    classify_os(*os, catalog);
    REQUIRE(!os->id.empty());
    REQUIRE((sound(os->id) && sound(os->pretty_name) && sound(os->version_id)));
    REQUIRE((os->known_as.empty() || !os->family.empty()));
  }
}

TEST_CASE("kernel texts") {
  Breaker breaker;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = breaker.next(), other = breaker.next();
    const ProcVersion version = parse_proc_version(text);
    REQUIRE((sound(version.release) && sound(version.compiler)));
    REQUIRE(parse_gcc_major(version.compiler).value_or(1) >= 0);
    REQUIRE(!kernel_flavor_name(flavor_of_release(text)).empty());
    for (const std::string& word : parse_command_line(text)) REQUIRE((sound(word) && !word.empty()));
    REQUIRE(sound(parse_lockdown(text)));
    REQUIRE(sound(parse_kernel_config(text).compiler));
    REQUIRE(sound(parse_make_log_kernel(text)));
    REQUIRE(last_boot(text).size() <= text.size());
    REQUIRE(!release_less(text, text));
    REQUIRE(!(release_less(text, other) && release_less(other, text)));
    REQUIRE((release_less(text, other) || release_less(other, text) || text == other));
  }
}

TEST_CASE("texts about GPUs and modules") {
  Breaker breaker;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = breaker.next();
    REQUIRE(parse_pci_resources(text).size() <= 6);
    REQUIRE(parse_link_speed(text).value_or(1) > 0);
    REQUIRE((!parse_pci_modalias(text) || parse_pci_modalias(text)->class_code <= 0xffffff));
    for (const LoadedModule& module : parse_proc_modules(text))
      REQUIRE((sound(module.name) && module.use_count >= 0));
    if (const auto version = parse_nvrm_version(text))
      REQUIRE((sound(version->line) && version->version.parts.size() >= 2));
    REQUIRE(sound(parse_proc_gpu(text, "b").model));
    for (const auto& [name, value] : parse_proc_parameters(text)) REQUIRE((!name.empty() && sound(value)));
    const ModuleFile file = parse_module_view(text, "K", "/lib/modules/K/nvidia.ko");
    REQUIRE((sound(file.version) && sound(file.license) && !file.module_name.empty()));
    REQUIRE(sound(module_file_name(text).value_or("")));
  }
}

TEST_CASE("configuration, keys, images, disks") {
  Breaker breaker;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = breaker.next();
    Modprobe modprobe;
    modprobe.lines = parse_modprobe_file(text, "f");
    for (const ModprobeLine& line : modprobe.lines) REQUIRE((sound(line.verbatim) && line.line > 0));
    for (const auto& [value, line] : modprobe.options("nvidia", "a"))
      REQUIRE(line->verb == ModprobeVerb::kOptions);
    const Initramfs image = parse_initramfs_names(text, "K", "p");
    for (const std::string& name : image.nvidia_modules) REQUIRE(sound(name));
    for (const std::string& name : parse_key_subjects(text)) REQUIRE(sound(name));
    for (const auto& space : parse_disk_space(text, {"/"})) REQUIRE(sound(space.path));
    REQUIRE(hypervisor_of_vendor(text, text).size() < 20);
  }
}
