#include "virt/kmod.hpp"

#include <doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

struct Stage {
  Stage() {
    char name[] = "/tmp/nvstack-kmod-XXXXXX";
    folder = ::mkdtemp(name);
    world.sysfs = folder;
    world.release = "6.1.0";
    world.ask = [this](const std::vector<std::string>& words) -> Result<std::string> {
      asked.push_back(join(words, " "));
      if (!answer.empty()) return fail(answer_code, answer, "");
      return std::string();
    };
    world.run = [this](const std::vector<std::string>& words) {
      asked.push_back("run " + join(words, " "));
      return run_code;
    };
    world.end = [this](const std::string&) {
      asked.push_back("end");
      return true;
    };
    world.out = [this](const std::string& text) { out += text; };
    world.err = [this](const std::string& text) { err += text; };
  }
  ~Stage() { std::filesystem::remove_all(folder); }
  void load(const std::string& module, const std::string& references, const std::string& holder = "") {
    std::filesystem::create_directories(folder + "/" + module + "/holders/" + holder);
    std::ofstream(folder + "/" + module + "/refcnt") << references << "\n";
    std::ofstream(folder + "/" + module + "/coresize") << "4096\n";
  }

  std::string folder, out, err, answer;
  ErrorCode answer_code = ErrorCode::kDenied;
  std::vector<std::string> asked;
  int run_code = 0;
  KmodWorld world;
};

}  // namespace

TEST_CASE("modprobe loads one module, and what follows are its parameters") {
  Stage stage;
  CHECK(run_kmod("modprobe", {"nvidia-uvm", "uvm_debug_prints=1"}, stage.world) == 0);
  CHECK(stage.asked == std::vector<std::string>{"module load nvidia_uvm"});
}

TEST_CASE("modprobe -r takes several, in their order; what is not loaded is no error") {
  Stage stage;
  stage.load("nvidia_drm", "0");
  stage.load("nvidia", "1");
  CHECK(run_kmod("modprobe", {"-r", "nvidia_drm", "nvidia_modeset", "nvidia"}, stage.world) == 0);
  CHECK(stage.asked == std::vector<std::string>{"module unload nvidia_drm", "module unload nvidia"});
}

TEST_CASE("modprobe of a loaded module asks nobody, and neither does a dry run") {
  Stage stage;
  stage.load("nvidia", "0");
  CHECK(run_kmod("modprobe", {"nvidia"}, stage.world) == 0);
  CHECK(run_kmod("modprobe", {"-n", "nvidia_uvm"}, stage.world) == 0);
  CHECK(stage.asked.empty());
}

TEST_CASE("refusals are said in kmod's words, or not at all when quiet") {
  Stage stage;
  stage.answer = "Module nvidia is in use";
  stage.load("nvidia", "1");
  CHECK(run_kmod("modprobe", {"-r", "nvidia"}, stage.world) == 1);
  CHECK(stage.err == "modprobe: FATAL: Module nvidia is in use.\n");
  stage.err.clear();
  stage.answer_code = ErrorCode::kUsage;
  CHECK(run_kmod("modprobe", {"no-such"}, stage.world) == 1);
  CHECK(stage.err == "modprobe: FATAL: Module no-such not found in directory /lib/modules/6.1.0\n");
  stage.err.clear();
  CHECK(run_kmod("modprobe", {"-q", "no-such"}, stage.world) == 1);
  CHECK(stage.err.empty());
  CHECK(run_kmod("modprobe", {}, stage.world) == 1);
  CHECK(run_kmod("modprobe", {"--what"}, stage.world) == 1);
  CHECK(stage.err.find("unrecognized option '--what'") != std::string::npos);
}

TEST_CASE("rmmod and insmod") {
  Stage stage;
  CHECK(run_kmod("rmmod", {"nvidia-drm"}, stage.world) == 0);
  CHECK(run_kmod("insmod", {"/lib/modules/6.1/nvidia.ko.xz"}, stage.world) == 0);
  CHECK(stage.asked == std::vector<std::string>{"module unload nvidia_drm", "module load nvidia"});
  stage.load("nvidia", "0");
  CHECK(run_kmod("insmod", {"nvidia.ko"}, stage.world) == 1);
  CHECK(stage.err == "insmod: ERROR: could not insert module nvidia.ko: File exists\n");
  stage.err.clear();
  stage.answer = "Module nvidia is in use by: nvidia_uvm";
  CHECK(run_kmod("rmmod", {"nvidia"}, stage.world) == 1);
  CHECK(stage.err == "rmmod: ERROR: Module nvidia is in use by: nvidia_uvm\n");
  CHECK(run_kmod("rmmod", {}, stage.world) == 1);
}

TEST_CASE("lsmod prints its three columns") {
  Stage stage;
  stage.load("nvidia", "2", "nvidia_uvm");
  stage.load("nvidia_uvm", "0");
  CHECK(run_kmod("lsmod", {}, stage.world) == 0);
  CHECK(stage.out ==
        "Module                  Size  Used by\n"
        "nvidia                  4096  2 nvidia_uvm\n"
        "nvidia_uvm              4096  0\n");
  CHECK(run_kmod("modprobe.old", {}, stage.world) == 1);
}

TEST_CASE("depmod and dkms bring the module files in order") {
  Stage stage;
  CHECK(run_kmod("depmod", {"-a", "6.1.0"}, stage.world) == 0);
  CHECK(run_kmod("dkms", {"autoinstall", "--force", "-k", "6.1.0"}, stage.world) == 0);
  CHECK(stage.asked == std::vector<std::string>{"module index", "module build"});
  CHECK(run_kmod("dkms", {"status"}, stage.world) == 1);
  CHECK(stage.err == "dkms: ERROR: of dkms, a virtual host has autoinstall\n");
  stage.err.clear();
  stage.answer = "no driver process";
  CHECK(run_kmod("depmod", {}, stage.world) == 1);
  CHECK(stage.err == "depmod: ERROR: no driver process\n");
}

TEST_CASE("modprobe finds what the index lists") {
  Stage stage;
  stage.world.modules = stage.folder;
  std::filesystem::create_directories(stage.folder + "/6.1.0");
  std::ofstream(stage.folder + "/6.1.0/modules.dep") << "updates/dkms/nvidia.ko:\n";
  CHECK(run_kmod("modprobe", {"nvidia"}, stage.world) == 0);
  CHECK(run_kmod("modprobe", {"nvidia-uvm"}, stage.world) == 1);
  CHECK(stage.err == "modprobe: FATAL: Module nvidia-uvm not found in directory /lib/modules/6.1.0\n");
  CHECK(run_kmod("modprobe", {"vfio-pci"}, stage.world) == 0);
  CHECK(stage.asked == std::vector<std::string>{"module load nvidia", "module load vfio_pci"});
}

TEST_CASE("a file that the kernel refuses is an error of its own kind") {
  Stage stage;
  stage.answer = "could not insert 'nvidia': Exec format error";
  CHECK(run_kmod("modprobe", {"nvidia"}, stage.world) == 1);
  CHECK(stage.err == "modprobe: ERROR: could not insert 'nvidia': Exec format error\n");
}

TEST_CASE("systemctl of a staged machine knows the two services of the driver") {
  Stage stage;
  CHECK(run_kmod("systemctl", {"enable", "--now", "nvidia-fabricmanager"}, stage.world) == 0);
  CHECK(run_kmod("systemctl", {"stop", "nvidia-fabricmanager.service"}, stage.world) == 0);
  CHECK(run_kmod("systemctl", {"start", "nvidia-persistenced"}, stage.world) == 0);
  CHECK(run_kmod("systemctl", {"restart", "nvidia-persistenced"}, stage.world) == 0);
  CHECK(run_kmod("systemctl", {"enable", "nvidia-persistenced"}, stage.world) ==
        0);  // for the next boot alone
  CHECK(stage.asked == std::vector<std::string>{"fault fabric-manager 0 on", "fault fabric-manager 0 off",
                                                "run nvidia-persistenced", "end", "run nvidia-persistenced"});
  CHECK(stage.err.empty());
}

TEST_CASE("what else systemctl is asked for is refused") {
  Stage stage;
  CHECK(run_kmod("systemctl", {"restart", "ssh"}, stage.world) == 5);
  CHECK(stage.err == "Failed to restart ssh.service: Unit ssh.service not found in this virtual host.\n");
  CHECK(run_kmod("systemctl", {"reboot"}, stage.world) == 1);
  CHECK(run_kmod("systemctl", {}, stage.world) == 1);
  stage.run_code = 1;
  CHECK(run_kmod("systemctl", {"start", "nvidia-persistenced"}, stage.world) == 0);
  CHECK(run_kmod("systemctl", {"restart", "nvidia-persistenced"}, stage.world) == 1);
  stage.answer = "this machine has no fabric manager";
  CHECK(run_kmod("systemctl", {"start", "nvidia-fabricmanager"}, stage.world) == 1);
  CHECK(stage.err.ends_with(
      "Failed to start nvidia-fabricmanager.service: this machine has no fabric manager\n"));
}
