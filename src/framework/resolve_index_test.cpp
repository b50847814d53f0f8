// Goal: an index that was read is believed before the tables: what it has, what it lacks, how it contradicts
// itself.
#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

Index index_of(const std::string& project, const std::vector<std::string>& files,
               const std::string& variant = "cu124") {
  return parse_index(page_of(project, files, "/whl/" + variant + "/"),
                     "https://download.pytorch.org/whl/" + variant + "/" + project + "/")
      .value();
}

}  // namespace

TEST_CASE("free-threaded, platform and Python choose among the files") {
  const Index index = index_of(
      "torch",
      {"torch-2.6.0+cu124-cp313-cp313-linux_x86_64.whl", "torch-2.6.0+cu124-cp313-cp313t-linux_x86_64.whl",
       "torch-2.6.0+cu124-cp311-cp311-win_amd64.whl", "torch-2.5.1+cu124-cp311-cp311-linux_x86_64.whl"});
  CHECK(answer_of(asking("", {}, "3.13t"), {index}).build->torch.wheel ==
        "torch-2.6.0+cu124-cp313-cp313t-linux_x86_64.whl");
  CHECK(chosen(asking("", {}, "3.13"), {index}) == "2.6.0+cu124");
  CHECK(chosen(asking("", {}, "3.11"), {index}) == "2.5.1+cu124");
  const Answer none = answer_of(asking("", {}, "3.12"), {index});
  REQUIRE(none.refusal);
  CHECK(contains(render(none.refusal->reason), "Python 3.12"));
}

TEST_CASE("a later build before an earlier one before none, in whatever order the page lists them") {
  const auto wheel = [](const std::string& build) {
    return "torch-2.6.0+cu124" + build + "-cp311-cp311-linux_x86_64.whl";
  };
  const auto taken = [](const std::vector<std::string>& files) {
    return answer_of(asking(), {index_of("torch", files)}).build->torch.wheel;
  };
  CHECK(taken({wheel(""), wheel("-1")}) == wheel("-1"));
  CHECK(taken({wheel("-1"), wheel("")}) == wheel("-1"));
  CHECK(taken({wheel("-9"), wheel("-10"), wheel("-2")}) == wheel("-10"));
  CHECK(taken({wheel("-2"), wheel("-2a"), wheel("")}) == wheel("-2a"));
  // The platform decides before the build.
  CHECK(taken({wheel("-1"), "torch-2.6.0+cu124-cp311-cp311-manylinux_2_28_x86_64.whl"}) ==
        "torch-2.6.0+cu124-cp311-cp311-manylinux_2_28_x86_64.whl");
}

TEST_CASE("manylinux before linux") {
  const Index index = index_of("torch", {"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl",
                                         "torch-2.6.0+cu124-cp311-cp311-manylinux_2_28_x86_64.whl"});
  CHECK(answer_of(asking(), {index}).build->torch.wheel ==
        "torch-2.6.0+cu124-cp311-cp311-manylinux_2_28_x86_64.whl");
}

TEST_CASE("an index knows what the tables do not: a newer release, a variant beside the list") {
  const Index newer =
      index_of("torch", {"torch-2.15.0+cu134-cp311-cp311-manylinux_2_28_x86_64.whl"}, "cu134");
  const Answer answer = answer_of(asking("615.78.08", {"RTX 4090"}), {newer});
  CHECK(answer.build->torch.torch.text() == "2.15.0");
  CHECK(answer.build->family.torchvision == "0.30.0");
  CHECK(warns(answer, "derived-pair"));
  CHECK(answer.data_date == "2025-03-10");
  const Index beside =
      index_of("torch", {"torch-2.13.0+cu129-cp311-cp311-manylinux_2_28_x86_64.whl"}, "cu129");
  CHECK(chosen(asking("570.211.01", {"RTX 5090"}), {beside}) == "2.13.0+cu129");
}

TEST_CASE("the pair must lie on the same index") {
  const Index torch = index_of("torch", {"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl",
                                         "torch-2.5.1+cu124-cp311-cp311-linux_x86_64.whl"});
  const Index vision = index_of("torchvision", {"torchvision-0.20.1+cu124-cp311-cp311-linux_x86_64.whl"});
  const Answer answer = answer_of(asking(), {torch, vision});
  CHECK(answer.build->torch.torch.text() == "2.5.1");
  CHECK(answer.build->wheels ==
        std::vector<std::string>{"torch-2.5.1+cu124-cp311-cp311-linux_x86_64.whl",
                                 "torchvision-0.20.1+cu124-cp311-cp311-linux_x86_64.whl"});
  Request alone = asking();
  alone.packages = {"torch"};
  CHECK(chosen(alone, {torch, vision}) == "2.6.0+cu124");
  const Index other = index_of("torchvision", {"torchvision-0.21.0+cu118-cp311-cp311-linux_x86_64.whl"});
  CHECK(chosen(asking(), {torch, other}) == "refused");
}

TEST_CASE("an index that answers with another index's files is named") {
  const Index wrong =
      parse_index(page_of("torch", {"torch-2.9.1+cu130-cp311-cp311-manylinux_2_28_x86_64.whl"}),
                  "https://h/whl/cu131/torch/")
          .value();
  CHECK(warns(answer_of(asking(), {wrong}), "other-index"));
}

TEST_CASE("yanked, requires-python and other backends are no candidates") {
  const Index index =
      parse_index(
          "<a data-yanked href='torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl'>x</a>"
          "<a data-requires-python='&gt;=3.12' href='torch-2.5.1+cu124-py3-none-any.whl'>x</a>"
          "<a href='torch-2.7.0+rocm6.3-cp311-cp311-manylinux_2_28_x86_64.whl'>x</a>"
          "<a href='torch-2.7.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'>x</a>",
          "https://h/x/")
          .value();
  CHECK(chosen(asking(), {index}) == "refused");
  Request cpu = asking();
  cpu.backend = Backend::kCpu;
  CHECK(chosen(cpu, {index}) == "2.7.0+cpu");
  CHECK(chosen(cpu) == "2.13.0+cpu");
}

TEST_CASE("a directory of wheels is installed from without any index") {
  Request request = asking();
  request.wheel_dir = "/srv/my wheels";
  const Index index = index_of_names({"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl"}, request.wheel_dir);
  CHECK(answer_of(request, {index}).commands[0] ==
        "pip install torch==2.6.0+cu124 torchvision==0.21.0+cu124 torchaudio==2.6.0+cu124 --no-index "
        "--find-links '/srv/my wheels'");
}
