#include "cli/driver_assistant.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "host/live_host.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kDepthMax = 24;
constexpr std::size_t kDirectoriesMax = 200'000;
constexpr const char* kInstalledList =
    "/usr/share/nvidia-driver-assistant/supported-gpus/supported-gpus.json";
constexpr host::ReadLimits kListLimits = {16u << 20, host::ReadLimits::Excess::kRefuse};

/// Links are never followed, so the walk ends; both limits are far above any real machine.
class Walk {
 public:
  Walk(const host::Host& host, std::vector<std::string>& found) : host_(host), found_(found) {}

  void visit(const std::string& directory, std::size_t depth) {
    if (depth > kDepthMax || ++directories_ > kDirectoriesMax) return;
    const auto entries = host_.list(directory);
    if (!entries) return;
    for (const host::DirectoryEntry& entry : *entries)
      if (entry.name == "modalias" && entry.type == host::FileType::kFile) take(directory);
    for (const host::DirectoryEntry& entry : *entries)
      if (entry.type == host::FileType::kDirectory) visit(directory + "/" + entry.name, depth + 1);
  }

 private:
  void take(const std::string& directory) {
    const auto modalias = host::read_line(host_, directory + "/modalias");
    if (!modalias || modalias->empty()) return;
    // A driver without a module is built into the kernel: its device is none that a driver could be chosen
    // for.
    if (host_.readlink(directory + "/driver") && !host_.readlink(directory + "/driver/module")) return;
    found_.push_back(*modalias);
  }

  const host::Host& host_;
  std::vector<std::string>& found_;
  std::size_t directories_ = 0;
};

int run_in_shell(const std::string& command) {
  std::fflush(stdout);
  return std::system(command.c_str());
}

/// On a terminal nothing is changed before a yes.
bool may_install() {
  if (isatty(STDIN_FILENO) == 0) return true;
  std::fputs("Continue? [y/N] ", stdout);
  std::fflush(stdout);
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y';
}

void install(plan::AssistantAnswer& answer) {
  if (geteuid() != 0) {
    for (const std::string& command : answer.to_run) std::printf("  %s\n", command.c_str());
    std::fputs("Error: --install needs root\n", stderr);
    answer.exit_code = 1;
    return;
  }
  if (!may_install()) return;
  std::string out, err;
  run_commands(
      answer.to_run,
      [&](const std::string& command) {
        std::printf("  %s\n\n", command.c_str());
        return run_in_shell(command);
      },
      out, err);
  // The original exits with 0 here whatever became of the commands; the error is on standard error.
  std::fputs(err.c_str(), stderr);
}

}  // namespace

std::vector<std::string> read_modaliases(const host::Host& host, const std::string& directory) {
  std::vector<std::string> found;
  Walk(host, found).visit(directory, 0);
  return found;
}

namespace {

/// Host takes absolute paths; an option's path counts from the working directory.
std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

}  // namespace

plan::AssistantInput read_assistant_input(const host::Host& host, const plan::AssistantOptions& options) {
  plan::AssistantInput input;
  input.modaliases = read_modaliases(host, absolute(options.sys_path.value_or("/sys")) + "/devices");
  if (options.os_release_path) input.os_release_path = *options.os_release_path;
  input.os_release = host.read(absolute(input.os_release_path), {});
  input.supported_gpus_path = options.supported_gpus.value_or(kInstalledList);
  const auto list = host.read(absolute(input.supported_gpus_path), kListLimits);
  if (list) input.supported_gpus = *list;
  // A list that was asked for and cannot be read must not be replaced in silence.
  if (!list && options.supported_gpus) input.supported_gpus = "unreadable";
  return input;
}

bool run_commands(const std::vector<std::string>& commands, const std::function<int(const std::string&)>& run,
                  std::string& out, std::string& err) {
  for (const std::string& command : commands) {
    out += "  " + command + "\n\n";
    if (run(command) == 0) continue;
    err += "\nError: failed to execute the following command:\n  " + command + "\n";
    return false;
  }
  return true;
}

int driver_assistant_main(int argc, char** argv) {
  const auto options = plan::parse_assistant_options({argv + 1, argv + argc});
  if (!options) {
    std::fprintf(stderr, "%snvidia-driver-assistant: error: %s\n", plan::assistant_usage().c_str(),
                 options.error().message.c_str());
    return 2;
  }
  if (options->help) {
    std::fputs(plan::assistant_help().c_str(), stdout);
    return 0;
  }
  const auto host = host::LiveHost::open("/");
  if (!host) {
    std::fprintf(stderr, "Error: %s\n", host.error().text().c_str());
    return 1;
  }
  const catalog::Catalog catalog;
  plan::AssistantInput input;
  if (!options->list_supported_distros) input = read_assistant_input(**host, *options);
  plan::AssistantAnswer answer = plan::run_assistant(*options, input, catalog);
  std::fputs(answer.out.c_str(), stdout);
  std::fflush(stdout);
  std::fputs(answer.err.c_str(), stderr);
  if (!answer.to_run.empty() && answer.exit_code == 0) install(answer);
  return answer.exit_code;
}

}  // namespace nvstack::cli
