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
    world.ask = [this](const std::vector<std::string>& words) -> Result<std::string> {
      asked.push_back(join(words, " "));
      if (!answer.empty()) return fail(answer_code, answer, "");
      return std::string();
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
  CHECK(stage.err == "modprobe: FATAL: Module no-such not found.\n");
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
  CHECK(run_kmod("depmod", {}, stage.world) == 1);
}
