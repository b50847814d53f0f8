// Goal: each CUDA library's soname leads to its small package, wheel and conda name, of the right CUDA; the
// driver's own libraries to none.
#include "framework/cuda_needs.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::built_in;
using test::tables;

namespace {

CudaNeeds of(const std::vector<std::string>& sonames) {
  return find_needs(sonames, built_in(), *tables().cuda);
}
/// The need of one soname beside a libcudart that tells the CUDA.
CudaNeed beside(const char* cudart, const std::string& soname) {
  const CudaNeeds needs = of({cudart, soname});
  REQUIRE_MESSAGE(needs.needs.size() == 2, soname);
  return needs.needs[1];
}

}  // namespace

TEST_CASE("each library of CUDA 12 and 13: package, wheel, conda") {
  struct Row {
    const char *twelve, *package, *wheel, *conda, *thirteen, *wheel13;
  };
  const Row rows[] = {
      {"libcublas.so.12", "libcublas-12-9", "nvidia-cublas-cu12", "libcublas", "libcublas.so.13",
       "nvidia-cublas"},
      {"libcublasLt.so.12", "libcublas-12-9", "nvidia-cublas-cu12", "libcublas", "libcublasLt.so.13",
       "nvidia-cublas"},
      {"libcufft.so.11", "libcufft-12-9", "nvidia-cufft-cu12", "libcufft", "libcufft.so.12", "nvidia-cufft"},
      {"libcurand.so.10", "libcurand-12-9", "nvidia-curand-cu12", "libcurand", "libcurand.so.10",
       "nvidia-curand"},
      {"libcusolver.so.11", "libcusolver-12-9", "nvidia-cusolver-cu12", "libcusolver", "libcusolver.so.12",
       "nvidia-cusolver"},
      {"libcusparse.so.12", "libcusparse-12-9", "nvidia-cusparse-cu12", "libcusparse", "libcusparse.so.12",
       "nvidia-cusparse"},
      {"libnvrtc.so.12", "cuda-nvrtc-12-9", "nvidia-cuda-nvrtc-cu12", "cuda-nvrtc", "libnvrtc.so.13",
       "nvidia-cuda-nvrtc"},
      {"libnvJitLink.so.12", "libnvjitlink-12-9", "nvidia-nvjitlink-cu12", "libnvjitlink",
       "libnvJitLink.so.13", "nvidia-nvjitlink"},
      {"libcupti.so.12", "cuda-cupti-12-9", "nvidia-cuda-cupti-cu12", "cuda-cupti", "libcupti.so.13",
       "nvidia-cuda-cupti"},
      {"libnppig.so.12", "libnpp-12-9", "nvidia-npp-cu12", "libnpp", "libnppig.so.13", "nvidia-npp"},
      {"libcudnn.so.9", "libcudnn9-cuda-12", "nvidia-cudnn-cu12", "cudnn", "libcudnn.so.9",
       "nvidia-cudnn-cu13"},
      {"libcudnn_ops.so.9", "libcudnn9-cuda-12", "nvidia-cudnn-cu12", "cudnn", "libcudnn_ops.so.9",
       "nvidia-cudnn-cu13"},
      {"libnccl.so.2", "libnccl2", "nvidia-nccl-cu12", "nccl", "libnccl.so.2", "nvidia-nccl-cu13"},
  };
  for (const Row& row : rows) {
    const CudaNeed need = beside("libcudart.so.12", row.twelve);
    CHECK_MESSAGE(need.package == row.package, need.package);
    CHECK_MESSAGE(need.wheel == row.wheel, need.wheel);
    CHECK_MESSAGE(need.conda == row.conda, need.conda);
    CHECK_MESSAGE(!need.of_driver, std::string(row.twelve));
    CHECK_MESSAGE(beside("libcudart.so.13", row.thirteen).wheel == row.wheel13, std::string(row.thirteen));
  }
}

TEST_CASE("what the driver brings has no package") {
  for (const char* soname : {"libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"}) {
    const CudaNeeds needs = of({soname});
    REQUIRE_MESSAGE(needs.needs.size() == 1, std::string(soname));
    CHECK_MESSAGE(needs.needs[0].of_driver, std::string(soname));
    CHECK_MESSAGE(needs.needs[0].package.empty(), std::string(soname));
    CHECK_MESSAGE(!needs.cuda_major, std::string(soname));
    CHECK_MESSAGE(!needs.floor_driver, std::string(soname));
  }
}

TEST_CASE("the CUDA by the library that counts as CUDA does, and the driver that it wants") {
  struct Row {
    std::vector<std::string> sonames;
    unsigned major;
    const char* floor;
  };
  const Row rows[] = {{{"libcudart.so.11.0"}, 11, "450.80.02"},
                      {{"libcudart.so.12"}, 12, "525.60.13"},
                      {{"libcudart.so.13"}, 13, "580.65.06"},
                      {{"libcufft.so.11", "libcublas.so.12"}, 12, "525.60.13"},
                      {{"libcurand.so.10", "libnvrtc.so.13"}, 13, "580.65.06"}};
  for (const Row& row : rows) {
    const CudaNeeds needs = of(row.sonames);
    CHECK_MESSAGE(needs.cuda_major == row.major, row.sonames[0]);
    CHECK_MESSAGE(needs.floor_driver->text == row.floor, row.sonames[0]);
    CHECK_MESSAGE(contains(render_needs(needs, "/bin/x", 80), std::string("driver ") + row.floor),
                  row.sonames[0]);
  }
  CHECK_FALSE(of({"libcufft.so.11"}).cuda_major);  // cuFFT 11 is of CUDA 12
}

TEST_CASE("up to CUDA 10 a soname names the very release, since 11 its major") {
  const auto package = [](const char* soname) { return of({soname}).needs[0].package; };
  CHECK(package("libcudart.so.9.0") == "cuda-cudart-9-0");
  CHECK(package("libcudart.so.10.1") == "cuda-cudart-10-1");
  CHECK(package("libcudart.so.10.2") == "cuda-cudart-10-2");
  CHECK(package("libcudart.so.11.0") == "cuda-cudart-11-8");
  CHECK(package("libcudart.so.12") == "cuda-cudart-12-9");
  CHECK(package("libcudart.so.13") == "cuda-cudart-13-3");
  CHECK(of({"libcudart.so.10.1"}).floor_driver->text == "418.39");
  CHECK(package("libcudart.so.99") == "cuda-cudart-MAJOR-MINOR");
  CHECK(package("libcudart.so") == "cuda-cudart-MAJOR-MINOR");
}

TEST_CASE("libraries that are not CUDA's are no needs, each soname is one need") {
  CHECK(of({}).needs.empty());
  CHECK(
      of({"libc.so.6", "libcudart_static.a", "libcudartx.so.12", "cudart", "libGL.so.1", ""}).needs.empty());
  CHECK(of({"libcudart.so.12", "libcudart.so.12", "libcuda.so.1", "libcuda.so.1"}).needs.size() == 2);
  CHECK(contains(of({"libcufft.so.11"}).needs[0].package, "libcufft-"));
}

TEST_CASE("needs as JSON: what is not known is null") {
  const Json none = needs_json(of({"libcuda.so.1"}), "/opt/app");
  CHECK(none.text("program") == "/opt/app");
  CHECK(none["cuda_major"].is_null());
  CHECK(none["floor_driver"].is_null());
  CHECK(*(*none["needs"].items())[0]["of_driver"].boolean());
  const Json some = needs_json(of({"libcudart.so.12"}), "/opt/app");
  CHECK(*some["cuda_major"].integer() == 12);
  CHECK((*some["needs"].items())[0].text("soname") == "libcudart.so.12");
}
