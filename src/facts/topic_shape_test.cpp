// Goal: the JSON of each topic has exactly the fields of its struct, under their names.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/test_json.hpp"
#include "facts/topic_json.hpp"

using namespace nvstack;
using namespace nvstack::facts;

using test::first;
using test::keys;

TEST_CASE("distribution, kernel and platform") {
  CHECK(keys(topic_json(Os{})) ==
        "id version_id id_like pretty_name codename base_codename variant_id known_as known_version family "
        "manager");
  CHECK(keys(topic_json(Kernel{})) ==
        "release arch version flavor command_line taint lockdown compiler gcc_major module_sig_force "
        "installed");
  Platform platform;
  platform.space.push_back({"/boot", 1u << 30});
  const Json json = topic_json(platform);
  CHECK(keys(json) ==
        "system_vendor product_name device_tree_model hypervisor wsl wsl_libraries dxg_device vgpu_host "
        "grid_config auto_online_blocks iommu space year");
  CHECK(json["space"].dump() == R"([{"path":"/boot","free_bytes":1073741824}])");
  CHECK(json["iommu"].is_null());
}

TEST_CASE("GPUs: the verdict stands beside what the bus says") {
  PciGpus gpus;
  gpus.gpus.emplace_back();
  gpus.gpus[0].bars.push_back({1, 0xf5000000, 1u << 28});
  gpus.nvswitches.push_back({"0000:05:00.0", 0x10de, 0x22a3, 0x068000, "nvidia-nvswitch"});
  const Json json = topic_json(gpus);
  CHECK(keys(json) == "gpus nvswitches other_display");
  CHECK(keys(first(json["gpus"])) ==
        "bdf device_id subsystem name architecture chip compute_capability open open_reason legacy_branch "
        "known self_hosted class_code driver driver_override modalias link bars numa_node runtime_status "
        "power_control power_state iommu_group sriov_vfs_total sriov_vfs boot_vga responds placement");
  CHECK(first(json["gpus"])["link"].dump() ==
        R"({"speed_gts":null,"speed_max_gts":null,"width":null,"width_max":null})");
  CHECK(first(first(json["gpus"])["bars"]).dump() ==
        R"({"index":1,"start":"0xf5000000","size_bytes":268435456})");
  CHECK(first(json["gpus"])["subsystem"].is_null());
  CHECK(
      first(json["nvswitches"]).dump() ==
      R"({"bdf":"0000:05:00.0","device_id":"10de:22a3","class_code":"0x068000","driver":"nvidia-nvswitch"})");
}

TEST_CASE("ids and numbers of a GPU are written as lspci writes them") {
  PciGpus gpus;
  gpus.gpus.emplace_back();
  PciGpu& gpu = gpus.gpus[0];
  gpu.id = {0x2684, 0x10de, 0x16f3}, gpu.class_code = 0x30000, gpu.numa_node = 0, gpu.link.speed_gts = 2.5;
  gpu.verdict.legacy_branch = 580, gpu.placement = GpuPlacement::kVgpuGuest;
  const Json json = topic_json(gpus);
  const Json& made = first(json["gpus"]);
  CHECK(made.text("device_id") == "10de:2684");
  CHECK(made.text("subsystem") == "10de:16f3");
  CHECK(made.text("class_code") == "0x030000");
  CHECK(*made["numa_node"].integer() == 0);
  CHECK(*made["link"]["speed_gts"].number() == 2.5);
  CHECK(*made["legacy_branch"].integer() == 580);
  CHECK(made.text("placement") == gpu_placement_name(GpuPlacement::kVgpuGuest));
}

TEST_CASE("modules, their files and the driver that is loaded") {
  Modules modules;
  modules.loaded.emplace_back(), modules.files.emplace_back();
  modules.files[0].module_name = "nvidia_uvm", modules.files[0].flavor = catalog::Flavor::kOpen;
  const Json json = topic_json(modules);
  CHECK(keys(json) == "loaded files out_of_index");
  CHECK(keys(first(json["loaded"])) == "name use_count used_by state version taint");
  CHECK(keys(first(json["files"])) ==
        "kernel path name module_name version license vermagic firmware aliases is_signed signer flavor "
        "error");
  CHECK(first(json["files"]).text("module_name") == "nvidia_uvm");
  CHECK(first(json["files"]).text("flavor") == "open");

  ProcDriver driver;
  driver.parameters = {{"EnableMSI", "1"}, {"A", "2"}};
  driver.gpus.emplace_back();
  CHECK(keys(topic_json(driver)) == "loaded version gpus parameters");
  CHECK(topic_json(driver)["version"].is_null());
  CHECK(topic_json(driver)["parameters"].dump() == R"({"EnableMSI":"1","A":"2"})");
  driver.version = DriverVersion{"line", *parse_version("580.95.05"), catalog::Flavor::kProprietary, "gcc"};
  CHECK(topic_json(driver)["version"].dump() ==
        R"({"line":"line","version":"580.95.05","flavor":"proprietary","compiler":"gcc"})");
  const Json with_gpu = topic_json(driver);
  CHECK(keys(first(with_gpu["gpus"])) == "bdf model uuid video_bios firmware minor excluded");
}

TEST_CASE("modprobe lines by verb, and files that could not be read") {
  Modprobe modprobe;
  const std::pair<ModprobeVerb, const char*> verbs[] = {
      {ModprobeVerb::kBlacklist, "blacklist"}, {ModprobeVerb::kInstall, "install"},
      {ModprobeVerb::kRemove, "remove"},       {ModprobeVerb::kOptions, "options"},
      {ModprobeVerb::kAlias, "alias"},         {ModprobeVerb::kSoftdep, "softdep"}};
  for (const auto& [verb, word] : verbs) modprobe.lines.push_back({verb, "nouveau", word, "/f", 3, "v"});
  modprobe.unreadable.push_back({ErrorCode::kDenied, "cannot open /g", "", {}});
  const Json json = topic_json(modprobe);
  CHECK(keys(json) == "lines unreadable");
  CHECK(keys(first(json["lines"])) == "verb module argument file line verbatim");
  for (const Json& line : *json["lines"].items()) CHECK(line.text("verb") == line.text("argument"));
  CHECK(first(json["unreadable"]).text("code") == "denied");
}

TEST_CASE("boot images and DKMS") {
  std::vector<Initramfs> images(1);
  images[0].modprobe_files = {"etc/modprobe.d/a.conf"};
  const Json json = topic_json(images);
  CHECK(keys(json) == "images");
  CHECK(keys(first(json["images"])) ==
        "kernel path nvidia_modules firmware modprobe_files has_nouveau error");
  CHECK(first(first(json["images"])["modprobe_files"]).dump() == "\"etc/modprobe.d/a.conf\"");

  Dkms dkms;
  for (const DkmsState state :
       {DkmsState::kAdded, DkmsState::kBuilt, DkmsState::kInstalled, DkmsState::kBroken})
    dkms.modules.push_back({"nvidia", "580", "6.1", "x86_64", state, ""});
  dkms.failures.push_back({"nvidia", "580", "/p", "6.1", std::string(100'000, 'x')});
  const Json tree = topic_json(dkms);
  CHECK(keys(tree) == "present modules failures kernels_without_headers");
  CHECK(keys(first(tree["modules"])) == "name version kernel arch state detail");
  std::string states;
  for (const Json& module : *tree["modules"].items()) states += module.text("state") + " ";
  CHECK(states == "added built installed broken ");
  CHECK(keys(first(tree["failures"])) == "name version path kernel log");
  CHECK(first(tree["failures"]).text("kernel") == "6.1");
  CHECK(first(tree["failures"]).text("log").size() == 4096);
}

TEST_CASE("Secure Boot, packages, traces of the installer") {
  CHECK(keys(topic_json(SecureBoot{})) == "efi enabled setup_mode mok_validation enrolled pending key_files");
  CHECK(topic_json(SecureBoot{})["enabled"].is_null());
  Packages packages;
  packages.repositories.emplace_back();
  const Json json = topic_json(packages);
  CHECK(keys(json) == "packages streams repositories locks lock_files other_broken keys unread");
  CHECK(keys(first(json["repositories"])) == "file name url enabled nvidia module_hotfixes");
  CHECK(keys(topic_json(Runfile{})) == "uninstaller backup_log version log_tail hooks");
}

TEST_CASE("libraries, devices, firmware") {
  Libraries libraries;
  libraries.all.emplace_back();
  libraries.cache_error = Error{ErrorCode::kTooLarge, "cache", "", {}};
  const Json json = topic_json(libraries);
  CHECK(keys(json) == "all library_path cache_error");
  CHECK(keys(first(json["all"])) == "soname path real_path version kind found_by dangling is_32_bit");
  CHECK(json["cache_error"].text("code") == "too-large");
  const std::pair<host::FileType, const char*> types[] = {{host::FileType::kFile, "file"},
                                                          {host::FileType::kDirectory, "directory"},
                                                          {host::FileType::kLink, "link"},
                                                          {host::FileType::kCharDevice, "character-device"},
                                                          {host::FileType::kBlockDevice, "block-device"},
                                                          {host::FileType::kOther, "other"}};
  for (const auto& [type, word] : types) {
    Devices devices;
    devices.nodes.push_back({"/dev/nvidia0", {type, 04755, 0, 0, 0, 0, 0}});
    const Json made = topic_json(devices);
    CHECK(first(made["nodes"]).text("type") == word);
    CHECK(first(made["nodes"]).text("mode") == "4755");
  }
  Firmware firmware;
  firmware.versions.emplace_back();
  const Json made = topic_json(firmware);
  CHECK(keys(made) == "versions search_path");
  CHECK(keys(first(made["versions"])) == "version directory files empty_files");
}
