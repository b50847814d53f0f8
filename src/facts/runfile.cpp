#include "facts/runfile.hpp"

#include "base/text.hpp"
#include "base/version.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kLog = "/var/log/nvidia-installer.log";
constexpr std::size_t kLogBytesMax = 4u << 20;
constexpr std::size_t kTailBytesMax = 64u << 10;

}  // namespace

std::string parse_installer_log(std::string_view text) {
  const auto after = cut(text, "installer version:");
  if (!after) return {};
  const std::string_view line = trim(after->second.substr(0, after->second.find('\n')));
  return parse_version(line) ? std::string(line) : std::string();
}

Result<Runfile> read_runfile(const host::Host& host) {
  Runfile answer;
  answer.uninstaller = host::exists(host, "/usr/bin/nvidia-uninstall");
  answer.backup_log = host::exists(host, "/var/lib/nvidia/log");
  for (const std::string& name : host::list_matching(host, "/usr/lib/nvidia", "alternate-install-*"))
    answer.hooks.push_back("/usr/lib/nvidia/" + name);
  const auto log = host.read(kLog, {.bytes_max = kLogBytesMax, .excess = host::ReadLimits::Excess::kKeepEnd});
  if (!log) {
    const ErrorCode code = log.error().code;
    if (code == ErrorCode::kNotFound || code == ErrorCode::kNotAvailable) return answer;
    return fail(log.error());
  }
  // The installer starts the log anew each time, so its head speaks of the last installation.
  answer.version = parse_installer_log(*log);
  answer.log_tail = log->size() > kTailBytesMax ? log->substr(log->size() - kTailBytesMax) : *log;
  return answer;
}

}  // namespace nvstack::facts
