// Goal: the driver each CUDA needs, on Linux and under WSL, and the CUDA that a driver knows.
#include "framework/cuda_table.hpp"

#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::tables;

namespace {

std::string text(const std::optional<Version>& version) {
  return version ? version->text : "";
}
const CudaTable& table() {
  return *tables().cuda;
}
Version v(const char* words) {
  return *parse_version(words);
}

}  // namespace

TEST_CASE("F-003 F-031: floors are those of the major version") {
  CHECK(text(table().floor_driver(v("12.4"), DriverKind::kLinux)) == "525.60.13");
  CHECK(text(table().floor_driver(v("11.8"), DriverKind::kLinux)) == "450.80.02");
  CHECK(text(table().floor_driver(v("11.0"), DriverKind::kLinux)) == "450.36.06");
  CHECK(text(table().floor_driver(v("13.2"), DriverKind::kLinux)) == "580.65.06");
  CHECK(text(table().floor_driver(v("13.9"), DriverKind::kLinux)) == "580.65.06");
  CHECK(text(table().floor_driver(v("12.8"), DriverKind::kWindows)) == "527.41");
  CHECK(!table().floor_driver(v("99.0"), DriverKind::kLinux));
}

TEST_CASE("F-004: the CUDA version of nvidia-smi is the newest that the driver knows") {
  CHECK(text(table().cuda_of_driver(v("550.144.03"), DriverKind::kLinux)) == "12.4");
  CHECK(text(table().cuda_of_driver(v("535.183.06"), DriverKind::kLinux)) == "12.2");
  CHECK(text(table().cuda_of_driver(v("565.57.01"), DriverKind::kLinux)) == "12.7");
  CHECK(text(table().cuda_of_driver(v("570.26"), DriverKind::kLinux)) == "12.8");
  CHECK(text(table().cuda_of_driver(v("580.95.05"), DriverKind::kLinux)) == "13.0");
  CHECK(text(table().cuda_of_driver(v("615.78.08"), DriverKind::kLinux)) == "13.4");
  CHECK(text(table().cuda_of_driver(v("572.61"), DriverKind::kWindows)) == "12.8");
  CHECK(!table().cuda_of_driver(v("100.14"), DriverKind::kLinux));
}

TEST_CASE("native drivers and PTX") {
  CHECK(text(table().native_driver(v("12.8"), DriverKind::kLinux)) == "570.26");
  CHECK(text(table().native_driver(v("12.7"), DriverKind::kLinux)) == "565");
  CHECK(text(table().ptx_of_cuda(v("12.8"))) == "8.7");
  CHECK(text(table().ptx_of_cuda(v("13.0"))) == "9.0");
  CHECK(text(table().ptx_of_cuda(v("99.0"))) == "9.3");
  CHECK(!table().ptx_of_cuda(v("8.0")));
  CHECK(table().compat_branch(12) == 470);
  CHECK(!table().compat_branch(9));
  CHECK(!table().drivers().empty());
}
