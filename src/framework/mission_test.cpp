// Goal: each rule of the mission that torch's resolver answers is stated once, by its row: F-0xx.
#include "base/text.hpp"
#include "framework/place.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

bool says(const Answer& answer, std::string_view words) {
  for (const Message& reason : answer.reasons)
    if (contains(render(reason), words)) return true;
  for (const Caution& caution : answer.warnings)
    if (contains(render(caution.text), words)) return true;
  return false;
}

}  // namespace

TEST_CASE("F-017: Python 3.11 and CUDA 12.4: the newest stable torch is 2.6.0") {
  Request request = asking();
  request.cuda = parse_version("12.4");
  CHECK(answer_of(request).build->torch.wheel == "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl");
}

TEST_CASE("F-018: the nightly index of cu124 has 2.7.0.dev20250310") {
  Request request = asking();
  request.cuda = parse_version("12.4"), request.channel = Channel::kNightly;
  const Answer table = answer_of(request);
  CHECK(table.build->torch.torch.text() == "2.7.0.dev20250310");
  CHECK(contains(table.commands[0], "--pre "));
  CHECK(contains(table.commands[0], "https://download.pytorch.org/whl/nightly/cu124"));
  const Index index = parse_index(page_of("torch",
                                          {"torch-2.7.0.dev20250310+cu124-cp311-cp311-linux_x86_64.whl",
                                           "torch-2.7.0.dev20250221+cu124-cp311-cp311-linux_x86_64.whl"},
                                          "/whl/nightly/cu124/"),
                                  "https://download.pytorch.org/whl/nightly/cu124/torch/")
                          .value();
  CHECK(chosen(request, {index}) == "2.7.0.dev20250310+cu124");
  request.channel = Channel::kStable;
  CHECK(chosen(request, {index}) == "refused");
}

TEST_CASE("F-019: bound to CUDA 12.4, torch 2.7 is nightly alone; but the driver of 12.4 runs cu126") {
  Request request = asking("550.54.14", {"RTX 4090"});
  request.cuda = parse_version("12.4"), request.torch = parse_wanted_version("2.7").value();
  const Answer refused = answer_of(request);
  REQUIRE(refused.refusal);
  std::string nearest;
  for (const NearestWish& wish : refused.refusal->nearest) nearest += render(wish.text) + "\n";
  CHECK(contains(nearest, "2.7.0.dev20250310+cu124"));
  CHECK(contains(nearest, "2.7.1+cu126"));
}

TEST_CASE("F-020 F-022: the command and the very wheel it installs") {
  Request request = asking();
  request.torch = parse_wanted_version("2.9.1").value(), request.cuda = parse_version("12.6");
  const Answer answer = answer_of(request);
  CHECK(answer.build->torch.wheel == "torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl");
  CHECK(answer.commands[0] ==
        "pip install torch==2.9.1 torchvision==0.24.1 torchaudio==2.9.1 --index-url "
        "https://download.pytorch.org/whl/cu126");
  CHECK(answer.commands[1].starts_with("uv pip install torch==2.9.1 "));
}

TEST_CASE("F-021 F-027: the same from the NJU mirror") {
  Request request = asking();
  request.torch = parse_wanted_version("2.8.0").value(), request.cuda = parse_version("12.6"),
  request.mirror = "nju";
  CHECK(answer_of(request).commands[0] ==
        "pip install torch==2.8.0 torchvision==0.23.0 torchaudio==2.8.0 --index-url "
        "https://mirrors.nju.edu.cn/pytorch/whl/cu126");
}

TEST_CASE("F-028: 2.9.0 is bad for Conv3d; 2.9.1 only with a newer cuDNN") {
  Request request = asking("580.95.05", {"RTX 4090"});
  request.torch = parse_wanted_version("2.9.0").value();
  CHECK(warns(answer_of(request), "conv3d-2.9"));
  REQUIRE(!answer_of(request).alternatives.empty());
  CHECK(answer_of(request).alternatives.back().question == "fault-free");
  request.torch = parse_wanted_version("2.9.1").value();
  CHECK(warns(answer_of(request), "conv3d-2.9.1-old-cudnn"));
  request.cudnn = parse_python_version("9.15.0.57");
  CHECK_FALSE(warns(answer_of(request), "conv3d-2.9.1-old-cudnn"));
  request.torch = parse_wanted_version(">=2.8,<2.10").value();
  request.cudnn.reset();
  CHECK(chosen(request) == "2.8.0+cu129");  // older, without the fault
}

TEST_CASE("F-036: the driver is what decides, also against a wish") {
  Request request = asking("550.54.14", {"RTX 4090"});
  request.cuda = parse_version("13.0");
  const Answer answer = answer_of(request);
  REQUIRE(answer.refusal);
  CHECK(contains(render(answer.refusal->reason), "580.65.06 or newer"));
}

TEST_CASE("correction: a toolkit of 12.4 does not bind to cu124") {
  Request request = asking("550.54.14", {"RTX 4090"});
  request.toolkit = parse_version("12.4");
  const Answer answer = answer_of(request);
  CHECK(answer.build->torch.variant == "cu126");
  CHECK(says(answer, "need not equal the wheel"));
}

TEST_CASE("correction: cu131 does not exist") {
  Request request = asking("590.48.01", {"RTX 5090"});
  request.cuda = parse_version("13.1");
  const Answer answer = answer_of(request);
  CHECK(answer.build->torch.variant == "cu130");
  CHECK(warns(answer, "no-such-index"));
}

TEST_CASE("mirrors by name, by host, of one's own") {
  const auto address = [](std::string_view word) {
    return find_place(word, built_in()).value().address("cu126", Channel::kStable);
  };
  CHECK(address("") == "https://download.pytorch.org/whl/cu126");
  CHECK(address("mirrors.nju.edu.cn") == "https://mirrors.nju.edu.cn/pytorch/whl/cu126");
  CHECK(address("https://my.org/whl") == "https://my.org/whl/cu126");
  CHECK(address("https://my.org/whl/cu124/torch/") == "https://my.org/whl/cu124");
  CHECK(address("https://my.org/{variant}/simple") == "https://my.org/cu126/simple");
  CHECK(find_place("aliyun", built_in()).value().form == PlaceForm::kFlat);
  CHECK(find_place("https://h/torch_stable.html", built_in()).value().form == PlaceForm::kFlat);
  CHECK(contains(find_place("tuna", built_in()).error().hint, "nju"));
  Request request = asking();
  request.mirror = "aliyun", request.cuda = parse_version("12.4");
  CHECK(answer_of(request).commands[0] ==
        "pip install torch==2.6.0+cu124 torchvision==0.21.0+cu124 torchaudio==2.6.0+cu124 -f "
        "https://mirrors.aliyun.com/pytorch-wheels/cu124/");
  request.mirror = "sjtu", request.channel = Channel::kNightly;
  CHECK(!resolve(request, {}, tables()));
}
