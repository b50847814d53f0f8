// Goal: what is wrong with an installed torch, or with what a file asks for, is found and nothing else.
#include "framework/environment.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

facts::TorchEnvironment good() {
  facts::TorchEnvironment environment;
  environment.prefix = "/venv", environment.python = "3.11", environment.is_virtual = true;
  environment.wheels = {{"torch", "2.8.0+cu126"},
                        {"torchvision", "0.23.0+cu126"},
                        {"torchaudio", "2.8.0+cu126"},
                        {"nvidia-cudnn-cu12", "9.10.2.21"}};
  environment.torch =
      facts::TorchInstall{"2.8.0+cu126", "12.6", "/venv/lib/python3.11/site-packages/torch", {}};
  environment.tags = {"cp311-cp311-manylinux_2_28_x86_64"};
  return environment;
}

std::string ids(const std::vector<TorchFinding>& findings) {
  std::string out;
  for (const TorchFinding& one : findings) out += (out.empty() ? "" : " ") + one.id;
  return out;
}
std::string checked(const facts::TorchEnvironment& environment, const Request& request,
                    const std::string& library_path = "") {
  return ids(check_environment(environment, request, library_path, tables()));
}
std::string asked(const std::string& file, const Request& request) {
  return ids(check_requirements(parse_requirements(file).value(), request, tables()));
}

const Request kMachine = asking("560.35.05", {"RTX 4090"});

}  // namespace

TEST_CASE("an environment that is right") {
  CHECK(checked(good(), kMachine).empty());
  CHECK(checked(good(), kMachine, "/opt/mylib").empty());
}

TEST_CASE("F-014: what is not in an environment of its own is said") {
  facts::TorchEnvironment system = good();
  system.is_virtual = false;
  CHECK(checked(system, kMachine) == "no-environment");
  system.torch.reset(), system.wheels.clear(), system.is_virtual = true;
  CHECK(checked(system, kMachine) == "no-torch");
}

TEST_CASE("CPU build, old driver, missing code") {
  facts::TorchEnvironment cpu = good();
  cpu.torch->version = "2.8.0+cpu", cpu.torch->cuda = "", cpu.wheels = {{"torch", "2.8.0+cpu"}};
  CHECK(checked(cpu, kMachine) == "cpu-build");
  CHECK(checked(good(), asking("520.61.05", {"RTX 4090"})) == "driver-too-old");
  CHECK(checked(good(), asking("580.95.05", {"RTX 5090"})) == "no-code blackwell-old");
}

TEST_CASE("the family: other releases, other variants, two of them") {
  facts::TorchEnvironment pair = good();
  pair.wheels[1].version = "0.22.0+cu126";
  CHECK(checked(pair, kMachine) == "nms");
  pair = good(), pair.wheels[1].version = "0.23.0+cu118";
  CHECK(checked(pair, kMachine) == "variants");
  pair = good(), pair.wheels[2].version = "2.7.0";
  CHECK(checked(pair, kMachine) == "pair");
  pair = good(), pair.wheels.push_back({"torch", "2.6.0+cu124"});
  CHECK(checked(pair, kMachine) == "two-torches");
  pair = good(), pair.wheels.push_back({"torchtext", "0.18.0"});
  CHECK(checked(pair, kMachine) == "torchtext-eol");
}

TEST_CASE("libraries: shadowed, mixed, missing, of the wrong Python") {
  CHECK(checked(good(), kMachine, "/usr/local/cuda-12.4/lib64") == "shadowed");
  facts::TorchEnvironment one = good();
  one.shadowing = {"/venv/lib/libcuda.so.1"};
  CHECK(checked(one, kMachine) == "shadowed-driver");
  one = good(), one.wheels.push_back({"nvidia-cublas-cu11", "11.10.3.66"});
  CHECK(checked(one, kMachine) == "mixed-libraries");
  one = good(), one.wheels.pop_back();
  CHECK(checked(one, kMachine) == "no-libraries");
  one = good(), one.tags = {"cp312-cp312-manylinux_2_28_x86_64"};
  CHECK(checked(one, kMachine) == "wrong-wheel");
  one.tags = {"cp311-cp311-manylinux_2_39_x86_64"};
  CHECK(checked(one, kMachine) == "wrong-wheel");
}

TEST_CASE("known faults depend on the cuDNN that is really installed") {
  facts::TorchEnvironment one = good();
  one.torch->version = "2.9.1+cu126";
  one.wheels = {{"torch", "2.9.1+cu126"}, {"nvidia-cudnn-cu12", "9.10.2.21"}};
  CHECK(checked(one, kMachine) == "conv3d-2.9.1-old-cudnn");
  one.wheels[1].version = "9.15.0.57";
  CHECK(checked(one, kMachine).empty());
}

TEST_CASE("requirements: slips, pairs, indexes, contradictions") {
  const std::string index = "--index-url https://download.pytorch.org/whl/cu126\n";
  CHECK(asked(index + "torch==2.8.0\ntorchvision==0.23.0\ntorchaudio==2.8.0\n", kMachine).empty());
  CHECK(asked(index + "torch==2.8.0\ntorchvideo==0.23.0\n", kMachine) == "torchvideo");
  CHECK(asked(index + "torch==2.8.0\ntorchvideo==0.16.0\n", kMachine) == "torchvideo nms");
  CHECK(asked("torch==2.9.1\n--index-url https://download.pytorch.org/whl/cu131\n", asking("590.48.01")) ==
        "no-such-index conv3d-2.9.1-old-cudnn");
  CHECK(asked(index + "torch==2.8.0+cu128\n", kMachine) == "contradiction");
  CHECK(asked(index + "torch==2.8.0\ntorch==2.7.0\n", kMachine) == "twice");
  CHECK(asked(index + index + "torch==2.8.0\n", kMachine) == "two-indexes");
  CHECK(asked("torch\n", kMachine) == "torch-pypi-cu130");
  CHECK(asked("torch==2.13.0\n", kMachine) == "driver-too-old torch-pypi-cu130");
  CHECK(asked("torch\n", asking("580.95.05")).empty());
  CHECK(asked("pytorch==1.0\n", kMachine) == "pytorch-name");
  CHECK(asked("[[package]]\nname = \"torch\"\nversion = \"2.8.0+cu126\"\n[[package]]\nname = "
              "\"torchvision\"\nversion = \"0.21.0\"\n",
              kMachine) == "nms");
  CHECK(asked("numpy\n", kMachine).empty());
}

TEST_CASE("what the file asks for becomes a request") {
  const Request request = request_of_requirements(
      parse_requirements("--index-url https://h/whl/cu126\ntorch>=2.6,<2.9\ntorchvideo\n").value(), kMachine);
  CHECK(request.cuda->text == "12.6");
  CHECK(request.packages == std::vector<std::string>{"torch", "torchvision"});
  CHECK(chosen(request) == "2.8.0+cu126");
  const Request local = request_of_requirements(parse_requirements("torch==2.6.0+cu118\n").value(), kMachine);
  CHECK(chosen(local) == "2.6.0+cu118");
}

TEST_CASE("text and JSON of findings") {
  const auto findings = check_environment(good(), asking("520.61.05", {"RTX 4090"}), "", tables());
  CHECK(has_bad(findings));
  CHECK(contains(render_findings(findings, 80), "BAD   CUDA 12.6 needs driver 525.60.13"));
  CHECK((*findings_json(findings).items())[0].text("severity") == "bad");
  CHECK_FALSE(has_bad({}));
}
