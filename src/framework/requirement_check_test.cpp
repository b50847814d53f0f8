// Goal: what a requirements file would bring is told before it is installed: what PyPI would send, which
// index is none, which pair is wrong, on the machine at hand.
#include "base/text.hpp"
#include "framework/environment.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

std::string ids(const std::string& file, const Request& machine) {
  const auto findings = check_requirements(parse_requirements(file).value(), machine, tables());
  std::string out;
  for (const TorchFinding& one : findings) out += (out.empty() ? "" : " ") + one.id;
  return out;
}
Request wish(const std::string& file, const Request& machine) {
  return request_of_requirements(parse_requirements(file).value(), machine);
}
const std::string kIndex = "--index-url https://download.pytorch.org/whl/";

}  // namespace

TEST_CASE("a bound below the newest release still brings CUDA 13 from PyPI") {
  const Request old = asking("560.35.05", {"RTX 4090"});
  for (const char* bound : {"", ">=2.6", ">=2.11,<2.13", "~=2.12.0", "<2.12", "~=2.11.0", ">=2.9,!=2.13.0"})
    CHECK_MESSAGE(ids("torch" + std::string(bound) + "\n", old) == "torch-pypi-cu130", bound);
  for (const char* bound : {"<2.11", "~=2.8.0", ">=2.6,<2.9", "<=2.10.0", "~=1.13"})
    CHECK_MESSAGE(ids("torch" + std::string(bound) + "\n", old).empty(), bound);
}

TEST_CASE("PyPI's CUDA 13 is no fault where the driver takes it, where an index is named, or in a lock") {
  const std::string open = "torch>=2.11\n";
  CHECK(ids(open, asking("580.65.06", {"RTX 4090"})).empty());
  CHECK(ids(open, asking("", {"RTX 4090"})).empty());
  const Request old = asking("560.35.05", {"RTX 4090"});
  CHECK(ids(kIndex + "cu126\n" + open, old).empty());
  CHECK(ids("--extra-index-url https://download.pytorch.org/whl/cu126\n" + open, old).empty());
  CHECK(ids("-f https://download.pytorch.org/whl/cu126/torch_stable.html\n" + open, old).empty());
  CHECK(ids("[[package]]\nname = \"torch\"\nversion = \"2.10.0\"\n", old) == "conv3d-2.10-cu12");
  CHECK(ids("torch @ https://h/torch-2.11.0+cu126-cp311-cp311-manylinux_2_28_x86_64.whl\n", old).empty());
}

TEST_CASE("indexes that are none, by every option; those before the table are not judged") {
  const Request machine = asking("595.58.03");
  for (const char* variant : {"cu119", "cu120", "cu122", "cu123", "cu125", "cu127", "cu131", "cu133"}) {
    CHECK_MESSAGE(ids(kIndex + variant + "\ntorchvision\n", machine) == "no-such-index", variant);
    CHECK_MESSAGE(ids("--extra-index-url https://h/whl/" + std::string(variant) + "\ntorchvision\n",
                      machine) == "no-such-index",
                  variant);
  }
  for (const char* variant : {"cu102", "cu113", "cu116", "cu117", "cu118", "cu121", "cu124", "cu126", "cu128",
                              "cu129", "cu130", "cu132", "cpu", "rocm6.4", "xpu"})
    CHECK_MESSAGE(ids(kIndex + variant + "\ntorchvision\n", machine).empty(), variant);
}

TEST_CASE("the release that is pinned is judged on the machine: driver, code, known faults") {
  CHECK(ids(kIndex + "cu130\ntorch==2.10.0\n", asking("570.211.01", {"RTX 4090"})) == "driver-too-old");
  CHECK(ids(kIndex + "cu126\ntorch==2.7.1\n", asking("580.95.05", {"RTX 5090"})) == "no-code blackwell-old");
  CHECK(ids(kIndex + "cu128\ntorch==2.7.1\n", asking("580.95.05", {"GTX 1080"})) == "no-code pascal-cu128");
  CHECK(ids(kIndex + "cu128\ntorch==2.11.0\n", asking("580.95.05", {"V100"})) == "no-code volta");
  CHECK(ids(kIndex + "cu128\ntorch==2.9.0\n", asking("580.95.05", {"RTX 4090"})) == "conv3d-2.9");
  CHECK(ids(kIndex + "cpu\ntorch==2.9.1\n", asking("580.95.05", {"RTX 4090"})) == "cpu-build");
  CHECK(ids(kIndex + "cpu\ntorch==2.9.1\n", asking()).empty());
  CHECK(ids("torch==2.8.0\n", asking("470.256.02", {"RTX 3090"})) == "driver-too-old");  // PyPI's is cu128
}

TEST_CASE("every member of the family beside the torch that is pinned") {
  const Request machine = asking("580.95.05", {"RTX 4090"});
  struct Row {
    const char *others, *expected;
  };
  const Row rows[] = {
      {"torchvision==0.23.0\ntorchaudio==2.8.0\n", ""},
      {"torchvision==0.23.0+cu126\n", ""},
      {"torchvision==0.24.0\n", "nms"},
      {"torchvision==0.22.1\ntorchaudio==2.7.1\n", "nms pair"},
      {"torchaudio==2.9.0\n", "pair"},
      {"torchtext==0.18.0\n", "torchtext-eol"},
      {"torchvision>=0.20\n", ""},  // pip finds the one that belongs to it
      {"torchvision\n", ""},
  };
  for (const Row& row : rows)
    CHECK_MESSAGE(ids(kIndex + "cu126\ntorch==2.8.0\n" + row.others, machine) == row.expected, row.others);
  CHECK(ids(kIndex + "cu126\ntorch==2.8.0+cu126\ntorchvision==0.23.0+cu128\n", machine) == "variants");
}

TEST_CASE("twice is only what has the same marker; contradictions are between pin and index") {
  const Request machine = asking("580.95.05", {"RTX 4090"});
  CHECK(
      ids(kIndex + "cu126\ntorch==2.8.0 ; python_version < '3.12'\ntorch==2.9.1 ; python_version >= '3.12'\n",
          machine)
          .empty());
  CHECK(ids("numpy\nnumpy\n", machine).empty());
  CHECK(ids(kIndex + "cu126\ntorchaudio\ntorchaudio\n", machine) == "twice");
  CHECK(ids(kIndex + "cu126\ntorch==2.8.0+cu126\n", machine).empty());
  CHECK(ids(kIndex + "cu126\ntorch==2.8.0+cpu\n", machine) == "contradiction cpu-build");
}

TEST_CASE("a pin of either kind becomes the same wish") {
  const Request machine = asking("580.95.05", {"RTX 4090"});
  CHECK(chosen(wish("torch===2.6.0+cu124\n", machine)) == "2.6.0+cu124");
  CHECK(chosen(wish("torch==2.6.0+cu124\n", machine)) == "2.6.0+cu124");
  CHECK(chosen(wish("torch===2.6.0\n", machine)) == "2.6.0+cu126");
  CHECK(chosen(wish(kIndex + "cu118\ntorch\n", machine)) == "2.7.1+cu118");
  CHECK(chosen(wish(kIndex + "cu118\ntorch==2.6.0+cu124\n", machine)) == "2.6.0+cu124");
  CHECK(chosen(wish("torch~=2.4.0\n", machine)) == "2.4.1+cu124");
}

TEST_CASE("a file that asks for the CPU build gets it") {
  const Request machine = asking("580.95.05", {"RTX 4090"});
  CHECK(chosen(wish(kIndex + "cpu\ntorch==2.8.0\n", machine)) == "2.8.0+cpu");
  CHECK(chosen(wish("torch==2.8.0+cpu\n", machine)) == "2.8.0+cpu");
  CHECK(chosen(wish("torch===2.8.0+cpu\n", machine)) == "2.8.0+cpu");
  CHECK(wish("torch==2.8.0\n", machine).backend == Backend::kCuda);
}

TEST_CASE("packages are those of the family that the file names, once each") {
  const auto packages = [](const std::string& file) { return join(wish(file, asking()).packages, " "); };
  CHECK(packages("torchaudio\ntorch\nnumpy\n") == "torchaudio torch");
  CHECK(packages("torch\ntorch\ntorchvideo\ntorchvision\n") == "torch torchvision");
  CHECK(packages("torchtext\n") == "torchtext");
  CHECK(packages("numpy\n") == "torch torchvision torchaudio");
}
