// Goal: what goes with what, in both directions; the steps for three purposes; the packages behind a
// program's libraries.
#include "framework/cuda_match.hpp"

#include "base/text.hpp"
#include "framework/cuda_needs.hpp"
#include "framework/cuda_plan.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::built_in;
using test::tables;

namespace {

MatchAsked about(const char* driver, const char* toolkit, const std::vector<std::string>& gpus = {}) {
  MatchAsked asked;
  asked.driver = parse_version(driver), asked.toolkit = parse_version(toolkit);
  for (const std::string& gpu : gpus) asked.gpus.push_back(find_gpu(gpu, built_in()).value());
  return asked;
}

/// "fits", "fails", ... of one subject; "" where nothing was said of it.
std::string fit(const MatchAsked& asked, std::string_view subject) {
  const auto lines = match_cuda(asked, tables()).value();
  for (const MatchLine& line : lines)
    if (line.subject == subject) return std::string(fit_name(line.fit));
  return "";
}
std::string text(const MatchAsked& asked) {
  std::string out;
  const auto lines = match_cuda(asked, tables()).value();
  for (const MatchLine& line : lines) out += render(line.text) + "\n";
  return out;
}

CudaPlan plan(const char* purpose, const char* cuda, const char* driver, const char* manager = "apt") {
  CudaPlanAsked asked;
  asked.purpose = purpose, asked.cuda = parse_version(cuda), asked.driver = parse_version(driver),
  asked.manager = manager;
  return make_cuda_plan(asked, tables()).value();
}
std::string commands(const CudaPlan& made) {
  std::string out;
  for (const CudaStep& step : made.steps) out += join(step.commands, "\n") + "\n";
  return out;
}

}  // namespace

TEST_CASE("F-031 F-036: driver against toolkit") {
  CHECK(fit(about("550.54.14", "12.4"), "driver-toolkit") == "fits");
  CHECK(fit(about("550.54.14", "12.6"), "driver-toolkit") == "limited");
  CHECK(fit(about("550.54.14", "13.0"), "driver-toolkit") == "fails");
  CHECK(fit(about("", "12.6"), "toolkit-driver") == "proposal");
  CHECK(contains(text(about("550.54.14", "")), "CUDA up to 12.4"));
  CHECK(fit(about("100.14", ""), "driver") == "fails");
}

TEST_CASE("F-035: cuDNN against toolkit, GPU and driver") {
  MatchAsked asked = about("550.54.14", "12.6", {"RTX 4090"});
  asked.cudnn = parse_python_version("9.10.2");
  CHECK(fit(asked, "cudnn-toolkit") == "fits");
  CHECK(fit(asked, "cudnn-gpu") == "fits");
  CHECK(fit(asked, "cudnn-driver") == "fits");
  asked.cudnn = parse_python_version("8.7.0.84");
  CHECK(fit(asked, "cudnn-toolkit") == "fails");
  asked = about("580.95.05", "12.6", {"V100"}), asked.cudnn = parse_python_version("9.15.0.57");
  CHECK(fit(asked, "cudnn-gpu") == "fails");
  asked.cudnn = parse_python_version("99.1");
  CHECK(fit(asked, "cudnn") == "fails");
  CHECK(contains(text(about("", "12.6", {"V100"})), "9.10.2.21"));
  CHECK(contains(text(about("", "12.6", {"RTX 4090"})), "9.21.0.82"));
  CHECK(contains(text(about("", "11.8")), "9.10.2.21"));
}

TEST_CASE("F-010: compilers against toolkits") {
  MatchAsked asked = about("", "12.6");
  asked.gcc = 13, asked.clang = 19;
  CHECK(fit(asked, "toolkit-gcc") == "fits");
  CHECK(fit(asked, "toolkit-clang") == "fails");
  asked.gcc = 14;
  CHECK(fit(asked, "toolkit-gcc") == "fails");
  asked.gcc = 5;
  CHECK(fit(asked, "toolkit-gcc") == "fails");
  MatchAsked only;
  only.gcc = 14;
  CHECK(contains(text(only), "gcc 14 is taken by nvcc of CUDA 12.8 to 13.3"));
  only.gcc = 99;
  CHECK(fit(only, "compiler-toolkit") == "fails");
}

TEST_CASE("GPUs against toolkit and driver") {
  CHECK(fit(about("580.95.05", "13.0", {"V100"}), "gpu-toolkit") == "fails");
  CHECK(fit(about("580.95.05", "12.9", {"V100"}), "gpu-toolkit") == "fits");
  CHECK(fit(about("590.48.01", "12.9", {"V100"}), "gpu-driver") == "fails");
  CHECK(fit(about("550.54.14", "12.8", {"RTX 5090"}), "gpu-driver") == "fails");
  CHECK(contains(text(about("", "", {"RTX 5090"})), "from CUDA 12.8 on"));
  CHECK(contains(text(about("", "", {"GTX 1080"})), "branches 367 to 580"));
  const Json json = match_json(match_cuda(about("550.54.14", "13.0"), tables()).value(), "2026-01-01");
  CHECK_FALSE(*json["fits"].boolean());
  CHECK(
      contains(render_match(match_cuda(about("550.54.14", "13.0"), tables()).value(), 80), "NO  CUDA 13.0"));
}

TEST_CASE("F-033: for PyTorch the driver alone: nothing is installed on the machine") {
  const CudaPlan made = plan("run", "12.2", "535.183.06");
  CHECK(made.steps.back().id == "run-wheels");
  CHECK(made.steps.back().commands.empty());
}

TEST_CASE("F-039 F-042 F-043: to run, the runtime libraries alone") {
  CHECK(contains(commands(plan("run", "12.2", "535.183.06")), "apt-get install cuda-libraries-12-2\n"));
  CHECK(contains(commands(plan("run", "12.2", "535.183.06", "dnf")), "dnf install cuda-libraries-12-2\n"));
  CHECK(plan("run", "12.2", "535.183.06").warnings.empty());
  CHECK(plan("run", "13.0", "535.183.06").warnings.size() == 1);
  CHECK(plan("run", "12.2", "").warnings.size() == 1);
}

TEST_CASE("F-010 F-011 F-013: to build, a toolkit without the driver in it") {
  const CudaPlan made = plan("develop", "12.6", "560.35.05");
  CHECK(contains(commands(made), "apt-get install cuda-toolkit-12-6\n"));
  CHECK(contains(commands(made), "sh cuda_12.6.3_560.35.05_linux.run --silent --toolkit\n"));
  CHECK_FALSE(contains(commands(made), "--driver"));
  CHECK(contains(commands(made), "gcc-13"));
  CHECK(contains(commands(made), "nvstack cuda env --for 12.6"));
  CHECK(contains(render_cuda_plan(made, 80), "release 12.6"));
  CHECK(
      contains(commands(plan("develop", "", "550.144.03")), "cuda-toolkit-12-4"));  // what the driver brings
}

TEST_CASE("F-009 F-044: for containers, nothing on the host but the container toolkit") {
  const CudaPlan made = plan("container", "12.6", "560.35.05");
  CHECK(made.steps[0].commands.empty());
  CHECK(contains(commands(made), "nvstack plan --for container"));
  CHECK(contains(commands(made), "nvidia/cuda:12.6.3-base-ubuntu22.04"));
  CHECK_FALSE(contains(commands(made), "cuda-toolkit-"));
  CHECK(cuda_plan_json(made)["steps"].items()->size() == 3);
}

TEST_CASE("wrong plans are refused") {
  CudaPlanAsked asked;
  asked.purpose = "fun";
  CHECK(!make_cuda_plan(asked, tables()));
  asked.purpose = "run", asked.cuda = parse_version("12.7");
  CHECK(!make_cuda_plan(asked, tables()));
}

TEST_CASE("F-041: a program's libraries and the small packages that bring them") {
  const CudaNeeds needs = find_needs(
      {"libcudart.so.12", "libcublas.so.12", "libcudnn.so.9", "libcuda.so.1", "libc.so.6", "libcudart.so.12"},
      built_in(), *tables().cuda);
  REQUIRE(needs.needs.size() == 4);
  CHECK(needs.needs[0].package == "cuda-cudart-12-9");
  CHECK(needs.needs[0].wheel == "nvidia-cuda-runtime-cu12");
  CHECK(needs.needs[2].package == "libcudnn9-cuda-12");
  CHECK(needs.needs[3].of_driver);
  CHECK(needs.cuda_major == 12);
  CHECK(needs.floor_driver->text == "525.60.13");
  CHECK(find_needs({"libcudart.so.13"}, built_in(), *tables().cuda).needs[0].wheel == "nvidia-cuda-runtime");
  CHECK(find_needs({"libm.so.6"}, built_in(), *tables().cuda).needs.empty());
  CHECK(contains(render_needs({}, "/bin/x", 80), "no CUDA library"));
  CHECK(contains(render_needs(needs, "/bin/x", 80), "the driver brings it"));
  CHECK(needs_json(needs, "/bin/x")["needs"].items()->size() == 4);
}

TEST_CASE("tables that are wrong are refused by their line") {
  const std::string head = "# source: x\n# date: 2026-01-01\n";
  CHECK(!load_cudnn(catalog::Catalog({{"cudnn.tsv", head + "cudnn\tcuda\nx\t12\n"}})));
  CHECK(!load_compilers(
      catalog::Catalog({{"cuda_compilers.tsv", head + "cuda_from\tcuda_to\tgcc_max\n12.0\t12.1\tnew\n"}})));
}
