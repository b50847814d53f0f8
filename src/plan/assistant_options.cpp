#include "base/text.hpp"
#include "plan/assistant.hpp"

namespace nvstack::plan {

namespace {

struct OptionRow {
  std::string_view name;
  bool AssistantOptions::*flag;
  std::optional<std::string> AssistantOptions::*value;
  std::string_view metavar;
  std::string_view help;
};

constexpr OptionRow kOptions[] = {
    {"--help", &AssistantOptions::help, nullptr, "", "show this help message and exit"},
    {"--install", &AssistantOptions::install, nullptr, "", "Install the recommended driver"},
    {"--branch", nullptr, &AssistantOptions::branch, "BRANCH", "Specify a NVIDIA Driver branch"},
    {"--list-supported-distros", &AssistantOptions::list_supported_distros, nullptr, "",
     "Print out the list of the supported Linux distributions"},
    {"--supported-gpus", nullptr, &AssistantOptions::supported_gpus, "SUPPORTED_GPUS",
     "Use a different supported-gpus.json file"},
    {"--sys-path", nullptr, &AssistantOptions::sys_path, "SYS_PATH",
     "Use a different /sys path. Useful for testing"},
    {"--os-release-path", nullptr, &AssistantOptions::os_release_path, "OS_RELEASE_PATH",
     "Use a different path for the os-release file. Useful for testing"},
    {"--distro", nullptr, &AssistantOptions::distro, "DISTRO",
     "Specify a Linux distro using the \"DISTRO:VERSION\" or \"DISTRO\" pattern. Useful for testing"},
    {"--module-flavor", nullptr, &AssistantOptions::module_flavor, "MODULE_FLAVOR",
     "Specify a kernel module flavor; \"open\" and \"closed\" are accepted values. Useful for testing"},
    {"--verbose", &AssistantOptions::verbose, nullptr, "", "[OPTIONAL] Verbose output"},
    {"--json", &AssistantOptions::json, nullptr, "", "Print one JSON object instead of text"},
};

std::string bracketed(const OptionRow& row) {
  const std::string name = row.name == "--help" ? "-h" : std::string(row.name);
  if (!row.value) return "[" + name + "]";
  return "[" + name + " [" + std::string(row.metavar) + "]]";
}

/// A whole name, or a beginning that fits one option alone.
Result<const OptionRow*> find_option(std::string_view name) {
  std::vector<const OptionRow*> found;
  for (const OptionRow& row : kOptions) {
    if (row.name == name || (name == "-h" && row.name == "--help")) return &row;
    if (name.size() > 2 && row.name.starts_with(name)) found.push_back(&row);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return fail(ErrorCode::kUsage, "unrecognized arguments: " + printable(name));
  std::vector<std::string> names;
  for (const OptionRow* row : found) names.emplace_back(row->name);
  return fail(ErrorCode::kUsage,
              "ambiguous option: " + printable(name) + " could match " + join(names, ", "));
}

}  // namespace

Result<AssistantOptions> parse_assistant_options(const std::vector<std::string>& arguments) {
  AssistantOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("-"))
      return fail(ErrorCode::kUsage, "unrecognized arguments: " + printable(argument));
    const auto parts = cut(argument, "=");
    const OptionRow* row = TRY(find_option(parts ? parts->first : std::string_view(argument)));
    if (row->flag && parts)
      return fail(ErrorCode::kUsage, "argument " + std::string(row->name) + ": ignored explicit argument '" +
                                         printable(parts->second) + "'");
    if (row->flag) {
      options.*row->flag = true;
      continue;
    }
    if (parts) {
      options.*row->value = std::string(parts->second);
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("-")) {
      options.*row->value = arguments[++i];
    } else {
      (options.*row->value).reset();
    }
    // An empty value is no value to the original either.
    if (options.*row->value && (options.*row->value)->empty()) (options.*row->value).reset();
  }
  return options;
}

std::string assistant_usage() {
  std::string text = "usage: nvidia-driver-assistant";
  for (const OptionRow& row : kOptions) text += " " + bracketed(row);
  return wrap(text, 80, 31) + "\n";
}

std::string assistant_help() {
  std::string text = assistant_usage() + "\noptions:\n";
  for (const OptionRow& row : kOptions) {
    std::string name = row.name == "--help" ? "-h, --help" : std::string(row.name);
    if (row.value) name += " [" + std::string(row.metavar) + "]";
    text += "  " + name + "\n                        " + std::string(row.help) + "\n";
  }
  return text;
}

}  // namespace nvstack::plan
