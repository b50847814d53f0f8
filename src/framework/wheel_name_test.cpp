// Goal (F-023): the parts of a wheel's name are told apart; a malformed name is refused by its part.
#include "framework/wheel_name.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::framework;

TEST_CASE("F-023: version+cuda-python-abi-platform") {
  const WheelName name = parse_wheel_name("torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl").value();
  CHECK(name.project == "torch");
  CHECK(name.version.text() == "2.9.1+cu126");
  CHECK(name.interpreters.text() == "cp311");
  CHECK(name.abis.text() == "cp311");
  CHECK(name.platforms.text() == "manylinux_2_28_x86_64");
  CHECK(!name.build);
}

TEST_CASE("compressed sets, build tags, other spellings") {
  const WheelName many =
      parse_wheel_name(
          "Nvidia_cuDNN.cu12-9.1.0.70-2abc-py2.py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl")
          .value();
  CHECK(many.project == "nvidia-cudnn-cu12");
  CHECK(many.interpreters.size() == 2);
  CHECK(many.platforms.size() == 2);
  REQUIRE(many.build);
  CHECK(many.build->number == 2);
  CHECK(*many.build < BuildTag{10, ""});
  CHECK(*many.build > BuildTag{2, ""});
  CHECK(parse_wheel_name("torch-2.0.0-1-cp311-cp311-manylinux2014_aarch64.whl").value().build->number == 1);
  CHECK(parse_wheel_name("TORCH-2.0.0-cp311-CP311-linux_x86_64.whl").value().abis.first() == "cp311");
}

TEST_CASE("names that are none are refused") {
  for (const char* name :
       {"", "torch", "torch.whl", "torch-2.0.whl", "torch-2.0-cp311-cp311.whl",
        "torch-x-cp311-cp311-linux_x86_64.whl", "torch-2.0-a-cp311-cp311-linux_x86_64.whl",
        "torch-2.0-1-2-cp311-cp311-linux_x86_64.whl", "to rch-2.0-py3-none-any.whl",
        "to__rch-2.0-py3-none-any.whl", "-2.0-py3-none-any.whl", "torch-2.0-py3..py2-none-any.whl",
        "torch-2.0-py3-none-.whl", "../torch-2.0-py3-none-any.whl", "torch-2.0-py3-none-any.whl.metadata",
        "torch-2.0.tar.gz"})
    CHECK_MESSAGE(!parse_wheel_name(name), name);
  CHECK(!parse_wheel_name(std::string(600, 'a') + "-1-py3-none-any.whl"));
  CHECK(contains(parse_wheel_name("torch-2.0-py3.whl").error().message, "torch-2.0-py3.whl"));
}

TEST_CASE("projects are compared normalized") {
  CHECK(normalize_project("Torch_Vision") == "torch-vision");
  CHECK(normalize_project("a.-_b") == "a-b");
}
