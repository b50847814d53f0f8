// Goal: driver, toolkit, cuDNN, compiler and GPU against each other on both sides of each bound, and what is
// proposed where one of them is not given.
#include "base/text.hpp"
#include "framework/cuda_match.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::built_in;
using test::tables;

namespace {

MatchAsked about(const char* driver, const char* toolkit, const std::vector<std::string>& gpus = {}) {
  MatchAsked asked;
  asked.driver = parse_version(driver), asked.toolkit = parse_version(toolkit);
  for (const std::string& gpu : gpus) asked.gpus.push_back(find_gpu(gpu, built_in()).value());
  return asked;
}
std::vector<MatchLine> lines(const MatchAsked& asked) {
  return match_cuda(asked, tables()).value();
}
std::string fit(const MatchAsked& asked, std::string_view subject) {
  for (const MatchLine& line : lines(asked))
    if (line.subject == subject) return std::string(fit_name(line.fit));
  return "";
}
std::string said(const MatchAsked& asked, std::string_view subject) {
  for (const MatchLine& line : lines(asked))
    if (line.subject == subject) return render(line.text);
  return "";
}

}  // namespace

TEST_CASE(
    "each toolkit: below its floor it fails, from there on it is limited, from its own driver on it fits") {
  struct Row {
    const char *toolkit, *below, *floor, *before_own, *own;
  };
  const Row rows[] = {
      {"11.0", "450.36.05", "450.36.06", "450.51.04", "450.51.05"},
      {"11.1", "450.80.01", "450.80.02", "455.22", "455.23"},
      {"11.8", "450.51.06", "450.80.02", "515.105.01", "520.61.05"},
      {"12.1", "520.61.05", "525.60.13", "525.147.05", "530.30.02"},
      {"12.4", "525.60.12", "525.60.13", "545.29.06", "550.54.14"},
      {"12.8", "515.65.01", "525.60.13", "565.77", "570.26"},
      {"12.9", "470.256.02", "525.60.13", "570.211.01", "575.51.03"},
      {"13.1", "575.57.08", "580.65.06", "580.119.02", "590.44.01"},
      {"13.3", "580.65.05", "580.65.06", "595.71.05", "610.43.02"},
  };
  for (const Row& row : rows) {
    CHECK_MESSAGE(fit(about(row.below, row.toolkit), "driver-toolkit") == "fails", row.toolkit);
    CHECK_MESSAGE(fit(about(row.floor, row.toolkit), "driver-toolkit") == "limited", row.toolkit);
    CHECK_MESSAGE(fit(about(row.before_own, row.toolkit), "driver-toolkit") == "limited", row.toolkit);
    CHECK_MESSAGE(fit(about(row.own, row.toolkit), "driver-toolkit") == "fits", row.toolkit);
    const std::string proposal = said(about("", row.toolkit), "toolkit-driver");
    CHECK_MESSAGE(contains(proposal, std::string("came with driver ") + row.own), proposal);
    CHECK_MESSAGE(contains(proposal, std::string("run from ") + row.floor), proposal);
  }
}

TEST_CASE("the other way: the newest toolkit of each driver") {
  const std::pair<const char*, const char*> rows[] = {
      {"390.157", "9.1"},     {"418.226.00", "10.1"}, {"450.248.02", "11.0"}, {"470.256.02", "11.4"},
      {"510.108.03", "11.6"}, {"515.105.01", "11.7"}, {"525.147.05", "12.0"}, {"535.183.06", "12.2"},
      {"545.23.08", "12.3"},  {"550.144.03", "12.4"}, {"555.58.02", "12.5"},  {"560.35.05", "12.6"},
      {"565.57.01", "12.6"},  {"570.211.01", "12.8"}, {"575.57.08", "12.9"},  {"580.95.05", "13.0"},
      {"590.48.01", "13.1"},  {"595.58.03", "13.2"},  {"610.43.02", "13.3"}};
  for (const auto& [driver, toolkit] : rows) {
    const std::string text = said(about(driver, ""), "driver-toolkit");
    CHECK_MESSAGE(contains(text, std::string("works on it: ") + toolkit + "."), driver, ": ", text);
  }
  CHECK(contains(said(about("565.57.01", ""), "driver"), "CUDA up to 12.7"));  // which is no toolkit
}

TEST_CASE("under WSL the Windows numbers count") {
  MatchAsked asked = about("527.41", "12.4");
  asked.driver_kind = DriverKind::kWindows;
  CHECK(fit(asked, "driver-toolkit") == "limited");
  asked.driver = parse_version("527.40");
  CHECK(fit(asked, "driver-toolkit") == "fails");
  asked.driver_kind = DriverKind::kLinux;  // newer than Linux' 525.60.13
  CHECK(fit(asked, "driver-toolkit") == "limited");
}

TEST_CASE("each compiler bound: the newest gcc and clang, and one more") {
  struct Row {
    const char* toolkit;
    unsigned gcc, clang;
  };
  const Row rows[] = {{"10.2", 8, 8},   {"11.0", 9, 9},   {"11.3", 10, 11}, {"11.4", 11, 12},
                      {"11.7", 11, 13}, {"11.8", 11, 14}, {"12.1", 12, 15}, {"12.3", 12, 16},
                      {"12.5", 13, 17}, {"12.6", 13, 18}, {"12.8", 14, 19}, {"12.9", 14, 19},
                      {"13.0", 15, 20}, {"13.3", 15, 21}};
  for (const Row& row : rows)
    for (const unsigned more : {0u, 1u}) {
      MatchAsked asked = about("", row.toolkit);
      asked.gcc = row.gcc + more, asked.clang = row.clang + more;
      const std::string expected = more ? "fails" : "fits";
      CHECK_MESSAGE(fit(asked, "toolkit-gcc") == expected, row.toolkit, more);
      CHECK_MESSAGE(fit(asked, "toolkit-clang") == expected, row.toolkit, more);
    }
  MatchAsked old = about("", "10.1");
  old.clang = 8;
  CHECK(fit(old, "toolkit-clang").empty());  // nothing is published of it
  CHECK(said(about("", "12.8"), "toolkit-gcc") == "nvcc of CUDA 12.8 takes gcc up to 14.");
}

TEST_CASE("a compiler alone: from which toolkit on it is taken") {
  const auto range = [](unsigned gcc, unsigned clang) {
    MatchAsked asked;
    if (gcc) asked.gcc = gcc;
    if (clang) asked.clang = clang;
    return said(asked, "compiler-toolkit");
  };
  CHECK(range(15, 0) == "gcc 15 is taken by nvcc of CUDA 13.0 to 13.3.");
  CHECK(range(13, 0) == "gcc 13 is taken by nvcc of CUDA 12.4 to 13.3.");
  CHECK(range(12, 0) == "gcc 12 is taken by nvcc of CUDA 12.0 to 13.3.");
  CHECK(range(11, 0) == "gcc 11 is taken by nvcc of CUDA 11.4 to 13.3.");
  CHECK(range(0, 21) == "clang 21 is taken by nvcc of CUDA 13.1 to 13.3.");
  CHECK(range(0, 18) == "clang 18 is taken by nvcc of CUDA 12.6 to 13.3.");
  CHECK(range(16, 0) == "gcc 16 is newer than every nvcc takes.");
  CHECK(range(0, 22) == "clang 22 is newer than every nvcc takes.");
}

TEST_CASE("GPUs against toolkits: the first and the last that compile for each architecture") {
  struct Row {
    const char *gpu, *first, *last;
  };
  const Row rows[] = {{"K80", "8.0", "11.8"},       {"GTX 980", "8.0", "12.9"},   {"GTX 1080", "8.0", "12.9"},
                      {"V100", "9.0", "12.9"},      {"T4", "10.0", "13.3"},       {"A100", "11.0", "13.3"},
                      {"RTX 3090", "11.1", "13.3"}, {"L4", "11.8", "13.3"},       {"H100", "11.8", "13.3"},
                      {"B200", "12.8", "13.3"},     {"RTX 5090", "12.8", "13.3"}, {"B300", "12.9", "13.3"},
                      {"GB10", "12.9", "13.3"}};
  const auto& toolkits = tables().cuda->toolkits();
  for (const Row& row : rows)
    for (const Version& toolkit : toolkits) {
      const bool inside = toolkit >= *parse_version(row.first) && toolkit <= *parse_version(row.last);
      CHECK_MESSAGE(
          fit(about("", toolkit.text.c_str(), {row.gpu}), "gpu-toolkit") == (inside ? "fits" : "fails"),
          row.gpu, " ", toolkit.text);
    }
}

TEST_CASE("GPUs against drivers: the branch before the first and the one behind the last fail") {
  struct Row {
    const char *gpu, *before, *first, *last, *behind;
  };
  const Row rows[] = {{"K80", "331.113", "340.108", "470.256.02", "495.46"},
                      {"GTX 1080", "361.45.18", "367.57", "580.95.05", "590.48.01"},
                      {"V100", "381.22", "384.81", "580.95.05", "590.48.01"},
                      {"T4", "396.54", "410.48", "610.43.02", ""},
                      {"RTX 4090", "515.105.01", "520.61.05", "610.43.02", ""},
                      {"RTX 5090", "565.77", "570.26", "610.43.02", ""}};
  for (const Row& row : rows) {
    CHECK_MESSAGE(fit(about(row.before, "", {row.gpu}), "gpu-driver") == "fails", row.gpu);
    CHECK_MESSAGE(fit(about(row.first, "", {row.gpu}), "gpu-driver") == "fits", row.gpu);
    CHECK_MESSAGE(fit(about(row.last, "", {row.gpu}), "gpu-driver") == "fits", row.gpu);
    if (*row.behind) CHECK_MESSAGE(fit(about(row.behind, "", {row.gpu}), "gpu-driver") == "fails", row.gpu);
  }
}

TEST_CASE("cuDNN: for which CUDA it is built, and which GPUs it left behind") {
  const auto asked = [](const char* cudnn, const char* toolkit, const std::vector<std::string>& gpus = {}) {
    MatchAsked out = about("", toolkit, gpus);
    out.cudnn = parse_python_version(cudnn);
    return out;
  };
  CHECK(fit(asked("9.10.2.21", "11.8"), "cudnn-toolkit") == "fits");
  CHECK(fit(asked("9.11.1.4", "11.8"), "cudnn-toolkit") == "fails");
  CHECK(fit(asked("9.11.1.4", "13.0"), "cudnn-toolkit") == "fails");
  CHECK(fit(asked("9.12.0.46", "13.0"), "cudnn-toolkit") == "fits");
  CHECK(fit(asked("9.15.0.58", "13.2"), "cudnn-toolkit") == "fits");
  CHECK(fit(asked("9.15.0.58", "12.8"), "cudnn-toolkit") == "fails");  // 9.15.0.57 is the one for 12
  CHECK(fit(asked("9.15.0", "12.8"), "cudnn-toolkit") == "fits");
  CHECK(contains(said(asked("9.15.0", ""), "cudnn-toolkit"), "built for CUDA 13, 12."));
  for (const char* gpu : {"GTX 980", "GTX 1080", "V100"}) {
    CHECK_MESSAGE(fit(asked("9.11.1.4", "12.6", {gpu}), "cudnn-gpu") == "fails", gpu);
    CHECK_MESSAGE(fit(asked("9.10.2", "12.6", {gpu}), "cudnn-gpu") == "fits", gpu);
  }
  CHECK(fit(asked("9.21", "12.6", {"T4", "V100"}), "cudnn-gpu") == "fits");  // a line for each GPU
  CHECK(lines(asked("9.21", "12.6", {"T4", "V100"})).size() == 10);
  CHECK(fit(asked("9", "13.0"), "cudnn-toolkit") == "fits");
  CHECK(fit(asked("9.1", "13.0"), "cudnn-toolkit") == "fails");  // 9.1 is not 9.15
  CHECK(fit(asked("9.1", "12.4"), "cudnn-toolkit") == "fits");
  CHECK(fit(asked("9.4", "13.0"), "cudnn") == "fails");  // nor is 9.4, which is not known, any other
}

TEST_CASE("what is given decides what is said: nothing given, nothing said") {
  CHECK(lines({}).empty());
  CHECK(render_match({}, 80).empty());
  const Json none = match_json({}, "2026-08-21");
  CHECK(*none["fits"].boolean());
  CHECK(none.text("data_date") == "2026-08-21");
  MatchAsked asked = about("", "12.6");
  asked.cudnn = parse_python_version("9.10.2");
  CHECK(fit(asked, "toolkit-cudnn").empty());  // none is proposed where one is given
  CHECK(fit(asked, "cudnn-driver").empty());
  const std::string narrow = render_match(lines(about("550.54.14", "12.6", {"V100"})), 60);
  for (const std::string_view line : split_lines(narrow)) CHECK_MESSAGE(display_width(line) <= 60, line);
  CHECK(render_match(lines(about("550.54.14", "12.6")), 80).starts_with("    Driver 550.54.14 knows"));
  CHECK(contains(render_match(lines(about("550.54.14", "12.6")), 80), "~   CUDA 12.6 runs"));
}
