// Goal: nvstack cuda and nvstack data from outside: words, exit codes, JSON; verify against a libcuda that is
// told what to do.
#include <doctest.h>

#include <cstdlib>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/cuda_commands.hpp"
#include "cli/test_terminal.hpp"
#include "host/test_elf.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

Ran cuda(std::vector<std::string> words) {
  words.insert(words.begin(), "cuda");
  return run(words);
}

std::string fake_library() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return program.substr(0, program.rfind('/')) + "/libfake_cuda.so";
}

Json verify(const char* told, std::vector<std::string> more = {}) {
  ::setenv("NVSTACK_FAKE_CUDA", told, 1);
  std::vector<std::string> words = {"cuda", "verify", "--json", "--library", fake_library(), "--level", "5"};
  words.insert(words.end(), more.begin(), more.end());
  const auto json = parse_json(run(words).out);
  REQUIRE(json);
  return *json;
}
const Json& level(const Json& json, std::size_t number) {
  return (*json["levels"].items())[number];
}

/// An ELF whose .dynamic asks for one library.
std::string program_asking(const std::string& soname) {
  const std::string names = std::string(1, '\0') + soname + '\0';
  std::string dynamic;
  host::test::put_number(dynamic, 1, 8), host::test::put_number(dynamic, 1, 8);
  host::test::put_number(dynamic, 0, 8), host::test::put_number(dynamic, 0, 8);
  return host::test::make_elf({{".dynstr", names}, {".dynamic", dynamic, 1}});
}

}  // namespace

TEST_CASE("help of the group and of each of its commands") {
  CHECK(cuda({}).code == kUsage);
  CHECK(contains(cuda({"--help"}).out, "verify"));
  for (const Command& command : cuda_commands()) {
    const Ran help = cuda({std::string(command.name), "--help"});
    CHECK_MESSAGE(help.code == kOk, command.name);
    for (const std::string_view line : split_lines(help.out)) CHECK_MESSAGE(display_width(line) <= 80, line);
  }
  CHECK(contains(cuda({"lst"}).err, "did you mean nvstack cuda list?"));
}

TEST_CASE("list and env of a machine with two toolkits") {
  const Folder root("toolkits");
  root.put("usr/local/cuda-12.4/bin/nvcc", "");
  root.put("usr/local/cuda-12.6/bin/nvcc", "");
  const Ran list = cuda({"list", "--json", "--root", root.path});
  CHECK(list.code == kOk);
  CHECK(contains(list.out, "/usr/local/cuda-12.4"));
  CHECK(contains(cuda({"list", "--root", root.path}).out, "Which one is taken"));
  CHECK(contains(cuda({"env", "--for", "12.4", "--root", root.path}).out, "CUDA_HOME=/usr/local/cuda-12.4"));
  CHECK(contains(cuda({"env", "--for", "12.9", "--root", root.path}).err, "not there yet"));
  CHECK(contains(cuda({"env", "--shell", "fish", "--root", root.path}).out,
                 "set -gx CUDA_HOME /usr/local/cuda-12.6"));
  CHECK(cuda({"env", "--shell", "tcsh", "--root", root.path}).code == kUsage);
  const Folder empty("empty");
  CHECK(cuda({"env", "--root", empty.path}).code == kFailed);
}

TEST_CASE("match, plan and cudnn") {
  CHECK(cuda({"match", "--driver", "550.54.14", "--toolkit", "12.4"}).code == kOk);
  CHECK(cuda({"match", "--driver", "550.54.14", "--toolkit", "13.0", "--json"}).code == kFindings);
  CHECK(cuda({"match", "--gcc", "new"}).code == kUsage);
  const Folder empty("none");
  CHECK(cuda({"match", "--root", empty.path}).code == kUsage);
  CHECK(contains(cuda({"plan", "--for", "develop", "--cuda", "12.6", "--driver", "560.35.05", "--manager",
                       "apt", "--root", empty.path})
                     .out,
                 "cuda-toolkit-12-6"));
  CHECK(cuda({"plan", "--for", "fun", "--root", empty.path}).code == kUsage);
  CHECK(cuda({"plan", "--root", empty.path}).code == kUsage);
  CHECK(contains(cuda({"cudnn", "--driver", "550.54.14", "--gpu", "T4", "--json", "--root", empty.path}).out,
                 "9.21.0.82"));
  CHECK(contains(cuda({"cudnn", "--toolkit", "11.8", "--root", empty.path}).out, "9.10.2.21"));
}

TEST_CASE("needs of a program") {
  const Folder root("needs");
  root.put("app", program_asking("libcudart.so.12"));
  const Ran ran = cuda({"needs", "/app", "--json", "--root", root.path});
  CHECK(ran.code == kFindings);
  CHECK(contains(ran.out, "cuda-cudart-12-9"));
  root.put("script", "#!/bin/sh\n");
  CHECK(cuda({"needs", "/script", "--root", root.path}).code == kFailed);
  CHECK(cuda({"needs"}).code == kUsage);
}

TEST_CASE("F-037 F-040: verify climbs the levels and stops where the fault is") {
  const Json good = verify("");
  CHECK(level(good, 5).text("outcome") == "ok");
  CHECK(good["gpus"].items()->size() == 2);
  CHECK(good.text("driver_cuda") == "13.0");
  for (const char* code : {"34", "100", "802", "803", "804", "999"}) {
    const Json bad = verify(("cuInit=" + std::string(code)).c_str());
    CHECK_MESSAGE(*bad["ok"].boolean() == false, code);
    CHECK_MESSAGE(level(bad, 1).text("outcome") == "ok", code);
    CHECK_MESSAGE(std::to_string(*level(bad, 2)["code"].integer()) == code, code);
    CHECK_MESSAGE(!level(bad, 2).text("cure").empty(), code);
    CHECK_MESSAGE(level(bad, 3).text("outcome") == "skipped", code);
  }
  CHECK(level(verify("gpus=0"), 3).text("error") == "CUDA_ERROR_NO_DEVICE");
  CHECK(level(verify("cuMemAlloc_v2=2"), 4).text("error") == "CUDA_ERROR_OUT_OF_MEMORY");
  CHECK(level(verify("cuModuleLoadDataEx=222"), 5).text("error") == "CUDA_ERROR_UNSUPPORTED_PTX_VERSION");
  CHECK(contains(level(verify("wrong=7"), 5).text("text"), "computes wrongly"));
  CHECK(contains(level(verify("hang=cuInit", {"--deadline", "1"}), 2).text("cure"), "hangs"));
  CHECK(cuda({"verify", "--level", "9"}).code == kUsage);
}

TEST_CASE("verify: the files of level 0") {
  const Folder root("files");
  root.put("proc/driver/nvidia/version",
           "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n");
  const auto json = parse_json(cuda({"verify", "--json", "--level", "0", "--root", root.path}).out);
  REQUIRE(json);
  CHECK(contains(level(*json, 0).text("text"), "/dev/nvidiactl"));
  const Folder empty("nofiles");
  CHECK(contains(cuda({"verify", "--level", "0", "--root", empty.path}).out, "not loaded"));
  CHECK(cuda({"verify", "--level", "0", "--root", empty.path}).code == kFindings);
}

TEST_CASE("data: the tables' age, and a new one from a page") {
  CHECK(contains(run({"data"}).out, "torch_releases.tsv"));
  CHECK(contains(run({"data", "show", "cudnn.tsv", "--json"}).out, "\"source\""));
  CHECK(run({"data", "show", "none.tsv"}).code == kFailed);
  CHECK(run({"data", "fly"}).code == kUsage);
  CHECK(run({"data", "refresh"}).code == kUsage);
  const Folder folder("data");
  const std::string page =
      folder.put("torch.html",
                 "<a href=\"/whl/cu134/torch-2.15.0%2Bcu134-cp312-cp312-manylinux_2_28_x86_64.whl\">x</a>");
  CHECK(
      run({"data", "refresh", "--from", page, "--out", folder.path / "new", "--date", "2026-11-20", "--json"})
          .code == kOk);
  const Ran answer = run({"torch", "--data", folder.path / "new", "--gpu", "H100", "--driver", "615.78.08",
                          "--python", "3.12", "--glibc", "2.35", "--json"});
  CHECK(parse_json(answer.out)->text("torch") == "2.15.0");
  CHECK(parse_json(answer.out)->text("data_date") == "2026-11-20");
}
