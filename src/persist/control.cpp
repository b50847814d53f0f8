#include "persist/control.hpp"

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr std::uint64_t kPeriodSecondsMax = 7 * 24 * 3600;
constexpr std::size_t kValueBytesMax = 400;

tl::unexpected<Error> wrong(std::string_view line) {
  return fail(ErrorCode::kUsage, "not understood: " + printable(line, 80),
              "status, release ADDRESS|all SECONDS|hold, take-back ADDRESS|all");
}

}  // namespace

Result<ControlRequest> parse_control(std::string_view line) {
  const auto words = split_words(line);
  ControlRequest request;
  if (words.size() == 1 && words[0] == "status") return request;
  if (words.size() < 2) return wrong(line);
  if (words[1] != "all") {
    request.gpu = parse_address(words[1]);
    if (!request.gpu) return wrong(line);
  }
  if (words[0] == "take-back" && words.size() == 2) {
    request.verb = ControlRequest::Verb::kTakeBack;
    return request;
  }
  if (words[0] != "release" || words.size() != 3) return wrong(line);
  request.verb = ControlRequest::Verb::kRelease;
  if (words[2] == "hold") return request;
  const auto seconds = parse_uint(words[2]);
  if (!seconds || *seconds < 1 || *seconds > kPeriodSecondsMax) return wrong(line);
  request.period = std::chrono::seconds(*seconds);
  return request;
}

std::string render_control(const ControlRequest& request) {
  const std::string gpu = request.gpu ? render_address(*request.gpu) : "all";
  switch (request.verb) {
    case ControlRequest::Verb::kStatus: break;
    case ControlRequest::Verb::kTakeBack: return "take-back " + gpu + "\n";
    case ControlRequest::Verb::kRelease:
      return "release " + gpu + " " + (request.period ? std::to_string(request.period->count()) : "hold") +
             "\n";
  }
  return "status\n";
}

std::string ControlLine::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return "";
}

std::string render_control_line(const ControlLine& line) {
  std::string text = line.kind;
  for (const auto& [name, value] : line.fields)
    text += "\t" + name + "=" + replace_all(printable(value, kValueBytesMax), "\t", " ");
  return text + "\n";
}

ControlLine parse_control_line(std::string_view text) {
  ControlLine line;
  const auto words = split(text, '\t');
  line.kind = std::string(words[0]);
  for (std::size_t i = 1; i < words.size(); ++i)
    if (const auto parts = cut(words[i], "=")) line.fields.emplace_back(parts->first, parts->second);
  return line;
}

ControlLine describe_gpu(const Gpu& gpu, Clock::time_point now) {
  const auto milliseconds = [](auto duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  };
  ControlLine line{"gpu", {{"address", render_address(gpu.address)}, {"uuid", gpu.uuid}}};
  line.fields.emplace_back("mode", gpu.mode == NVPD_MODE_ENABLED ? "enabled" : "disabled");
  line.fields.emplace_back("wanted", gpu.wanted == NVPD_MODE_ENABLED ? "enabled" : "disabled");
  line.fields.emplace_back("numa", gpu.numa == NVPD_NUMA_ONLINE ? "online" : "offline");
  line.fields.emplace_back("uvm", gpu.uvm ? "enabled" : "disabled");
  if (gpu.held_since) line.fields.emplace_back("held_since", std::to_string(*gpu.held_since));
  if (gpu.open_took.count() > 0) line.fields.emplace_back("open_took_ms", milliseconds(gpu.open_took));
  if (gpu.busy_since) line.fields.emplace_back("busy_for_ms", milliseconds(now - *gpu.busy_since));
  if (gpu.lease)
    line.fields.emplace_back("released",
                             gpu.lease->until ? milliseconds(*gpu.lease->until - now) : std::string("hold"));
  if (gpu.retry_at) line.fields.emplace_back("retry_in_ms", milliseconds(*gpu.retry_at - now));
  if (gpu.failures > 0) line.fields.emplace_back("failures", std::to_string(gpu.failures));
  if (!gpu.last_error.empty()) line.fields.emplace_back("last_error", gpu.last_error);
  return line;
}

}  // namespace nvstack::persist
