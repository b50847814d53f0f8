#include "facts/kernel_log.hpp"

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kLogBytesMax = 8u << 20;
constexpr const char* kFiles[] = {"/var/log/kern.log", "/var/log/messages", "/var/log/dmesg"};

struct Source {
  std::vector<std::string> argv;
  const char* where;
};

/// The answer of a program that prints the log; denials are counted, every other failure is just no answer.
std::optional<std::string> ask(const host::Host& host, const Source& source, bool& denied) {
  ProcessLimits limits;
  limits.deadline = std::chrono::seconds(10);
  limits.output_bytes_max = 4 * kLogBytesMax;
  auto answer = host.query({source.argv, limits});
  if (!answer) {
    denied = denied || answer.error().code == ErrorCode::kDenied;
    return std::nullopt;
  }
  for (const char* refusal : {"not permitted", "ermission"})
    if (contains(answer->err, refusal)) denied = true;
  // journalctl says so of a journal that holds nothing, or nothing this user may see.
  const bool none = trim(answer->out).empty() || trim(answer->out).ends_with("-- No entries --");
  if (answer->exit_code != 0 || none) {
    denied = denied || contains(answer->err, "not seeing messages");
    return std::nullopt;
  }
  return std::move(answer->out);
}

}  // namespace

LogText keep_log_end(std::string where, std::string text) {
  LogText log{std::move(where), std::move(text), false};
  if (log.text.size() <= kLogBytesMax) return log;
  log.cut = true;
  log.text.erase(0, log.text.size() - kLogBytesMax);
  // The first line is only a part, unless the whole is one line.
  if (const std::size_t end = log.text.find('\n'); end != std::string::npos) log.text.erase(0, end + 1);
  return log;
}

std::string_view last_boot(std::string_view text) {
  // "[    0.000000] Linux version 6.1.0", with or without "Jan  1 00:00:00 host kernel: " before it
  constexpr std::string_view kMark = "Linux version ";
  constexpr std::size_t kPrefixMax = 200;
  constexpr int kTriesMax = 1000;
  std::size_t at = text.rfind(kMark);
  for (int i = 0; i < kTriesMax && at != std::string_view::npos; ++i) {
    const std::size_t window = at > kPrefixMax ? at - kPrefixMax : 0;
    const std::size_t newline = text.substr(window, at - window).rfind('\n');
    const bool starts = newline != std::string_view::npos || window == 0;
    const std::size_t start = newline == std::string_view::npos ? window : window + newline + 1;
    const std::string_view before = trim(text.substr(start, at - start));
    if (starts && (before.empty() || before.ends_with(']') || before.ends_with("kernel:")))
      return text.substr(start);
    if (at == 0) break;
    at = text.rfind(kMark, at - 1);
  }
  return text;
}

Result<LogText> read_kernel_log(const host::Host& host) {
  const Source sources[] = {
      {{"journalctl", "-k", "-b", "--no-pager", "-o", "short-monotonic", "-n", "50000"}, "journalctl -k -b"},
      {{"dmesg"}, "dmesg"},
  };
  bool denied = false;
  for (const Source& source : sources)
    if (auto text = ask(host, source, denied)) return keep_log_end(source.where, std::move(*text));
  for (const char* path : kFiles) {
    // One byte more than is kept tells whether something was cut.
    auto text = host.read(path, {kLogBytesMax + 1, host::ReadLimits::Excess::kKeepEnd});
    if (!text) {
      denied = denied || text.error().code == ErrorCode::kDenied;
      continue;
    }
    if (trim(*text).empty()) continue;
    LogText log = keep_log_end(path, std::move(*text));
    const std::string_view boot = last_boot(log.text);
    if (boot.size() == log.text.size()) return log;
    log.cut = false;  // the whole of this boot is here
    log.text = std::string(boot);
    return log;
  }
  if (denied)
    return fail(ErrorCode::kDenied, "the kernel log may not be read by this user",
                "run as root, or join the group adm or systemd-journal");
  return fail(ErrorCode::kNotFound, "there is no kernel log: no journal, no dmesg, no file in /var/log");
}

}  // namespace nvstack::facts
