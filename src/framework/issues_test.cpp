// Goal: each known fault is raised where it holds and nowhere else. One case a row of torch_issues.rec.
#include <set>

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

Request pinned(const char* torch, const char* cuda, const char* driver = "595.58.03",
               const std::vector<std::string>& gpus = {"RTX 4090"}) {
  Request request = asking(driver, gpus);
  request.torch = parse_wanted_version(torch).value();
  if (*cuda) request.cuda = parse_version(cuda);
  return request;
}

bool raised(const char* id, const Request& request) {
  return warns(answer_of(request), id);
}

}  // namespace

TEST_CASE("conv3d-2.9, conv3d-2.9.1-old-cudnn, conv3d-2.10-cu12") {
  CHECK(raised("conv3d-2.9", pinned("2.9.0", "13.0")));
  CHECK_FALSE(raised("conv3d-2.9", pinned("2.9.1", "13.0")));
  CHECK(raised("conv3d-2.9.1-old-cudnn", pinned("2.9.1", "13.0")));
  CHECK(raised("conv3d-2.9.1-old-cudnn", pinned("2.9.1", "12.6")));
  CHECK(raised("conv3d-2.10-cu12", pinned("2.10.0", "12.8")));
  CHECK(raised("conv3d-2.10-cu12", pinned("2.13.0", "12.6")));
  CHECK_FALSE(raised("conv3d-2.10-cu12", pinned("2.11.0", "12.8")));
  CHECK_FALSE(raised("conv3d-2.10-cu12", pinned("2.10.0", "13.0")));
  CHECK_FALSE(raised("conv3d-2.10-cu12", pinned("2.8.0", "12.6")));
}

TEST_CASE("torch-pypi-cu130: plain pip would bring what this driver cannot run") {
  CHECK(raised("torch-pypi-cu130", pinned("2.11.0", "12.8", "570.211.01")));
  CHECK_FALSE(raised("torch-pypi-cu130", pinned("2.11.0", "13.0")));
  CHECK_FALSE(raised("torch-pypi-cu130", pinned("2.10.0", "12.8", "570.211.01")));
}

TEST_CASE("pascal-cu128, volta, blackwell-old: no code in the build") {
  CHECK(raised("pascal-cu128", pinned("2.8.0", "12.8", "580.95.05", {"GTX 1080"})));
  CHECK_FALSE(raised("pascal-cu128", pinned("2.8.0", "12.6", "580.95.05", {"GTX 1080"})));
  CHECK(raised("volta", pinned("2.7.1", "12.8", "580.95.05", {"V100"})));
  CHECK_FALSE(raised("volta", pinned("2.9.1", "12.8", "580.95.05", {"V100"})));
  CHECK(raised("volta", pinned("2.11.0", "12.8", "580.95.05", {"V100"})));
  CHECK(raised("blackwell-old", pinned("2.7.1", "12.6", "580.95.05", {"RTX 5090"})));
  CHECK_FALSE(raised("blackwell-old", pinned("2.7.1", "12.8", "580.95.05", {"RTX 5090"})));
}

TEST_CASE("orin-sbsa: server wheels on Jetson Orin") {
  Request orin = asking("580.95.05", {"Jetson Orin"});
  orin.arch = "aarch64";
  const Answer answer = answer_of(orin);
  REQUIRE(answer.refusal);
  CHECK(warns(answer, "orin-sbsa"));
  bool jetson = false;
  for (const NearestWish& wish : answer.refusal->nearest)
    jetson = jetson || contains(render(wish.text), "JetPack");
  CHECK(jetson);
}

TEST_CASE("torchaudio-frozen, torchtext-eol") {
  Request request = pinned("2.13.0", "13.0");
  bool frozen = false;
  for (const Message& reason : answer_of(request).reasons)
    frozen = frozen || contains(render(reason), "2.11.0 from torch 2.12");
  CHECK(frozen);
  CHECK_FALSE(raised("torchtext-eol", request));
  request.packages = {"torch", "torchtext"};
  CHECK(raised("torchtext-eol", request));
  CHECK_FALSE(contains(answer_of(request).commands[0], "torchtext"));
  request.torch = parse_wanted_version("2.3.0").value(), request.cuda = parse_version("12.1");
  CHECK_FALSE(raised("torchtext-eol", request));
  CHECK(contains(answer_of(request).commands[0], "torchtext==0.18.0"));
}

TEST_CASE("aarch64-nolocal: the variant stands in the index alone") {
  Request request = pinned("2.5.1", "12.4", "550.54.14", {"GH200"});
  request.arch = "aarch64";
  const Answer answer = answer_of(request);
  CHECK(answer.build->torch.wheel == "torch-2.5.1-cp311-cp311-linux_aarch64.whl");
  CHECK(warns(answer, "aarch64-nolocal"));
  const Index index = parse_index(page_of("torch", {"torch-2.5.1-cp311-cp311-linux_aarch64.whl"}),
                                  "https://download.pytorch.org/whl/cu124/torch/")
                          .value();
  CHECK(chosen(request, {index}) == "2.5.1+cu124");
  CHECK_FALSE(raised("aarch64-nolocal", pinned("2.5.1", "12.4")));
}

TEST_CASE("r2-mirror, index-deps, nms are told where pages and environments are read") {
  const Index away = parse_index(page_of("torch", {"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl"},
                                         "https://download-r2.pytorch.org/whl/cu124/"),
                                 "https://mirrors.nju.edu.cn/pytorch/whl/cu124/torch/")
                         .value();
  CHECK(warns(answer_of(asking(), {away}), "r2-mirror"));
  CHECK(tables().issues->find("index-deps")->severity == Severity::kWarn);
  CHECK(tables().issues->find("nms")->kind == "pair");
}

TEST_CASE("every row has a text, a cure, a source and a known kind") {
  const std::set<std::string> kinds = {"release", "coverage", "origin", "pair", "index"};
  CHECK(tables().issues->all().size() == 14);
  for (const Issue& issue : tables().issues->all()) {
    CHECK_MESSAGE(kinds.contains(issue.kind), issue.id);
    CHECK_MESSAGE(!issue.text.empty(), issue.id);
    CHECK_MESSAGE(!issue.cure.empty(), issue.id);
    CHECK_MESSAGE(!issue.source.empty(), issue.id);
  }
}
