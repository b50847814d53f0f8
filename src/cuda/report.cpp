#include "cuda/report.hpp"

#include <limits>

#include "base/text.hpp"

namespace nvstack::cuda {

namespace {

constexpr std::size_t kGpusMax = 1024;

Json call_json(const std::optional<Call>& call) {
  if (!call) return {};
  return Json::object().set("function", call->function).set("code", call->code).set("name", call->name);
}

/// A child may write anything before it dies.
int int_of(const Json& json) {
  const std::int64_t* value = json.integer();
  const bool fits =
      value && *value >= std::numeric_limits<int>::min() && *value <= std::numeric_limits<int>::max();
  return fits ? static_cast<int>(*value) : 0;
}

std::optional<Call> parse_call(const Json& json) {
  if (!json.members()) return std::nullopt;
  return Call{printable(json.text("function"), 80), int_of(json["code"]), printable(json.text("name"), 80)};
}

Gpu parse_gpu(const Json& json) {
  Gpu gpu;
  gpu.ordinal = int_of(json["ordinal"]);
  gpu.name = printable(json.text("name"), 200), gpu.uuid = printable(json.text("uuid"), 60);
  gpu.bus_id = printable(json.text("bus_id"), 40);
  gpu.major = int_of(json["major"]), gpu.minor = int_of(json["minor"]);
  gpu.multiprocessors = int_of(json["multiprocessors"]), gpu.compute_mode = int_of(json["compute_mode"]);
  gpu.integrated = json["integrated"].boolean() && *json["integrated"].boolean();
  if (const std::int64_t* bytes = json["memory_bytes"].integer(); bytes && *bytes > 0)
    gpu.memory_bytes = static_cast<std::uint64_t>(*bytes);
  gpu.failed = parse_call(json["failed"]);
  gpu.log = printable(json.text("log"), 2000), gpu.mismatch = printable(json.text("mismatch"), 200);
  return gpu;
}

}  // namespace

Json report_json(const Report& report) {
  Json gpus = Json::array();
  for (const Gpu& gpu : report.gpus) {
    Json json = Json::object();
    json.set("ordinal", gpu.ordinal).set("name", gpu.name).set("uuid", gpu.uuid).set("bus_id", gpu.bus_id);
    json.set("major", gpu.major).set("minor", gpu.minor).set("multiprocessors", gpu.multiprocessors);
    json.set("compute_mode", gpu.compute_mode).set("integrated", gpu.integrated);
    json.set("memory_bytes", gpu.memory_bytes).set("failed", call_json(gpu.failed));
    json.set("log", gpu.log).set("mismatch", gpu.mismatch);
    gpus.add(std::move(json));
  }
  Json json = Json::object();
  json.set("library", report.library).set("load_error", report.load_error);
  json.set("version", report.version ? Json(*report.version) : Json());
  return json.set("failed", call_json(report.failed)).set("gpus", std::move(gpus));
}

Result<Report> parse_report(std::string_view text) {
  const Json json = TRY(parse_json(text));
  if (!json.members()) return fail(ErrorCode::kMalformed, "the driver's child process wrote no report");
  Report report;
  report.library = printable(json.text("library"), 4096),
  report.load_error = printable(json.text("load_error"), 400);
  if (json["version"].integer()) report.version = int_of(json["version"]);
  report.failed = parse_call(json["failed"]);
  if (const auto* gpus = json["gpus"].items())
    for (const Json& gpu : *gpus)
      if (report.gpus.size() < kGpusMax) report.gpus.push_back(parse_gpu(gpu));
  return report;
}

}  // namespace nvstack::cuda
