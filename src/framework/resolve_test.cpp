// Goal: the right build for machines from a GTX 1080 to a B200, drivers 470 to 610, Python 3.9 to 3.15t;
// refusals with what is nearest. Method: one line a machine, from the tables alone.
#include "framework/resolve.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

struct Scenario {
  const char* driver;
  std::vector<std::string> gpus;
  const char* python;
  const char* expected;
};

std::string reason(const Answer& answer) {
  return answer.refusal ? render(answer.refusal->reason) : "";
}
std::string nearest(const Answer& answer) {
  std::string out;
  if (answer.refusal)
    for (const NearestWish& wish : answer.refusal->nearest) out += render(wish.text) + "\n";
  return out;
}

}  // namespace

TEST_CASE("machines and what fits them") {
  const std::vector<Scenario> scenarios = {
      {"470.256.02", {"GTX 1080"}, "3.9", "2.7.1+cu118"},
      {"470.256.02", {"Tesla K80"}, "3.9", "2.7.1+cu118"},
      {"470.256.02", {"RTX 3090"}, "3.11", "2.7.1+cu118"},
      {"470.256.02", {"RTX 3090"}, "3.14", "refused"},
      {"510.108.03", {"A100"}, "3.12", "2.7.1+cu118"},
      {"520.61.05", {"RTX 4090"}, "3.10", "2.7.1+cu118"},
      {"525.60.13", {"RTX 4090"}, "3.10", "2.13.0+cu126"},
      {"525.60.11", {"RTX 4090"}, "3.10", "2.7.1+cu118"},
      {"535.183.06", {"GTX 1080"}, "3.11", "2.13.0+cu126"},
      {"535.183.06", {"V100"}, "3.11", "2.13.0+cu126"},
      {"535.183.06", {"T4"}, "3.9", "2.8.0+cu126"},
      {"550.144.03", {"RTX 4090"}, "3.11", "2.13.0+cu126"},
      {"550.144.03", {"H100"}, "3.13t", "2.11.0+cu126"},
      {"550.144.03", {"RTX 5090"}, "3.12", "refused"},
      {"560.35.05", {"L40S"}, "3.12", "2.13.0+cu126"},
      {"570.26", {"RTX 5090"}, "3.12", "2.11.0+cu128"},
      {"570.211.01", {"B200"}, "3.12", "2.11.0+cu128"},
      {"570.211.01", {"RTX 5090", "RTX 3090"}, "3.12", "2.11.0+cu128"},
      {"570.211.01", {"RTX 4090"}, "3.14t", "2.13.0+cu126"},
      {"575.57.08", {"B300"}, "3.12", "2.11.0+cu128"},
      {"580.95.05", {"RTX 4090"}, "3.12", "2.13.0+cu130"},
      {"580.95.05", {"GTX 1080"}, "3.12", "2.13.0+cu126"},
      {"580.95.05", {"GTX 1080", "RTX 4090"}, "3.12", "2.13.0+cu126"},
      {"580.95.05", {"GTX 1080", "RTX 5090"}, "3.12", "refused"},
      {"580.95.05", {"V100", "RTX 5090"}, "3.12", "2.10.0+cu128"},
      {"580.95.05", {"T4", "RTX 5090"}, "3.12", "2.13.0+cu130"},
      {"580.95.05", {"RTX 2080 Ti", "H100"}, "3.13t", "2.11.0+cu130"},
      {"590.48.01", {"GTX 1080"}, "3.12", "refused"},
      {"590.48.01", {"RTX 5090"}, "3.14", "2.13.0+cu130"},
      {"595.58.03", {"B200"}, "3.12", "2.13.0+cu132"},
      {"610.43.02", {"RTX 2080 Ti"}, "3.10", "2.13.0+cu132"},
      {"610.43.02", {"RTX 4090"}, "3.9", "2.8.0+cu129"},
      {"610.43.02", {"RTX 4090"}, "3.15", "refused"},
      {"610.43.02", {"RTX 4090"}, "3.15t", "refused"},
      {"610.43.02", {"RTX 4090"}, "3.7", "1.13.1+cu117"},
      {"", {"RTX 4090"}, "3.12", "2.13.0+cu130"},
      {"", {"GTX 1080"}, "3.12", "2.13.0+cu126"},
      {"", {}, "3.12", "2.13.0+cu130"},
  };
  for (const Scenario& one : scenarios) {
    const std::string got = chosen(asking(one.driver, one.gpus, one.python));
    CHECK_MESSAGE(got == one.expected, one.driver, " ", join(one.gpus, "+"), " ", one.python, ": ", got);
  }
}

TEST_CASE("aarch64: servers, Jetson") {
  Request grace = asking("580.95.05", {"GH200"}, "3.12");
  grace.arch = "aarch64";
  CHECK(chosen(grace) == "2.13.0+cu130");
  CHECK(answer_of(grace).build->torch.wheel == "torch-2.13.0+cu130-cp312-cp312-manylinux_2_28_aarch64.whl");
  grace.driver = parse_version("550.144.03");
  CHECK(chosen(grace) == "2.13.0+cu126");
  Request thor = asking("580.95.05", {"Jetson Thor"}, "3.12");
  thor.arch = "aarch64";
  CHECK(chosen(thor) == "2.13.0+cu130");
  Request spark = asking("580.95.05", {"GB10"}, "3.12");
  spark.arch = "aarch64";
  CHECK(chosen(spark) == "2.13.0+cu130");
}

TEST_CASE("glibc and musl") {
  Request old = asking("580.95.05", {"RTX 4090"});
  old.libc.minor = 27;
  CHECK(chosen(old) == "2.6.0+cu124");
  old.libc = {LibcTarget::Kind::kMusl, 1, 2};
  const Answer refused = answer_of(old);
  CHECK(contains(reason(refused), "musl"));
  CHECK(contains(nearest(refused), "glibc 2.28"));
}

TEST_CASE("WSL compares with the Windows driver") {
  Request wsl = asking("528.33", {"RTX 4090"});
  CHECK(chosen(wsl) == "2.13.0+cu126");
  wsl.driver_kind = DriverKind::kWindows;
  CHECK(chosen(wsl) == "2.13.0+cu126");
  wsl.driver = parse_version("526.47");  // newer than the Linux floor, older than that of Windows
  CHECK(chosen(wsl) == "2.7.1+cu118");
}

TEST_CASE("refusals say why and what is nearest") {
  const Answer blackwell = answer_of(asking("550.144.03", {"sm_120"}, "3.12"));
  CHECK(contains(reason(blackwell), "needs driver 570 or newer"));
  CHECK(contains(nearest(blackwell), "--driver 570.86.10: torch 2.11.0+cu128"));
  const Answer pascal = answer_of(asking("590.48.01", {"GTX 1080"}));
  CHECK(contains(nearest(pascal), "--driver 580.65.06: torch 2.13.0+cu126"));
  const Answer mixed = answer_of(asking("580.95.05", {"GTX 1080", "RTX 5090"}));
  CHECK(contains(reason(mixed), "No one build"));
  CHECK(contains(nearest(mixed), "GTX 1080, chosen with CUDA_VISIBLE_DEVICES: torch 2.13.0+cu126"));
  CHECK(contains(nearest(mixed), "RTX 5090, chosen with CUDA_VISIBLE_DEVICES: torch 2.13.0+cu130"));
  const Answer python = answer_of(asking("610.43.02", {"RTX 4090"}, "3.15"));
  CHECK(contains(nearest(python), "--python 3.14: torch 2.13.0+cu132"));
  Request unknown = asking("580.95.05", {"RTX 4090"});
  unknown.torch = parse_wanted_version("7.1").value();
  CHECK(contains(reason(answer_of(unknown)), "No torch ==7.1.* is known"));
  CHECK(contains(nearest(answer_of(unknown)), "another torch: torch 2.13.0+cu130"));
  unknown.torch = parse_wanted_version("2.9.1").value();
  unknown.cuda = parse_version("12.4");
  CHECK(contains(reason(answer_of(unknown)), "no cu124 build (it has cu126, cu128, cu130)"));
  CHECK(contains(nearest(answer_of(unknown)), "another torch: torch 2.6.0+cu124"));
}

TEST_CASE("forward compatibility: data-center GPUs, when it is wanted") {
  Request old = asking("470.256.02", {"A100"}, "3.12");
  CHECK(chosen(old) == "2.7.1+cu118");
  old.compat = true;
  const Answer answer = answer_of(old);
  CHECK(answer.build->torch.torch.text() == "2.13.0");
  CHECK(warns(answer, "forward-compat"));
  old.gpus = asking("", {"RTX 3090"}).gpus;
  CHECK(chosen(old) == "2.7.1+cu118");
}

TEST_CASE("the two questions: what fits the driver, what matches the toolkit") {
  Request request = asking("550.144.03", {"RTX 4090"});
  request.toolkit = parse_version("12.4");
  const Answer driver = answer_of(request);
  CHECK(driver.build->torch.variant == "cu126");
  REQUIRE(driver.alternatives.size() == 1);
  CHECK(driver.alternatives[0].question == "toolkit");
  CHECK(driver.alternatives[0].build.torch.wheel == "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl");
  request.match_toolkit = true;
  const Answer toolkit = answer_of(request);
  CHECK(toolkit.build->torch.torch.text() == "2.6.0");
  CHECK(toolkit.alternatives[0].question == "driver");
  CHECK(toolkit.alternatives[0].build.torch.torch.text() == "2.13.0");
  request.toolkit = parse_version("12.5");  // no cu125: the nearest below
  CHECK(chosen(request) == "2.6.0+cu124");
}

TEST_CASE("PTX alone counts where the driver compiles it") {
  const Request request = asking("580.95.05", {"sm_121"});
  CHECK(chosen(request) == "2.13.0+cu130");
  CHECK_FALSE(warns(answer_of(request), "ptx-only"));
}

TEST_CASE("the answer as JSON has the documented keys") {
  const Json json = answer_json(answer_of(asking("580.95.05", {"RTX 4090"})));
  for (const char* key : {"torch", "torchvision", "torchaudio", "cuda_variant", "wheel", "data_date"})
    CHECK_MESSAGE(!json.text(key).empty(), key);
  for (const char* key : {"commands", "reasons", "warnings", "alternatives"})
    CHECK_MESSAGE(json[key].items(), key);
  CHECK(json["torchtext"].is_null());
  CHECK(json["refusal"].is_null());
  const Json refused = answer_json(answer_of(asking("550.144.03", {"sm_120"})));
  CHECK(refused["torch"].is_null());
  CHECK(!refused["refusal"].text("reason").empty());
  CHECK(!refused["refusal"]["nearest"].items()->empty());
}

TEST_CASE("text: what was chosen, why, and what was left out") {
  const Answer answer = answer_of(asking("550.144.03", {"RTX 4090"}));
  const std::string text = render_answer(answer, 100);
  CHECK(contains(text, "pip install torch==2.13.0"));
  CHECK(contains(text, "minor-version compatibility"));
  CHECK(contains(text, "no index was read"));
  for (const std::string_view line : split_lines(text))
    if (!contains(line, "install") && !contains(line, ".whl"))
      CHECK_MESSAGE(display_width(line) <= 100, line);
  CHECK(contains(render_left_out(answer, 100), "cu130 needs driver 580.65.06 or newer"));
}
