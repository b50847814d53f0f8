// The command line of nvstack-virt-driver.
#include <cstdio>
#include <filesystem>

#include "base/text.hpp"
#include "virt/builtin.hpp"
#include "virt/launch.hpp"

namespace nvstack::virt {

namespace {

/// The driver process works in other folders than its caller.
std::string absolute_path(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  return error || path.empty() ? path : whole.string();
}

/// One option before the scenario's command. False when it is none of ours.
bool take_option(const std::string& word, LaunchOptions& options) {
  const auto pair = cut(word, "=");
  const std::string name(pair ? pair->first : word), value(pair ? pair->second : "");
  if (name == "--rootless")
    options.privilege = Privilege::kRootless;
  else if (name == "--detached")
    options.lifetime = Lifetime::kDetached;
  else if (name == "--devices" && (value == "char" || value == "fuse"))
    options.devices = value == "fuse" ? DeviceMode::kFuse : DeviceMode::kChar;
  else if (name == "--seed" && parse_uint(value))
    options.seed = parse_uint(value);
  else if (name == "--libraries")
    options.libraries = absolute_path(value);
  else if (name == "--programs")
    options.programs = absolute_path(value);
  else
    return false;
  return true;
}

Result<int> run(const std::vector<std::string>& words) {
  LaunchOptions options;
  std::string scenario;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      options.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (words[i].starts_with("-") ? !take_option(words[i], options) : !scenario.empty())
      return fail(ErrorCode::kUsage, "unexpected word " + printable(words[i], 60),
                  "nvstack virt run starts this program");
    if (!words[i].starts_with("-")) scenario = words[i];
  }
  options.scenario = TRY(load_scenario(scenario));
  if (options.seed) options.scenario.seed = *options.seed;
  return launch(options);
}

}  // namespace

std::vector<std::string> launch_words(const std::string& program, const std::string& scenario,
                                      const LaunchOptions& options) {
  std::vector<std::string> words = {program, scenario, "--libraries=" + options.libraries,
                                    "--programs=" + options.programs};
  if (options.privilege == Privilege::kRootless) words.emplace_back("--rootless");
  if (options.lifetime == Lifetime::kDetached) words.emplace_back("--detached");
  if (options.devices == DeviceMode::kFuse) words.emplace_back("--devices=fuse");
  if (options.seed) words.push_back("--seed=" + std::to_string(*options.seed));
  if (options.command.empty()) return words;
  words.emplace_back("--");
  words.insert(words.end(), options.command.begin(), options.command.end());
  return words;
}

int launch_main(int argc, char** argv) {
  const auto code = run({argv + 1, argv + argc});
  if (code) return *code;
  std::fprintf(stderr, "nvstack: error: %s\n", code.error().text().c_str());
  if (!code.error().hint.empty()) std::fprintf(stderr, "hint: %s\n", code.error().hint.c_str());
  return code.error().code == ErrorCode::kUsage ? 2 : 1;
}

}  // namespace nvstack::virt
