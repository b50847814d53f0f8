// Goal: whole kernels give the numbers that arithmetic gives. Method: the hand-written texts of tests/ptx, in
// the shapes that compilers write, and, where nvcc is at hand, tests/ptx/kernels.cu compiled for the oldest
// and newest targets.
#include <doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr std::size_t kSecond = 1 << 16, kThird = 2 << 16, kSpace = 4 << 16;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}
std::string source(const std::string& name) {
  const char* root = std::getenv("NVSTACK_SOURCE");
  return std::string(root ? root : ".") + "/tests/ptx/" + name;
}

/// The program's function whose name contains the word: nvcc mangles.
std::string name_in(const Kernel& kernel, std::string_view word) {
  for (const Function& function : kernel.program.functions)
    if (function.is_entry && function.name.find(word) != std::string::npos) return function.name;
  return "";
}

void check_vector_add(const std::string& text) {
  Kernel kernel(text, kSpace);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    kernel.at<float>(0)[i] = static_cast<float>(i);
    kernel.at<float>(kSecond)[i] = 0.5f;
  }
  kernel.with(kBase).with(kBase + kSecond).with(kBase + kThird).with(kCount);
  CHECK(kernel.run(name_in(kernel, "vector_add"), {4}, {256}).code == CUDA_SUCCESS);
  for (int i = 0; i < kCount; ++i) CHECK(kernel.at<float>(kThird)[i] == static_cast<float>(i) + 0.5f);
  CHECK(kernel.at<float>(kThird)[kCount] == 0);
}

void check_saxpy(const std::string& text) {
  Kernel kernel(text, kSpace);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    kernel.at<float>(0)[i] = static_cast<float>(i);
    kernel.at<float>(kSecond)[i] = 1;
  }
  kernel.with(kCount).with(2.0f).with(kBase).with(kBase + kSecond);
  CHECK(kernel.run(name_in(kernel, "saxpy"), {2}, {64}).code == CUDA_SUCCESS);
  for (int i = 0; i < kCount; ++i) CHECK(kernel.at<float>(kSecond)[i] == 2 * static_cast<float>(i) + 1);
}

void check_matrix_product(const std::string& text) {
  Kernel kernel(text, kSpace);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  constexpr int kSize = 21;  // not a multiple of the tile
  auto *a = kernel.at<float>(0), *b = kernel.at<float>(kSecond), *c = kernel.at<float>(kThird);
  for (int i = 0; i < kSize * kSize; ++i) {
    a[i] = static_cast<float>(i % 7);
    b[i] = static_cast<float>(i % 5) - 2;
  }
  kernel.with(kBase).with(kBase + kSecond).with(kBase + kThird).with(kSize);
  CHECK(kernel.run(name_in(kernel, "matrix_product"), {3, 3}, {8, 8}).code == CUDA_SUCCESS);
  for (int row = 0; row < kSize; ++row)
    for (int column = 0; column < kSize; ++column) {
      float sum = 0;
      for (int k = 0; k < kSize; ++k) sum += a[row * kSize + k] * b[k * kSize + column];
      CHECK(c[row * kSize + column] == sum);
    }
}

TEST_CASE("vector add, written by hand") {
  check_vector_add(read(source("vector_add.ptx")));
}
TEST_CASE("SAXPY, written by hand for a new target") {
  check_saxpy(read(source("saxpy.ptx")));
}
TEST_CASE("matrix product, written by hand") {
  check_matrix_product(read(source("matrix_product.ptx")));
}

TEST_CASE("a reduction in shared memory with barriers and an atomic") {
  Kernel kernel(read(source("reduction.ptx")), kSpace);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  constexpr int kCount = 5000;
  for (int i = 0; i < kCount; ++i) kernel.at<float>(0)[i] = 1;
  kernel.with(kBase).with(kBase + kSecond).with(kCount);
  CHECK(kernel.run("reduce_shared", {4}, {256}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<float>(kSecond) == kCount);
}

TEST_CASE("a reduction by warp shuffles and dynamic shared memory") {
  Kernel kernel(read(source("reduction.ptx")), kSpace);
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < 256; ++i) sum += kernel.at<std::uint32_t>(0)[i] = i * i;
  kernel.launch.dynamic_shared_bytes = 32;
  kernel.with(kBase).with(kBase + kSecond);
  CHECK(kernel.run("reduce_warps", {1}, {256}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<std::uint32_t>(kSecond) == sum);
}

TEST_CASE("a reduction without the dynamic shared memory that it needs fails") {
  Kernel kernel(read(source("reduction.ptx")), kSpace);
  kernel.with(kBase).with(kBase + kSecond);
  const Outcome outcome = kernel.run("reduce_warps", {1}, {256});
  CHECK(outcome.code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome.line > 80);
}

std::string compile_for(const char* target) {
  const char* tried[] = {"nvcc", "/usr/local/cuda/bin/nvcc"};
  for (const char* compiler : tried) {
    const std::string path =
        std::string("/tmp/nvstack-kernels-") + target + "-" + std::to_string(std::rand()) + ".ptx";
    const std::string command = std::string("command -v ") + compiler + " >/dev/null && " + compiler +
                                " -w -ptx -arch=compute_" + target + " " + source("kernels.cu") + " -o " +
                                path + " >/dev/null 2>&1";
    const int status = std::system(command.c_str());
    const std::string text = status == 0 ? read(path) : "";
    std::remove(path.c_str());
    if (!text.empty()) return text;
  }
  return "";
}

void check_reduce(const std::string& text) {
  Kernel kernel(text, kSpace);
  double sum = 0;
  for (int i = 0; i < 3000; ++i) sum += kernel.at<double>(0)[i] = i;
  kernel.with(kBase).with(kBase + kThird).with(3000);
  CHECK(kernel.run(name_in(kernel, "reduce"), {3}, {128}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<double>(kThird) == sum);
}

void check_recursion(const std::string& text) {
  Kernel kernel(text, kSpace);
  kernel.with(kBase).with(5);
  CHECK(kernel.run(name_in(kernel, "recursion"), {1}, {4}).code == CUDA_SUCCESS);
  const int expected[] = {5, 8, 13, 21};
  for (int i = 0; i < 4; ++i) CHECK(kernel.at<int>(0)[i] == expected[i]);
}

void check_choose(const std::string& text) {
  Kernel kernel(text, kSpace);
  for (int i = 0; i < 6; ++i) kernel.at<int>(0)[i] = 100;
  kernel.with(kBase);
  CHECK(kernel.run(name_in(kernel, "choose"), {1}, {6}).code == CUDA_SUCCESS);
  const int expected[] = {700, 33, 100 ^ 0x55, 3, -100, 25};
  for (int i = 0; i < 6; ++i) CHECK(kernel.at<int>(0)[i] == expected[i]);
}

TEST_CASE("what nvcc makes of the same kernels, where there is one") {
  for (const char* target : {"75", "80", "90", "120"}) {
    const std::string text = compile_for(target);
    if (text.empty()) {
      MESSAGE("skipped for sm_" << target << ": no nvcc that compiles for it");
      continue;
    }
    CAPTURE(std::string(target));
    check_vector_add(text);
    check_saxpy(text);
    check_matrix_product(text);
    check_reduce(text);
    check_recursion(text);
    check_choose(text);
  }
}

}  // namespace
