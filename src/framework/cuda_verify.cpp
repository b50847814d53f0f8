#include "framework/cuda_verify.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

constexpr std::array<std::string_view, 7> kNames = {"files",  "library", "init",     "devices",
                                                    "memory", "kernel",  "framework"};

std::string version_text(int driver_cuda) {
  return std::to_string(driver_cuda / 1000) + "." + std::to_string(driver_cuda % 1000 / 10);
}

void put_call(VerifyLevel& level, const cuda::Call& call, const catalog::Catalog& catalog) {
  const CudaErrorRow row = find_cuda_error(call.code, catalog);
  level.outcome = Outcome::kFailed, level.code = call.code;
  level.error = row.known           ? row.name
                : call.name.empty() ? "CUresult " + std::to_string(call.code)
                                    : call.name;
  level.text = {
      N_("{function} answered {code} ({error}): {meaning}"),
      {{"function", call.function},
       {"code", std::to_string(call.code)},
       {"error", level.error},
       {"meaning", row.known ? translate(row.meaning) : translate(N_("a code that is not known here"))}}};
  level.cure = row.cure;
}

/// What the driver said of its GPUs, in a line.
Message good_text(int level, const cuda::Report& report) {
  const std::string count = std::to_string(report.gpus.size());
  switch (level) {
    case 1:
      return {
          N_("{library} loads, CUDA {version}"),
          {{"library", report.library}, {"version", report.version ? version_text(*report.version) : "?"}}};
    case 2: return N_("cuInit works");
    case 3: return {N_("{count} GPUs"), {{"count", count}}};
    case 4: return {N_("memory of {count} GPUs was written and read back"), {{"count", count}}};
    default: return {N_("a kernel ran on {count} GPUs with the right result"), {{"count", count}}};
  }
}

void judge_gpus(VerifyLevel& level, const cuda::Report& report, const catalog::Catalog& catalog) {
  if (report.gpus.empty()) return put_call(level, {"cuDeviceGetCount", 100, ""}, catalog);
  for (const cuda::Gpu& gpu : report.gpus) {
    if (gpu.failed) {
      put_call(level, *gpu.failed, catalog);
      if (!gpu.log.empty()) level.text.text += "\n{log}", level.text.values.emplace_back("log", gpu.log);
    } else if (!gpu.mismatch.empty()) {
      level.outcome = Outcome::kFailed;
      level.text = {N_("GPU {gpu} computes wrongly: {mismatch}"),
                    {{"gpu", std::to_string(gpu.ordinal)}, {"mismatch", gpu.mismatch}}};
      level.cure = N_(
          "look for Xids with nvstack doctor; have the card replaced when it comes back after a cold start");
    } else {
      continue;
    }
    level.gpu = gpu.ordinal;
    return;
  }
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kFailed: return "failed";
    case Outcome::kSkipped: return "skipped";
  }
  return "";
}

std::string_view verify_level_name(int level) {
  return level >= 0 && level < static_cast<int>(kNames.size()) ? kNames[static_cast<std::size_t>(level)] : "";
}

bool VerifyReport::ok() const {
  return std::none_of(levels.begin(), levels.end(),
                      [](const VerifyLevel& level) { return level.outcome == Outcome::kFailed; });
}

CudaErrorRow find_cuda_error(int code, const catalog::Catalog& catalog) {
  const auto table = catalog.table("cuda_errors.tsv");
  for (std::size_t i = 0; table && i < (*table)->size(); ++i) {
    const catalog::Row row = (*table)->row(i);
    if (row["code"] == std::to_string(code))
      return {std::string(row["name"]), std::string(row["meaning"]), std::string(row["cure"]), true};
  }
  return {};
}

std::optional<Message> library_warning(const std::string& path) {
  if (contains(path, "/stubs/"))
    return Message(N_("{path} is the toolkit's stub, which only serves linking"), {{"path", path}});
  if (contains(path, "/compat/"))
    return Message(N_("{path} is of a compat package: it serves data-center GPUs with an older driver alone"),
                   {{"path", path}});
  return std::nullopt;
}

VerifyLevel judge_level(int level, const Result<cuda::Report>& reading, const catalog::Catalog& catalog) {
  VerifyLevel out;
  out.level = level, out.outcome = Outcome::kOk;
  if (!reading) {
    out.outcome = Outcome::kFailed;
    out.text = Message("{why}", {{"why", reading.error().text()}});
    out.cure = reading.error().code == ErrorCode::kTimedOut
                   ? Message(N_("the driver hangs: look for Xids with nvstack doctor, then restart"))
                   : Message(N_("nvstack doctor looks for the cause"));
    return out;
  }
  const cuda::Report& report = *reading;
  if (!report.load_error.empty()) {
    out.outcome = Outcome::kFailed;
    out.text = {N_("libcuda.so.1 cannot be loaded: {why}"), {{"why", report.load_error}}};
    out.cure =
        N_("install the driver's compute libraries (libcuda1, libnvidia-compute, nvidia-driver-cuda); in a "
           "container, start it with --gpus all");
    return out;
  }
  if (report.failed) {
    put_call(out, *report.failed, catalog);
  } else if (level >= 3) {
    judge_gpus(out, report, catalog);
  }
  if (out.outcome == Outcome::kOk) out.text = good_text(level, report);
  if (const auto warning = library_warning(report.library); warning && level == 1) {
    out.text.text += ". " + render(*warning);
    if (out.outcome == Outcome::kOk && contains(report.library, "/stubs/"))
      out.outcome = Outcome::kFailed, out.cure = find_cuda_error(34, catalog).cure;
  }
  return out;
}

void judge_missing(VerifyLevel& level, const cuda::Report& report, const std::vector<std::string>& expected) {
  std::vector<std::string> missing;
  for (const std::string& address : expected) {
    bool seen = false;
    for (const cuda::Gpu& gpu : report.gpus) {
      if (contains(gpu.name, " MIG "))
        return;  // a process sees one MIG device, and its GPU's siblings not at all
      seen = seen || to_lower(gpu.bus_id) == to_lower(address);
    }
    if (!seen) missing.push_back(address);
  }
  if (missing.empty() || level.outcome != Outcome::kOk) return;
  level.outcome = Outcome::kFailed;
  level.text = {N_("{count} GPUs, but the kernel module has more: {missing} is not among them"),
                {{"count", std::to_string(report.gpus.size())}, {"missing", join(missing, ", ")}}};
  level.cure =
      N_("the GPU is lost, could not be initialised, or is in MIG mode without an instance: nvstack doctor "
         "says which");
}

namespace {

Json level_json(const VerifyLevel& level) {
  Json json = Json::object();
  json.set("level", level.level).set("name", std::string(verify_level_name(level.level)));
  json.set("outcome", std::string(outcome_name(level.outcome)));
  json.set("code", level.code ? Json(*level.code) : Json())
      .set("error", level.error.empty() ? Json() : Json(level.error));
  json.set("gpu", level.gpu ? Json(*level.gpu) : Json());
  return json.set("text", render(level.text)).set("cure", render(level.cure));
}

}  // namespace

Json verify_json(const VerifyReport& report) {
  Json levels = Json::array(), gpus = Json::array();
  for (const VerifyLevel& level : report.levels) levels.add(level_json(level));
  for (const cuda::Gpu& gpu : report.gpus)
    gpus.add(Json::object()
                 .set("index", gpu.ordinal)
                 .set("name", gpu.name)
                 .set("uuid", gpu.uuid)
                 .set("bus_id", gpu.bus_id)
                 .set("compute_capability", std::to_string(gpu.major) + "." + std::to_string(gpu.minor))
                 .set("memory_bytes", gpu.memory_bytes)
                 .set("multiprocessors", gpu.multiprocessors)
                 .set("integrated", gpu.integrated)
                 .set("compute_mode", gpu.compute_mode)
                 .set("ok", !gpu.failed && gpu.mismatch.empty()));
  Json json = Json::object();
  json.set("ok", report.ok()).set("library", report.library);
  json.set("driver_cuda", report.driver_cuda ? Json(version_text(*report.driver_cuda)) : Json());
  return json.set("levels", std::move(levels)).set("gpus", std::move(gpus));
}

std::string render_verify(const VerifyReport& report, std::size_t columns) {
  std::string out;
  const std::size_t width = columns > 40 ? columns - 22 : 20;
  const std::string margin(22, ' ');
  for (const VerifyLevel& level : report.levels) {
    std::string head = std::to_string(level.level) + " " + std::string(verify_level_name(level.level));
    head.resize(13, ' ');
    head += outcome_name(level.outcome);
    head.resize(22, ' ');
    out += head + replace_all(wrap(render(level.text), width, 0), "\n", "\n" + margin) + "\n";
    if (level.outcome == Outcome::kFailed && !level.cure.empty())
      out += margin +
             replace_all(wrap(render({N_("cure: {cure}"), {{"cure", render(level.cure)}}}), width, 0), "\n",
                         "\n" + margin) +
             "\n";
  }
  for (const cuda::Gpu& gpu : report.gpus)
    out += "GPU " + std::to_string(gpu.ordinal) + "  " + gpu.name + "  " + gpu.bus_id + "  " +
           std::to_string(gpu.major) + "." + std::to_string(gpu.minor) + "  " +
           std::to_string(gpu.memory_bytes >> 20) + " MiB  " +
           (gpu.failed             ? gpu.failed->function + " " + std::to_string(gpu.failed->code)
            : gpu.mismatch.empty() ? "ok"
                                   : gpu.mismatch) +
           "\n";
  return out;
}

}  // namespace nvstack::framework
