// Goal: which of several CUDA installations wins, and what is wrong with the variables that choose.
#include "framework/cuda_choice.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using facts::CudaPlaceKind;

namespace {

facts::CudaPlaces machine() {
  facts::CudaPlaces places;
  places.all = {{CudaPlaceKind::kToolkit, "/usr/local/cuda-12.4", parse_version("12.4.1"), "nvcc"},
                {CudaPlaceKind::kToolkit, "/usr/local/cuda-12.6", parse_version("12.6.3"), "nvcc"},
                {CudaPlaceKind::kToolkit, "/usr/local/cuda-11.8", parse_version("11.8"), "nvcc"}};
  places.variables.path = "/usr/bin:/usr/local/cuda-12.6/bin",
  places.variables.default_toolkit = "/usr/local/cuda-12.4";
  return places;
}

std::string ids(const facts::CudaPlaces& places) {
  std::string out;
  for (const ShellLint& one : lint_variables(places)) out += (out.empty() ? "" : " ") + one.id;
  return out;
}

}  // namespace

TEST_CASE("winners by PATH, by variable, by link, by LD_LIBRARY_PATH") {
  facts::CudaPlaces places = machine();
  places.variables.cuda_home = "/usr/local/cuda",
  places.variables.library_path = "/usr/local/cuda-11.8/lib64";
  const auto winners = find_winners(places);
  CHECK(winners[0].version == "12.6.3");
  CHECK(winners[1].version == "12.4.1");
  CHECK(winners[2].path.empty());
  CHECK(winners[3].version == "12.4.1");
  CHECK(winners[4].version == "11.8");
  places.variables.path = "/usr/local/cuda/bin/:/usr/local/cuda-12.6/bin";
  CHECK(find_winners(places)[0].version == "12.4.1");
}

TEST_CASE("F-012: the block for the shell") {
  const std::string bash =
      environment_block("/usr/local/cuda-12.6", "x86_64", Shell::kBash, BlockForm::kFull);
  CHECK(contains(bash, "export CUDA_HOME=/usr/local/cuda-12.6\n"));
  CHECK(contains(bash, "export PATH=/usr/local/cuda-12.6/bin${PATH:+:${PATH}}\n"));
  CHECK(contains(bash,
                 "/usr/local/cuda-12.6/lib64:/usr/local/cuda-12.6/extras/CUPTI/lib64:/usr/local/cuda-12.6/"
                 "targets/x86_64-linux/lib${LD_LIBRARY_PATH:+:"));
  CHECK(contains(environment_block("/t", "aarch64", Shell::kBash, BlockForm::kFull),
                 "/t/targets/sbsa-linux/lib"));
  CHECK_FALSE(contains(environment_block("/t", "x86_64", Shell::kBash, BlockForm::kLean), "CUPTI"));
  CHECK(
      contains(environment_block("/t", "x86_64", Shell::kFish, BlockForm::kLean), "set -gx CUDA_HOME /t\n"));
  CHECK(parse_shell("zsh").value() == Shell::kBash);
  CHECK(!parse_shell("tcsh"));
}

TEST_CASE("lint: every slip has its id, a clean shell none") {
  CHECK(ids(machine()).empty());
  facts::CudaPlaces places = machine();
  places.variables.library_path = "/usr/lib/x86_64-linux-gnu";
  CHECK(ids(places) == "system-folder");
  places.variables.library_path = "/usr/local/cuda-12.6/lib64/stubs";
  CHECK(ids(places) == "stubs");
  places.variables.library_path = "/usr/local/cuda-12.6/compat";
  CHECK(ids(places) == "compat");
  places.variables.library_path = "/a:";
  CHECK(ids(places) == "current-directory");
  places.variables.library_path = "/a:/b/:/a/";
  CHECK(ids(places) == "twice");
  places.variables.library_path = "/usr/local/cuda-11.8/lib64";
  CHECK(ids(places) == "nvcc-and-libraries");
  places.all.push_back({CudaPlaceKind::kPip, "/venv/lib/python3.11/site-packages", parse_version("12.6"),
                        "nvidia-cublas-cu12"});
  CHECK(ids(places) == "over-wheels nvcc-and-libraries");
  places = machine(), places.variables.cuda_home = "/usr/local/cuda-12.4";
  CHECK(ids(places) == "nvcc-and-home");
  places.variables.cuda_home = "/usr/local/cuda-9.9";
  CHECK(ids(places) == "home-empty");
  places.variables.cuda_home = "/usr/local/cuda-12.6", places.variables.cuda_path = "/usr/local/cuda-12.4";
  CHECK(ids(places) == "home-and-path");
  places = machine(), places.variables.path = "/usr/bin";
  CHECK(ids(places) == "nvcc-not-found");
}

TEST_CASE("the toolkit that a version names") {
  CHECK(find_toolkit(machine(), "12.6")->path == "/usr/local/cuda-12.6");
  CHECK(find_toolkit(machine(), "")->path == "/usr/local/cuda-12.4");
  CHECK(!find_toolkit(machine(), "13.0"));
  facts::CudaPlaces loose = machine();
  loose.variables.default_toolkit.clear();
  CHECK(find_toolkit(loose, "")->path == "/usr/local/cuda-12.6");
}

TEST_CASE("text and JSON") {
  const Json json = cuda_list_json(machine());
  CHECK(json["places"].items()->size() == 3);
  CHECK(json["winners"].items()->size() == 5);
  CHECK(contains(render_cuda_list(machine(), 80), "toolkit  12.4.1"));
  CHECK(contains(render_cuda_list({}, 80), "No part of CUDA"));
}
