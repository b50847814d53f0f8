// Goal: an installed torch is judged by what really lies in the environment: its own CUDA, its wheels, its
// tags, copies of the driver, the loader's path.
#include "base/text.hpp"
#include "framework/environment.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

/// torch with its cuDNN, as pip installs it for Python 3.12.
facts::TorchEnvironment with(const std::string& version, const std::string& cuda,
                             const std::string& cudnn = "nvidia-cudnn-cu12 9.10.2.21") {
  facts::TorchEnvironment out;
  out.prefix = "/home/me/venv", out.python = "3.12", out.is_virtual = true;
  const std::size_t blank = cudnn.find(' ');
  out.wheels = {{"torch", version}, {cudnn.substr(0, blank), cudnn.substr(blank + 1)}};
  out.torch = facts::TorchInstall{version, cuda, "/home/me/venv/lib/python3.12/site-packages/torch", {}};
  out.tags = {"cp312-cp312-manylinux_2_28_x86_64"};
  return out;
}
std::vector<TorchFinding> found(const facts::TorchEnvironment& environment, const Request& request,
                                const std::string& library_path = "") {
  return check_environment(environment, request, library_path, tables());
}
std::string ids(const std::vector<TorchFinding>& findings) {
  std::string out;
  for (const TorchFinding& one : findings) out += (out.empty() ? "" : " ") + one.id;
  return out;
}

}  // namespace

TEST_CASE("the build's own CUDA counts, not the name: PyPI's wheels name none") {
  CHECK(ids(found(with("2.8.0", "12.8"), asking("570.211.01", {"RTX 5090"}))).empty());
  CHECK(ids(found(with("2.8.0", "12.6"), asking("570.211.01", {"RTX 5090"}))) == "no-code blackwell-old");
  CHECK(ids(found(with("2.8.0", "12.8"), asking("580.95.05", {"GTX 1080"}))) == "no-code pascal-cu128");
  CHECK(ids(found(with("2.8.0", ""), asking("580.95.05", {"T4"}))) == "cpu-build");
  CHECK(ids(found(with("2.8.0", ""), asking("580.95.05"))).empty());
}

TEST_CASE("each combination of driver and build that would answer False") {
  struct Row {
    const char *version, *cuda, *driver, *expected;
  };
  const Row rows[] = {
      {"2.6.0+cu118", "11.8", "450.80.02", ""},  {"2.6.0+cu118", "11.8", "450.51.06", "driver-too-old"},
      {"2.6.0+cu124", "12.4", "525.60.13", ""},  {"2.6.0+cu124", "12.4", "520.61.05", "driver-too-old"},
      {"2.11.0+cu130", "13.0", "580.65.06", ""}, {"2.11.0+cu130", "13.0", "575.57.08", "driver-too-old"}};
  for (const Row& row : rows) {
    const std::string major = std::string(row.cuda).substr(0, 2);
    const auto environment = with(row.version, row.cuda, "nvidia-cudnn-cu" + major + " 9.17.1.4");
    CHECK_MESSAGE(ids(found(environment, asking(row.driver))) == row.expected, std::string(row.version), " ",
                  std::string(row.driver));
  }
}

TEST_CASE("known faults by the cuDNN that lies there, not by the one that was pinned") {
  const Request machine = asking("595.58.03", {"RTX 4090"});
  CHECK(ids(found(with("2.9.0+cu128", "12.8"), machine)) == "conv3d-2.9");
  CHECK(ids(found(with("2.9.0+cu128", "12.8", "nvidia-cudnn-cu12 9.15.1.9"), machine)) == "conv3d-2.9");
  CHECK(ids(found(with("2.9.1+cu128", "12.8"), machine)) == "conv3d-2.9.1-old-cudnn");
  CHECK(ids(found(with("2.9.1+cu130", "13.0", "nvidia-cudnn-cu13 9.13.0.50"), machine)) ==
        "conv3d-2.9.1-old-cudnn");
  CHECK(ids(found(with("2.9.1+cu130", "13.0", "nvidia-cudnn-cu13 9.15.0.58"), machine)).empty());
  CHECK(ids(found(with("2.10.0+cu128", "12.8"), machine)) == "conv3d-2.10-cu12");
  CHECK(ids(found(with("2.10.0+cu128", "12.8", "nvidia-cudnn-cu12 9.15.0.57"), machine)).empty());
  CHECK(ids(found(with("2.8.0+cu128", "12.8"), machine)).empty());
}

TEST_CASE("wheels of two CUDA majors, of none, and of torch's own") {
  const Request machine = asking("595.58.03", {"RTX 4090"});
  facts::TorchEnvironment one = with("2.8.0+cu128", "12.8");
  one.wheels.push_back({"nvidia-cublas-cu13", "13.0.0"});
  REQUIRE(ids(found(one, machine)) == "mixed-libraries");
  CHECK(found(one, machine)[0].cure == "pip uninstall -y nvidia-cublas-cu13");
  one = with("2.8.0+cu128", "12.8"), one.wheels.push_back({"nvidia-ml-py", "13.580.82"});
  CHECK(ids(found(one, machine)).empty());
  one = with("2.11.0+cu130", "13.0", "nvidia-cudnn-cu13 9.17.1.4"),
  one.wheels.push_back({"nvidia-cublas", "13.1.0.3"});
  CHECK(ids(found(one, machine)).empty());  // names without a suffix are of CUDA 13
  one = with("2.8.0+cu128", "12.8"), one.wheels = {{"torch", "2.8.0+cu128"}};
  REQUIRE(ids(found(one, machine)) == "no-libraries");
  CHECK(contains(found(one, machine)[0].cure, "--force-reinstall torch==2.8.0+cu128"));
  one = with("2.5.1+cu124", "12.4"), one.wheels = {{"torch", "2.5.1+cu124"}};
  CHECK(ids(found(one, machine)).empty());  // older wheels carry the libraries in themselves
}

TEST_CASE("the wheel's tags against the Python and C library that load it") {
  struct Row {
    const char *python, *tag;
    unsigned glibc;
    bool fits;
  };
  const Row rows[] = {
      {"3.12", "cp312-cp312-manylinux_2_28_x86_64", 28, true},
      {"3.12", "cp312-cp312-manylinux_2_28_x86_64", 27, false},
      {"3.12", "cp311-cp311-manylinux_2_28_x86_64", 35, false},
      {"3.13", "cp313-cp313t-manylinux_2_28_x86_64", 35, true},  // the folder's name says no t
      {"3.12", "cp312-cp312-linux_x86_64", 17, true},
      {"3.12", "cp312-cp312-linux_aarch64", 35, false},
      {"3.12", "cp312-cp312-win_amd64", 35, false},
      {"3.12", "not a tag", 35, false}};
  for (const Row& row : rows) {
    facts::TorchEnvironment one = with("2.8.0+cu128", "12.8");
    one.python = row.python, one.tags = {row.tag};
    Request machine = asking("595.58.03", {"RTX 4090"});
    machine.libc.minor = row.glibc;
    CHECK_MESSAGE(ids(found(one, machine)) == (row.fits ? "" : "wrong-wheel"), std::string(row.tag));
  }
  facts::TorchEnvironment several = with("2.8.0+cu128", "12.8");
  several.tags = {"cp311-cp311-linux_x86_64", "cp312-cp312-linux_x86_64"};
  CHECK(ids(found(several, asking("595.58.03"))).empty());
}

TEST_CASE("each folder of LD_LIBRARY_PATH that would come before the wheels, and none else") {
  const Request machine = asking("595.58.03", {"RTX 4090"});
  const auto at = [&](const std::string& path) {
    return ids(found(with("2.8.0+cu128", "12.8"), machine, path));
  };
  CHECK(at("/usr/local/cuda/lib64") == "shadowed");
  CHECK(at("/opt/lib:/usr/local/cuda-12.4/lib64:/usr/local/cuda-11.8/lib64") == "shadowed shadowed");
  CHECK(at("/home/me/venv/lib/cuda/lib") == "");
  CHECK(at("/home/me/venv2/cuda/lib") == "shadowed");
  CHECK(at("/opt/rocm/lib:/usr/lib") == "");
  CHECK(at(":") == "");
}

TEST_CASE("several faults at once are all told, in the order of what matters") {
  facts::TorchEnvironment one = with("2.7.1+cu126", "12.6");
  one.is_virtual = false;
  one.wheels.push_back({"torchvision", "0.21.0+cu126"});
  one.wheels.push_back({"torch", "2.6.0"});
  one.tags = {"cp39-cp39-linux_x86_64"};
  one.shadowing = {"/home/me/venv/lib/libcuda.so.1", "/home/me/venv/lib/libnvidia-ml.so.1"};
  const auto findings = found(one, asking("580.95.05", {"RTX 5090"}), "/usr/local/cuda/lib64");
  CHECK(ids(findings) ==
        "no-environment no-code blackwell-old two-torches nms wrong-wheel shadowed-driver shadowed-driver "
        "shadowed");
  CHECK(has_bad(findings));
  CHECK(findings_json(findings).items()->size() == findings.size());
  const std::string text = render_findings(findings, 72);
  CHECK(contains(text, "cure: rm /home/me/venv/lib/libcuda.so.1"));
  for (const std::string_view line : split_lines(text)) CHECK_MESSAGE(display_width(line) <= 72, line);
}
