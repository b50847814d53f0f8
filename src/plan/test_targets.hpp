// Targets and wishes written in one line, for the tests of this module.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan::testing {

// One GPU of each architecture.
inline constexpr const char* kFermi = "10de:06c0";
inline constexpr const char* kKepler = "10de:1180";
inline constexpr const char* kMaxwell = "10de:1380";
inline constexpr const char* kPascal = "10de:1b80";
inline constexpr const char* kVolta = "10de:1db4";
inline constexpr const char* kTuring = "10de:1e04";
inline constexpr const char* kAmpere = "10de:20b0";
inline constexpr const char* kAda = "10de:2684";
inline constexpr const char* kHopper = "10de:2330";
inline constexpr const char* kGraceHopper = "10de:2342";
inline constexpr const char* kBlackwell = "10de:2b85";

inline const catalog::Catalog& catalog() {
  static const catalog::Catalog instance;
  return instance;
}

inline const catalog::Gpus& gpus() {
  static const catalog::Gpus instance = *catalog::Gpus::load(catalog());
  return instance;
}

inline TargetGpu gpu(const std::string& id) {
  const auto parsed = catalog::parse_gpu_id(id);
  return {"", *parsed, gpus().find(*parsed)};
}

/// "ubuntu:24.04" with these GPUs.
inline Target target(const std::string& distribution, const std::vector<std::string>& ids) {
  Target made;
  const auto parts = cut(distribution, ":");
  made.os.id = parts ? std::string(parts->first) : distribution;
  made.os.version_id = parts ? std::string(parts->second) : "";
  facts::classify_os(made.os, catalog());
  for (const std::string& id : ids) made.gpus.push_back(gpu(id));
  return made;
}

/// "--branch 580 --flavor open --cuda 12.4": the options of a wish.
inline Wish wish(std::string_view options) {
  Wish made;
  const auto words = split_words(options);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string value(words[i + 1]);
    if (words[i] == "--for") made.purpose = *parse_purpose(value);
    if (words[i] == "--flavor")
      made.flavor = value == "open" ? catalog::Flavor::kOpen : catalog::Flavor::kProprietary;
    if (words[i] == "--branch") made.branch = value;
    if (words[i] == "--version") made.version = parse_version(value);
    if (words[i] == "--cuda") made.cuda = parse_version(value);
    if (words[i] == "--at") made.date = value;
  }
  return made;
}

inline Plan plan(const Target& machine, std::string_view options = "") {
  return make_plan(machine, wish(options), catalog());
}

/// The commands of a plan, one a line, with those of one kind alone when it is given.
inline std::string commands(const Plan& made, std::optional<StepKind> kind = std::nullopt) {
  std::vector<std::string> lines;
  for (const Step& step : made.steps)
    if (!kind || step.kind == *kind) lines.insert(lines.end(), step.commands.begin(), step.commands.end());
  return join(lines, "\n");
}

inline std::string refusal(const Plan& made) {
  return made.refusals.empty() ? "" : made.refusals.front().id;
}

}  // namespace nvstack::plan::testing
