// Goal: nvstack torch from outside: its words, its exit codes, its ways; what is wrong in them is said.
#include <doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

Ran torch(std::vector<std::string> words) {
  words.insert(words.begin(), "torch");
  for (const char* word : {"--python", "3.11", "--glibc", "2.35"}) words.emplace_back(word);
  return run(words);
}
Json json_of(const Ran& ran) {
  const auto json = parse_json(ran.out);
  REQUIRE_MESSAGE(json, ran.out, ran.err);
  return *json;
}

}  // namespace

TEST_CASE("answers and refusals have their exit codes") {
  const Ran good = torch({"--gpu", "RTX 4090", "--driver", "550.144.03", "--json"});
  CHECK(good.code == kOk);
  CHECK(json_of(good).text("torch") == "2.13.0");
  const Ran refused = torch({"--gpu", "sm_120", "--driver", "550.144.03", "--json"});
  CHECK(refused.code == kRefused);
  CHECK(!json_of(refused)["refusal"]["nearest"].items()->empty());
  CHECK(torch({"--gpu", "sm_120", "--driver", "550.144.03"}).code == kRefused);
  CHECK(
      contains(torch({"explain", "--gpu", "RTX 4090", "--driver", "550.144.03"}).out, "cu130 needs driver"));
}

TEST_CASE("F-025: torchvideo is corrected, and a torchvision leads to its torch") {
  const Ran ran = torch({"torchvideo==0.16.0", "torchaudio", "--json", "--cuda", "12.1"});
  const Json json = json_of(ran);
  CHECK(json.text("torch") == "2.1.0");
  CHECK(contains(ran.out, "\"id\": \"torchvideo\""));
  CHECK(contains((*json["commands"].items())[0].string() ? *(*json["commands"].items())[0].string() : "",
                 "torchvision==0.16.0 torchaudio==2.1.0"));
}

TEST_CASE("platforms in one word, WSL, a branch instead of a version") {
  CHECK(json_of(torch({"--platform", "manylinux2014_x86_64", "--cuda", "12.4", "--json"}))["machine"].text(
            "libc") == "glibc 2.35");
  CHECK(json_of(run({"torch", "--python", "3.11", "--platform", "manylinux_2_17_x86_64", "--driver", "580",
                     "--gpu", "T4", "--json"}))
            .text("torch") == "2.6.0");
  CHECK(json_of(run({"torch", "--python", "3.11", "--platform", "linux_aarch64", "--driver", "580", "--gpu",
                     "GH200", "--json"}))
            .text("cuda_variant") == "cu130");
  CHECK(torch({"--musl", "1.2", "--cuda", "12.6"}).code == kUsage);
  CHECK(run({"torch", "--python", "3.11", "--musl", "1.2", "--cuda", "12.6"}).code == kRefused);
  CHECK(json_of(torch({"--wsl", "--driver", "526.47", "--gpu", "RTX 4090", "--json"})).text("cuda_variant") ==
        "cu118");
  CHECK(json_of(torch({"--cuda", "cpu", "--json"})).text("cuda_variant") == "cpu");
  CHECK(torch({"--platform", "linux_x86_64", "--arch", "aarch64"}).code == kUsage);
  CHECK(json_of(torch({"torch[opt]==2.6.0", "--cuda", "12.4", "--json"})).text("torch") == "2.6.0");
}

TEST_CASE("wrong words are usage errors with a hint") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--gpu", "RTX 9999"},
                                             {"--gpu", "1002:73bf"},
                                             {"--driver", "new"},
                                             {"--driver", "1"},
                                             {"--cuda", "x"},
                                             {"--cuda", "rocm6.4"},
                                             {"--torch", "newest"},
                                             {"--channel", "beta"},
                                             {"--mirror", "tuna"},
                                             {"--arch", "mips"},
                                             {"--platform", "win_amd64"},
                                             {"--toolkit", "y"},
                                             {"--cudnn", "z"},
                                             {"numpy"},
                                             {"torchvision==9.9"},
                                             {"torch==x"},
                                             {"wheel"}})
    CHECK_MESSAGE((torch(words).code == kUsage || torch(words).code == kFailed), join(words, " "));
  CHECK(run({"torch", "--python", "2.7"}).code == kUsage);
  CHECK(contains(torch({"--mirror", "tuna"}).err, "hint:"));
}

TEST_CASE("this machine without a GPU gets the CPU build and is told so") {
  const Folder root("root");
  const Ran ran = run({"torch", "--json", "--root", root.path});
  CHECK(ran.code == kOk);
  CHECK(json_of(ran).text("cuda_variant") == "cpu");
  CHECK(contains(ran.out, "\"no-gpu\""));
  CHECK(contains(ran.out, "python-assumed"));
}

TEST_CASE("a machine's own driver, GPU and toolkit answer both questions") {
  const Folder root("machine");
  root.put("proc/driver/nvidia/version",
           "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n");
  root.put("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  root.put("sys/bus/pci/devices/0000:01:00.0/device", "0x2684\n");
  root.put("sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
  root.put("usr/local/cuda-12.4/version.json", R"({"cuda":{"version":"12.4.1"}})");
  const Json json = json_of(torch({"--json", "--root", root.path}));
  CHECK(json.text("cuda_variant") == "cu126");
  CHECK(json["machine"].text("driver") == "550.54.14");
  REQUIRE(!json["alternatives"].items()->empty());
  CHECK((*json["alternatives"].items())[0].text("question") == "toolkit");
  CHECK((*json["alternatives"].items())[0].text("cuda_variant") == "cu124");
}

TEST_CASE("check an environment, judge a requirements file") {
  const Folder folder("venv");
  const std::string packages = "v/lib/python3.11/site-packages/";
  folder.put("v/pyvenv.cfg", "");
  folder.put(packages + "torch/version.py", "__version__ = '2.6.0+cu124'\ncuda: Optional[str] = '12.4'\n");
  folder.put(packages + "torch-2.6.0+cu124.dist-info/WHEEL", "Tag: cp311-cp311-linux_x86_64\n");
  folder.put(packages + "nvidia_cudnn_cu12-9.1.0.70.dist-info/WHEEL", "");
  CHECK(torch({"check", "--env", folder.path / "v", "--gpu", "RTX 4090", "--driver", "550.54.14"}).code ==
        kOk);
  const Ran bad =
      torch({"check", "--env", folder.path / "v", "--gpu", "RTX 5090", "--driver", "580.95.05", "--json"});
  CHECK(bad.code == kFindings);
  CHECK(contains(bad.out, "\"no-code\""));
  CHECK(torch({"check", "--env", folder.path / "nothing"}).code == kFailed);
  const std::string file = folder.put(
      "r.txt", "--index-url https://download.pytorch.org/whl/cu126\ntorch==2.8.0\ntorchvision==0.22.0\n");
  const Ran judged = torch({"--requirements", file, "--json", "--driver", "560.35.05"});
  CHECK(judged.code == kFindings);
  CHECK(json_of(judged).text("torch") == "2.8.0");
  CHECK(contains(judged.out, "\"nms\""));
  CHECK(torch({"--requirements", folder.put("bad.txt", "torch=2\n")}).code == kFailed);
}

TEST_CASE("F-014: install wants an environment, shows first, asks") {
  const Folder folder("install");
  folder.put("v/pyvenv.cfg", "");
  folder.put("v/lib/python3.11/site-packages/x", "");
  folder.put("s/lib/python3.11/site-packages/x", "");
  CHECK(torch({"install", "--env", folder.path / "s", "--cuda", "12.6"}).code == kUsage);
  CHECK(torch({"install", "--env", folder.path / "v", "--cuda", "12.6"}).code == kFailed);  // no Python in it
  const std::string python = folder.put("v/bin/python", "#!/bin/sh\necho \"$@\" >> \"$0.log\"\n");
  folder.put("v/bin/pip", "#!/bin/sh\n");
  for (const char* name : {"v/bin/python", "v/bin/pip"})
    std::filesystem::permissions(folder.path / name, std::filesystem::perms::owner_all);
  const Ran shown = torch({"install", "--env", folder.path / "v", "--cuda", "12.6", "--torch", "2.8.0"});
  CHECK(shown.code == kOk);
  CHECK(contains(shown.err, "Nothing was changed"));
  CHECK(!std::filesystem::exists(python + ".log"));
  const Ran done =
      torch({"install", "--yes", "--env", folder.path / "v", "--cuda", "12.6", "--torch", "2.8.0"});
  CHECK(bytes_of(python + ".log") ==
        "-m pip install torch==2.8.0 torchvision==0.23.0 torchaudio==2.8.0 --index-url "
        "https://download.pytorch.org/whl/cu126\n");
  CHECK(done.code == kFindings);  // nothing was really installed, and the check says so
}

TEST_CASE("F-023: a wheel's name taken apart") {
  const Ran ran = run({"torch", "wheel", "torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl",
                       "--python", "3.11", "--glibc", "2.31", "--json"});
  CHECK(ran.code == kOk);
  CHECK(contains(ran.out, "\"variant\": \"cu126\""));
  CHECK(run({"torch", "wheel", "torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl", "--python", "3.12"})
            .code == kFindings);
  CHECK(run({"torch", "wheel", "torch.whl"}).code == kFailed);
}

TEST_CASE("a captured machine answers by what NVML said, and uv's override counts") {
  const Folder root("override");
  ::setenv("UV_CUDA_DRIVER_VERSION", "550.54.14", 1);
  const Json json = json_of(torch({"--json", "--root", root.path}));
  ::unsetenv("UV_CUDA_DRIVER_VERSION");
  CHECK(json["machine"].text("driver") == (json["machine"]["driver"].is_null() ? "" : "550.54.14"));
  const Json captured = json_of(torch({"--json", "--from", snapshot("rhel-9-a100x8-healthy")}));
  CHECK(captured["machine"]["gpus"].items()->size() == 8);
  CHECK(captured.text("cuda_variant").starts_with("cu1"));
}
