// Goal: the pairs of every torch release, as its torchvision, torchaudio and torchtext published them, from
// the table to the command that installs them.
#include "base/text.hpp"
#include "framework/environment.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

struct Pair {
  const char *torch, *vision, *audio, *text;
};
const Pair kPairs[] = {{"1.13.0", "0.14.0", "0.13.0", "0.14.0"}, {"1.13.1", "0.14.1", "0.13.1", "0.14.1"},
                       {"2.0.0", "0.15.1", "2.0.1", "0.15.1"},   {"2.0.1", "0.15.2", "2.0.2", "0.15.2"},
                       {"2.1.0", "0.16.0", "2.1.0", "0.16.0"},   {"2.1.1", "0.16.1", "2.1.1", "0.16.1"},
                       {"2.1.2", "0.16.2", "2.1.2", "0.16.2"},   {"2.2.0", "0.17.0", "2.2.0", "0.17.0"},
                       {"2.2.1", "0.17.1", "2.2.1", "0.17.1"},   {"2.2.2", "0.17.2", "2.2.2", "0.17.2"},
                       {"2.3.0", "0.18.0", "2.3.0", "0.18.0"},   {"2.3.1", "0.18.1", "2.3.1", "0.18.0"},
                       {"2.4.0", "0.19.0", "2.4.0", ""},         {"2.4.1", "0.19.1", "2.4.1", ""},
                       {"2.5.0", "0.20.0", "2.5.0", ""},         {"2.5.1", "0.20.1", "2.5.1", ""},
                       {"2.6.0", "0.21.0", "2.6.0", ""},         {"2.7.0", "0.22.0", "2.7.0", ""},
                       {"2.7.1", "0.22.1", "2.7.1", ""},         {"2.8.0", "0.23.0", "2.8.0", ""},
                       {"2.9.0", "0.24.0", "2.9.0", ""},         {"2.9.1", "0.24.1", "2.9.1", ""},
                       {"2.10.0", "0.25.0", "2.10.0", ""},       {"2.11.0", "0.26.0", "2.11.0", ""},
                       {"2.12.0", "0.27.0", "2.11.0", ""},       {"2.12.1", "0.27.1", "2.11.0", ""},
                       {"2.13.0", "0.28.0", "2.11.0", ""}};

PythonVersion version(const std::string& text) {
  return parse_python_version(text).value();
}
std::string judged(const char* torch, const std::string& name, const std::string& other) {
  std::vector<TorchFinding> found;
  judge_family(version(torch), {{name, version(other)}}, tables(), found);
  return found.empty() ? "" : found[0].id + ": " + found[0].cure;
}

}  // namespace

TEST_CASE("every release has its own pair, and the table has no stable release beside these") {
  std::size_t stable = 0;
  for (const Release& release : tables().releases->all()) stable += release.channel == "stable";
  CHECK(stable == std::size(kPairs));
  for (const Pair& pair : kPairs) {
    const Family family = tables().releases->family_of(version(pair.torch));
    CHECK_MESSAGE(family.torchvision == pair.vision, std::string(pair.torch));
    CHECK_MESSAGE(family.torchaudio == pair.audio, std::string(pair.torch));
    CHECK_MESSAGE(family.torchtext == pair.text, std::string(pair.torch));
    CHECK_MESSAGE(!family.derived, std::string(pair.torch));
    CHECK_MESSAGE(
        tables().releases->find_by("torchvision", version(pair.vision + std::string("+cu126")))->torch ==
            version(pair.torch),
        std::string(pair.vision));
  }
}

TEST_CASE(
    "installed together: the own pair is right, every other release's torchvision is told with the cure") {
  for (const Pair& one : kPairs)
    for (const Pair& two : kPairs) {
      const std::string expected = one.vision == std::string(two.vision)
                                       ? ""
                                       : "nms: pip install torchvision==" + std::string(one.vision);
      CHECK_MESSAGE(judged(one.torch, "torchvision", two.vision) == expected, std::string(one.torch));
    }
}

TEST_CASE("torchaudio and torchtext beside each torch") {
  for (const Pair& pair : kPairs) {
    CHECK_MESSAGE(judged(pair.torch, "torchaudio", pair.audio).empty(), std::string(pair.torch));
    CHECK_MESSAGE(
        judged(pair.torch, "torchaudio", "0.1") == "pair: pip install torchaudio==" + std::string(pair.audio),
        std::string(pair.torch));
    const std::string text = judged(pair.torch, "torchtext", "0.18.0");
    const bool own = pair.text == std::string("0.18.0"), ended = !*pair.text;
    CHECK_MESSAGE(text.starts_with(own     ? ""
                                   : ended ? "torchtext-eol: "
                                           : "pair: pip install torchtext=="),
                  text);
    CHECK_MESSAGE(text.empty() == own, std::string(pair.torch));
  }
}

TEST_CASE("the command of each release names its pair in the order that was asked for") {
  for (const Pair& pair : kPairs) {
    Request request = asking("", {}, pair.torch[0] == '1' ? "3.10" : "3.11");
    request.torch = parse_wanted_version(pair.torch).value();
    request.packages = {"torchaudio", "torchvision", "torch"};
    const Answer answer = answer_of(request);
    REQUIRE_MESSAGE(answer.build, std::string(pair.torch));
    const std::string words = "torchaudio==" + std::string(pair.audio) + " torchvision==" + pair.vision +
                              " torch==" + pair.torch + " ";
    CHECK_MESSAGE(contains(answer.commands[0], "pip install " + words), answer.commands[0]);
    CHECK_MESSAGE(contains(answer.commands[1], "uv pip install " + words), answer.commands[1]);
  }
}

TEST_CASE("what a plain pip brings: the CUDA of PyPI's build where no driver is known") {
  const std::pair<const char*, const char*> rows[] = {
      {"2.0.1", "cu117"},  {"2.1.2", "cu121"},  {"2.4.1", "cu121"},  {"2.5.1", "cu124"},
      {"2.6.0", "cu124"},  {"2.7.1", "cu126"},  {"2.8.0", "cu128"},  {"2.9.1", "cu128"},
      {"2.10.0", "cu128"}, {"2.11.0", "cu130"}, {"2.12.1", "cu130"}, {"2.13.0", "cu130"}};
  for (const auto& [torch, variant] : rows) {
    Request request = asking();
    request.torch = parse_wanted_version(torch).value();
    CHECK_MESSAGE(chosen(request) == std::string(torch) + "+" + variant, std::string(torch));
  }
}

TEST_CASE("cuDNN of each build, also of those beside the list, and none of another major") {
  struct Row {
    const char *torch, *cuda, *cudnn;
  };
  const Row rows[] = {{"2.0.1", "11.8", "8.7.0.84"},
                      {"2.3.1", "12.1", "8.9.2.26"},
                      {"2.6.0", "12.4", "9.1.0.70"},
                      {"2.6.0", "12.6", "9.5.1.17"},
                      {"2.7.1", "12.8", "9.7.1.26"},
                      {"2.8.0", "12.9", "9.10.2.21"},
                      {"2.9.1", "12.9", "9.10.2.21"},
                      {"2.9.1", "13.0", "9.13.0.50"},
                      {"2.10.0", "13.0", "9.15.1.9"},
                      {"2.11.0", "12.6", "9.10.2.21"},
                      {"2.11.0", "12.8", "9.17.1.4"},
                      {"2.11.0", "12.9", "9.17.1.4"},
                      {"2.13.0", "12.6", "9.10.2.21"},
                      {"2.13.0", "13.2", "9.20.0.48"},
                      {"2.14.0", "13.0", "9.24.0.43"},
                      {"2.13.0", "11.8", ""},
                      {"2.6.0", "13.0", ""}};
  for (const Row& row : rows) {
    const auto cudnn = tables().releases->find(version(row.torch))->cudnn_of(parse_version(row.cuda));
    CHECK_MESSAGE((cudnn ? cudnn->text() : "") == row.cudnn, std::string(row.torch), " ",
                  std::string(row.cuda));
  }
  CHECK_FALSE(tables().releases->find(version("2.6.0"))->cudnn_of(std::nullopt));
}
