// Goal: each rule by which a build is left out holds on both sides of its bound. Method: one machine differs
// from the next in one thing.
#include "base/text.hpp"
#include "framework/test_asking.hpp"
#include "framework/variant.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

Request pinned(const char* torch, const char* cuda, Request request) {
  request.torch = parse_wanted_version(torch).value();
  if (*cuda) request.cuda = parse_version(cuda);
  return request;
}
std::string reason(const Request& request) {
  const Answer answer = answer_of(request);
  return answer.refusal ? render(answer.refusal->reason) : "";
}
bool says(const Answer& answer, std::string_view words) {
  for (const Message& one : answer.reasons)
    if (contains(render(one), words)) return true;
  return false;
}
Request arm(Request request) {
  request.arch = "aarch64";
  return request;
}

}  // namespace

TEST_CASE("driver floors: the version before each is refused, the floor itself is not") {
  struct Row {
    const char *torch, *cuda, *floor, *below;
  };
  const Row rows[] = {
      {"1.13.1", "11.6", "450.80.02", "450.51.06"}, {"1.13.1", "11.7", "450.80.02", "450.66"},
      {"2.7.1", "11.8", "450.80.02", "450.80.01"},  {"2.5.1", "12.1", "525.60.13", "525.60.11"},
      {"2.6.0", "12.4", "525.60.13", "520.61.05"},  {"2.7.1", "12.6", "525.60.13", "515.105.01"},
      {"2.7.1", "12.8", "525.60.13", "510.108.03"}, {"2.8.0", "12.9", "525.60.13", "525.60.12"},
      {"2.9.1", "13.0", "580.65.06", "580.65.05"},  {"2.13.0", "13.2", "580.65.06", "575.57.08"},
  };
  for (const Row& row : rows) {
    const std::string python = std::string(row.torch) == "1.13.1" ? "3.10" : "3.11";
    const auto at = [&](const char* driver) {
      return pinned(row.torch, row.cuda, asking(driver, {}, python));
    };
    CHECK_MESSAGE(answer_of(at(row.floor)).build, row.torch, " ", row.cuda);
    CHECK_MESSAGE(contains(reason(at(row.below)), std::string("needs driver ") + row.floor),
                  reason(at(row.below)));
  }
}

TEST_CASE("under WSL the Windows driver is compared with the Windows floor") {
  const auto at = [](const char* driver, const char* torch, const char* cuda) {
    Request request = pinned(torch, cuda, asking(driver, {"RTX 4090"}));
    request.driver_kind = DriverKind::kWindows;
    return request;
  };
  CHECK(answer_of(at("527.41", "2.6.0", "12.4")).build);
  CHECK(contains(reason(at("527.40", "2.6.0", "12.4")), "527.41"));
  CHECK(answer_of(at("522.06", "2.6.0", "11.8")).build);
  CHECK_FALSE(answer_of(at("527.41", "2.9.1", "13.0")).build);
  CHECK_FALSE(contains(reason(at("527.40", "2.6.0", "12.4")), "525.60.13"));
}

TEST_CASE("minor-version compatibility is told where the driver is older than the build's CUDA") {
  for (const char* driver : {"525.60.13", "535.183.06", "550.144.03"}) {
    const Answer answer = answer_of(pinned("2.7.1", "12.6", asking(driver, {"RTX 4090"})));
    CHECK_MESSAGE(says(answer, "by minor-version compatibility (from 525.60.13 on)"), driver);
  }
  for (const char* driver : {"560.35.05", "570.211.01", "580.95.05", "595.58.03"}) {
    const Answer answer = answer_of(pinned("2.7.1", "12.6", asking(driver, {"RTX 4090"})));
    CHECK_MESSAGE(!says(answer, "minor-version compatibility"), driver);
    CHECK_MESSAGE(says(answer, "brings its own CUDA 12.6 libraries"), driver);
  }
}

TEST_CASE("a GPU from the future lives on PTX: where the build has it and the driver compiles it") {
  const auto at = [](const char* driver, const char* torch, const char* cuda) {
    Request request = pinned(torch, cuda, asking(driver));
    WantedGpu gpu;
    gpu.name = "a GPU of 2030", gpu.capability = {13, 0};
    request.gpus.push_back(gpu);
    return answer_of(request);
  };
  CHECK(warns(at("580.95.05", "2.9.1", "13.0"), "ptx-only"));
  CHECK(warns(at("580.95.05", "2.8.0", "12.9"), "ptx-only"));
  CHECK(at("580.95.05", "2.9.1", "12.8").refusal);   // no PTX in it
  CHECK(at("570.211.01", "2.8.0", "12.9").refusal);  // the driver of 12.8 compiles no PTX of 12.9
  CHECK(warns(at("570.211.01", "2.7.1", "12.8"), "ptx-only"));
  CHECK(at("580.95.05", "2.6.0", "12.6").refusal);
}

TEST_CASE("PTX serves nothing that is older than it") {
  CHECK(contains(reason(pinned("2.8.0", "12.9", asking("580.95.05", {"Jetson Thor"}))), "has no code for"));
  CHECK(contains(reason(pinned("2.9.1", "13.0", asking("580.95.05", {"V100"}))), "12.0+PTX"));
}

TEST_CASE("forward compatibility: which majors, from which branch, on which GPUs") {
  const auto with = [](const char* driver, const char* gpu, const char* torch, const char* cuda) {
    Request request = pinned(torch, cuda, asking(driver, {gpu}));
    request.compat = true;
    return answer_of(request);
  };
  CHECK(warns(with("470.256.02", "A100", "2.6.0", "12.4"), "forward-compat"));
  CHECK(warns(with("535.183.06", "A100", "2.9.1", "13.0"), "forward-compat"));
  CHECK(with("460.106.00", "A100", "2.6.0", "12.4").refusal);      // older than the package serves
  CHECK(with("525.147.05", "H100", "2.9.1", "13.0").refusal);      // 13 begins at 535
  CHECK(with("535.183.06", "RTX 4090", "2.9.1", "13.0").refusal);  // no data-center GPU
  CHECK_FALSE(warns(with("580.95.05", "A100", "2.9.1", "13.0"), "forward-compat"));
  Request mixed = pinned("2.9.1", "13.0", asking("535.183.06", {"A100", "RTX 4090"}));
  mixed.compat = true;
  CHECK(answer_of(mixed).refusal);
  Request unknown = pinned("2.9.1", "13.0", asking("535.183.06"));
  unknown.compat = true;
  CHECK(answer_of(unknown).refusal);
}

TEST_CASE("SASS: every GPU by the builds that have code for it") {
  struct Row {
    const char *torch, *cuda;
    std::vector<const char*> runs, lacks;
  };
  const Row rows[] = {
      {"2.7.1",
       "11.8",
       {"K80", "GTX 980", "GTX 1080", "V100", "T4", "A100", "RTX 4090", "H100"},
       {"RTX 5090", "B200"}},
      {"2.7.1",
       "12.6",
       {"GTX 980", "GTX 1080", "V100", "T4", "RTX 3090", "H200"},
       {"K80", "RTX 5090", "B200"}},
      {"2.7.1", "12.8", {"T4", "A100", "L40S", "H100", "B200", "RTX 5090"}, {"GTX 1080", "V100"}},
      {"2.9.1",
       "12.8",
       {"V100", "T4", "A100", "L40S", "H100", "B200", "RTX 5090"},
       {"GTX 1080", "GTX 980", "K80"}},
      {"2.11.0", "12.8", {"T4", "A100", "H100", "B200", "RTX 5090"}, {"V100", "GTX 1080"}},
      {"2.13.0",
       "13.0",
       {"T4", "RTX 3090", "L4", "H100", "B300", "RTX 5090"},
       {"V100", "GTX 1080", "GTX 980"}},
  };
  for (const Row& row : rows) {
    for (const char* gpu : row.runs)
      CHECK_MESSAGE(answer_of(pinned(row.torch, row.cuda, asking("", {gpu}))).build, row.torch, row.cuda,
                    gpu);
    for (const char* gpu : row.lacks)
      CHECK_MESSAGE(contains(reason(pinned(row.torch, row.cuda, asking("", {gpu}))), "has no code for"),
                    row.torch, row.cuda, gpu);
  }
}

TEST_CASE("mixed GPUs: one build for all, or the two builds that would do") {
  CHECK(chosen(asking("580.95.05", {"GTX 1080", "V100", "A100", "H100"})) == "2.13.0+cu126");
  CHECK(chosen(asking("580.95.05", {"V100", "A100", "B200"})) == "2.10.0+cu128");
  CHECK(chosen(asking("580.95.05", {"T4", "L4", "H100", "B200", "RTX 5090"})) == "2.13.0+cu130");
  CHECK(chosen(asking("470.256.02", {"K80", "A100"}, "3.9")) == "2.7.1+cu118");
  const Answer both = answer_of(asking("580.95.05", {"GTX 980", "B200"}));
  REQUIRE(both.refusal);
  CHECK(contains(render(both.refusal->reason), "(5.2)"));
  CHECK(contains(render(both.refusal->reason), "(10.0)"));
  std::string options;
  for (const NearestWish& wish : both.refusal->nearest) options += wish.options + ";";
  CHECK(contains(options, "--gpu sm_52;"));
  CHECK(contains(options, "--gpu sm_100;"));
}

TEST_CASE("integrated GPUs run their exact code alone, also where a neighbour's is there") {
  const auto board = [](const char* gpu, const char* driver = "580.95.05") {
    return arm(asking(driver, {gpu}, "3.12"));
  };
  for (const char* gpu : {"Jetson Nano", "Jetson TX2", "Jetson Xavier", "Jetson Orin"}) {
    const Answer answer = answer_of(board(gpu, ""));
    REQUIRE_MESSAGE(answer.refusal, gpu);
    bool jetpack = false;
    for (const NearestWish& wish : answer.refusal->nearest)
      jetpack = jetpack || contains(render(wish.text), "JetPack");
    CHECK_MESSAGE(jetpack, gpu);
  }
  CHECK(chosen(board("Jetson Thor")) == "2.13.0+cu130");
  CHECK(answer_of(pinned("2.8.0", "12.9", board("Jetson Thor"))).refusal);
  CHECK(chosen(pinned("2.9.0", "13.0", board("Jetson Thor"))) == "2.9.0+cu130");
}

TEST_CASE("aarch64: only the builds that were made for it") {
  const auto on = [](const char* torch, const char* cuda) {
    return pinned(torch, cuda, arm(asking("580.95.05", {"GH200"}, "3.11")));
  };
  for (const auto& [torch, cuda] : std::vector<std::pair<const char*, const char*>>{{"2.4.0", "12.4"},
                                                                                    {"2.5.1", "12.4"},
                                                                                    {"2.6.0", "12.6"},
                                                                                    {"2.7.1", "12.8"},
                                                                                    {"2.8.0", "12.9"},
                                                                                    {"2.9.1", "13.0"},
                                                                                    {"2.11.0", "13.0"},
                                                                                    {"2.12.1", "12.6"},
                                                                                    {"2.13.0", "13.2"}})
    CHECK_MESSAGE(answer_of(on(torch, cuda)).build, torch, " ", cuda);
  for (const auto& [torch, cuda] : std::vector<std::pair<const char*, const char*>>{{"2.3.1", "12.1"},
                                                                                    {"2.4.0", "12.1"},
                                                                                    {"2.6.0", "11.8"},
                                                                                    {"2.7.1", "12.6"},
                                                                                    {"2.8.0", "12.6"},
                                                                                    {"2.9.1", "12.8"},
                                                                                    {"2.11.0", "12.8"}})
    CHECK_MESSAGE(contains(reason(on(torch, cuda)), "is known for aarch64"), torch, " ", cuda,
                  reason(on(torch, cuda)));
}
