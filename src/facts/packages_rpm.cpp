// What is installed by rpm, and the module streams that dnf keeps beside it.
#include "base/text.hpp"
#include "facts/ini.hpp"
#include "facts/packages.hpp"

namespace nvstack::facts {

namespace {

constexpr std::chrono::seconds kDeadline{20};
constexpr std::size_t kListBytesMax = 16u << 20;
constexpr std::size_t kFields = 5;

/// rpm writes "(none)" for a tag that a package does not have.
std::string_view without_none(std::string_view value) {
  return value == "(none)" ? std::string_view() : value;
}

}  // namespace

std::vector<std::string> rpm_list_command() {
  return {"rpm", "-qa", "--qf", "%{NAME}\\t%{EPOCH}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\n"};
}

Result<std::vector<Package>> parse_rpm_list(std::string_view text) {
  std::vector<Package> found;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty()) continue;
    const auto fields = split(line, '\t');
    if (fields.size() != kFields || fields[0].empty() || line.find('\0') != std::string_view::npos)
      return fail(ErrorCode::kMalformed, "line " + std::to_string(number) + " of rpm's list: \"" +
                                             printable(line, 80) + "\" has not the 5 fields asked for");
    if (!belongs_to_stack(fields[0])) continue;
    Package package;
    package.name = fields[0];
    const std::string_view epoch = without_none(fields[1]);
    if (!epoch.empty()) package.version = std::string(epoch) + ":";
    package.version += fields[2];
    package.arch = without_none(fields[3]);
    package.origin = without_none(fields[4]);
    found.push_back(std::move(package));
  }
  return found;
}

std::vector<ModuleStream> parse_module_streams(std::string_view text) {
  std::vector<ModuleStream> streams;
  for (const Section& section : parse_sections(text)) {
    if (section.name.empty()) continue;
    std::string_view name = section.last("name");
    if (name.empty()) name = section.name;
    streams.push_back(
        {std::string(name), std::string(section.last("stream")), std::string(section.last("state"))});
  }
  return streams;
}

Result<std::vector<Package>> read_rpm_packages(const host::Host& host) {
  const auto output =
      TRY_AS("listing the installed packages", host.query({rpm_list_command(), {kDeadline, kListBytesMax}}));
  if (output.exit_code != 0)
    return fail(ErrorCode::kIo, "rpm -qa ended with code " + std::to_string(output.exit_code) + ": " +
                                    printable(trim(output.err), 200));
  return parse_rpm_list(output.out);
}

}  // namespace nvstack::facts
