#include "history/differences.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "history/difference_rows.hpp"

namespace nvstack::history {

namespace {

/// The number that "12 MiB" or "16x" begins with.
std::optional<double> number_of(std::string_view text) {
  return parse_double(text.substr(0, text.find_first_not_of("-0123456789.")));
}

bool is_on(std::string_view text) {
  return text == "Yes" || text == "Active" || text == "Enabled" || text == "True";
}
/// Words for a question that failed, not for a value that the board lacks.
bool is_failure(std::string_view text) {
  return text == "Unknown Error" || text == "GPU is lost" || text == "GPU requires reset" || text == "ERR!" ||
         text == "Timeout";
}
bool is_absent(std::string_view text) {
  return text.empty() || text == "N/A" || text == "Not Supported";
}

/// How bad this change is; nothing when it does not matter.
std::optional<Severity> judge(const DifferenceRow& row, const std::string& before, const std::string& after) {
  if (before == after || is_absent(before) || is_absent(after)) return std::nullopt;
  if (is_failure(after)) return is_failure(before) ? std::nullopt : std::optional(Severity::kBroken);
  if (is_failure(before)) return std::nullopt;
  const auto was = number_of(before), is = number_of(after);
  switch (row.trend) {
    case Trend::kChanges: return row.severity;
    case Trend::kGrows: return was && is && *is > *was ? std::optional(row.severity) : std::nullopt;
    case Trend::kFalls: return !was || !is || *is < *was ? row.severity : Severity::kNote;
    case Trend::kDrops: return was && is && *is < *was ? std::optional(row.severity) : std::nullopt;
    case Trend::kTurnsOn: return !is_on(before) && is_on(after) ? std::optional(row.severity) : std::nullopt;
    case Trend::kLeaves: {
      const bool was_good = is_on(before) || before == "Completed" || before == "None";
      return was_good ? row.severity : Severity::kNote;
    }
  }
  return std::nullopt;
}

std::string name_of(const DifferenceRow& row, const std::string& path) {
  const std::string name = row.name;
  const std::string rest = replace_all(path.substr(path.rfind('/') + 1), "_", " ");
  if (name.empty()) return rest;
  if (name == "NVLink") return "NVLink " + rest.substr(rest.rfind(' ') + 1);
  return name.ends_with(", ") ? name + rest : name;
}

Message sentence(const std::string& name, const std::string& before, const std::string& after) {
  const auto was = number_of(before), is = number_of(after);
  const std::vector<std::pair<std::string, std::string>> values = {
      {"name", name}, {"before", before}, {"after", after}};
  if (was && is && *is > *was) return {N_("{name}: up from {before} to {after}"), values};
  if (was && is && *is < *was) return {N_("{name}: down from {before} to {after}"), values};
  return {N_("{name}: {before} became {after}"), values};
}

std::string text_at(const SeenGpu& gpu, const std::string& path) {
  const auto at = gpu.texts.find(path);
  return at == gpu.texts.end() ? "" : at->second;
}

std::string address_of(const SeenGpu& gpu) {
  std::string id = to_lower(gpu.id);
  return id.size() == 12 ? "0000" + id : id;
}

/// By UUID, by address, else by number.
const SeenGpu* find_gpu(const Seen& seen, const SeenGpu& gpu) {
  const std::string uuid = text_at(gpu, "uuid");
  for (const SeenGpu& other : seen.gpus)
    if (!uuid.empty() && text_at(other, "uuid") == uuid) return &other;
  for (const SeenGpu& other : seen.gpus)
    if (address_of(other) == address_of(gpu)) return &other;
  for (const SeenGpu& other : seen.gpus)  // lost from the start, it has neither
    if (gpu.index && other.index == gpu.index && (gpu.texts.empty() || other.texts.empty())) return &other;
  return nullptr;
}

class Comparison {
 public:
  std::vector<Difference> found;

  void compare(const Seen& before, const Seen& after) {
    version("driver_version", "driver version", before.driver_version, after.driver_version);
    version("cuda_version", "CUDA version", before.cuda_version, after.cuda_version);
    for (const SeenGpu& gpu : before.gpus)
      if (!find_gpu(after, gpu)) whole_gpu(Severity::kBroken, gpu, {N_("the GPU is missing"), {}});
    for (const SeenGpu& gpu : after.gpus) {
      const SeenGpu* earlier = find_gpu(before, gpu);
      if (!earlier)
        whole_gpu(Severity::kNote, gpu, {N_("the GPU is new"), {}});
      else
        compare_gpu(*earlier, gpu);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Difference& a, const Difference& b) { return a.severity < b.severity; });
  }

 private:
  void version(const char* path, const char* name, const std::string& before, const std::string& after) {
    if (before == after || is_absent(before) || is_absent(after)) return;
    found.push_back(
        {Severity::kNote,
         "",
         "",
         path,
         before,
         after,
         {N_("{name}: {before} became {after}"), {{"name", name}, {"before", before}, {"after", after}}}});
  }
  void whole_gpu(Severity severity, const SeenGpu& gpu, Message text) {
    found.push_back({severity, gpu.id, text_at(gpu, "uuid"), "gpu", "", "", std::move(text)});
  }
  void compare_gpu(const SeenGpu& before, const SeenGpu& after) {
    if (after.lost && !before.lost) whole_gpu(Severity::kBroken, before, {N_("the driver lost the GPU"), {}});
    if (after.lost) return;
    if (after.silent && !before.silent)
      whole_gpu(Severity::kBroken, before, {N_("the driver gives no answer about the GPU"), {}});
    if (address_of(before) != address_of(after))
      whole_gpu(Severity::kNote, after, {N_("the GPU moved here from {before}"), {{"before", before.id}}});
    for (const auto& [path, was] : before.texts) {
      const DifferenceRow* row = find_row(path);
      const std::string is = row ? text_at(after, path) : "";
      const auto severity = row ? judge(*row, was, is) : std::nullopt;
      if (severity)
        found.push_back({*severity, after.id, text_at(after, "uuid"), path, was, is,
                         sentence(name_of(*row, path), was, is)});
    }
  }
};

}  // namespace

const char* severity_word(Severity severity) {
  switch (severity) {
    case Severity::kBroken: return "broken";
    case Severity::kWarning: return "warning";
    case Severity::kNote: return "note";
  }
  return "note";
}

std::vector<Difference> find_differences(const Seen& before, const Seen& after) {
  Comparison comparison;
  comparison.compare(before, after);
  return comparison.found;
}

std::string render_differences(const std::vector<Difference>& differences, std::size_t columns) {
  std::string text;
  for (const Difference& difference : differences) {
    std::string head = severity_word(difference.severity);
    head.resize(9, ' ');
    const std::string gpu = difference.gpu.empty() ? "" : "GPU " + printable(difference.gpu, 64) + ": ";
    text += head + wrap(gpu + printable(render(difference.text), 1000), columns, 9) + "\n";
  }
  return text;
}

Json json_of_differences(const std::vector<Difference>& differences) {
  Json list = Json::array();
  for (const Difference& difference : differences) {
    Json json;
    json.set("severity", severity_word(difference.severity));
    json.set("gpu", difference.gpu.empty() ? Json() : Json(difference.gpu))
        .set("uuid", difference.uuid.empty() ? Json() : Json(difference.uuid));
    json.set("path", difference.path).set("before", difference.before).set("after", difference.after);
    list.add(json.set("text", render(difference.text)));
  }
  Json json;
  return json.set("findings", std::move(list));
}

}  // namespace nvstack::history
