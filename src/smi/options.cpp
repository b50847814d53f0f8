#include "smi/options.hpp"

#include <array>

#include "base/text.hpp"
#include "smi/log.hpp"

namespace nvstack::smi {

namespace {

enum class Takes { kNothing, kValue, kMaybe };
using Apply = Status (*)(Options&, const std::string& value);

struct OptionRow {
  const char* brief;  // "" when it has none
  const char* name;
  Takes takes;
  Apply apply;
};

tl::unexpected<Error> usage(const std::string& message) {
  return fail(ErrorCode::kUsage, message, "");
}
tl::unexpected<Error> bad_combination() {
  return usage("Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.");
}

template <Task task>
Status set_task(Options& options, const std::string&) {
  const bool free = options.task == Task::kSummary || options.task == task;
  if (!free && !(task == Task::kQuery && options.task == Task::kDtd)) return bad_combination();
  options.task = task;
  return {};
}

template <Task task, ListKind kind>
Status set_list(Options& options, const std::string& value) {
  options.list = kind;
  options.fields = value;
  return set_task<task>(options, value);
}

template <SettingKind kind>
Status add_setting(Options& options, const std::string& value) {
  options.settings.push_back({kind, value});
  return set_task<Task::kSettings>(options, value);
}

template <std::string Options::*member>
Status set_text(Options& options, const std::string& value) {
  options.*member = value;
  return {};
}
template <bool Options::*member>
Status set_flag(Options& options, const std::string&) {
  options.*member = true;
  return {};
}

/// least and most are milliseconds; without a value a loop waits five seconds.
Status set_loop(Options& options, const std::string& value, int unit_ms) {
  const auto number = value.empty() ? std::optional<std::uint64_t>(5) : parse_uint(value);
  if (!number || *number == 0 || *number > 86'400'000u)
    return usage("ERROR: Option " + std::string(unit_ms == 1 ? "-lms" : "-l") + " has a bad value \"" +
                 printable(value, 40) + "\". Please run 'nvidia-smi -h' for help.");
  options.loop_ms = static_cast<int>(*number) * unit_ms;
  return {};
}
Status set_loop_seconds(Options& options, const std::string& value) {
  return set_loop(options, value, 1000);
}
Status set_loop_milliseconds(Options& options, const std::string& value) {
  return set_loop(options, value, 1);
}

Status set_sections(Options& options, const std::string& value) {
  const auto sections = parse_sections(value);
  if (!sections)
    return usage("Invalid display type \"" + printable(value, 100) +
                 "\". Please run 'nvidia-smi -h' for help.");
  options.sections |= *sections;
  return {};
}

Status set_compat(Options& options, const std::string& value) {
  options.compat = TRY(parse_compat(value));
  return {};
}

Status set_dtd(Options& options, const std::string&) {
  options.inner_dtd = true;
  if (options.task == Task::kSummary) options.task = Task::kDtd;
  return {};
}
Status set_fields(Options& options, const std::string& value) {
  options.fields = value;
  return set_task<Task::kFieldQuery>(options, value);
}
Status ignore(Options&, const std::string&) {
  return {};
}

constexpr auto kValue = Takes::kValue;
constexpr auto kNothing = Takes::kNothing;

constexpr OptionRow kReadRows[] = {
    {"-h", "--help", kNothing, set_task<Task::kHelp>},
    {"", "--version", kNothing, set_task<Task::kVersion>},
    {"-L", "--list-gpus", kNothing, set_task<Task::kListGpus>},
    {"-B", "--list-excluded-gpus", kNothing, set_task<Task::kListExcluded>},
    {"", "--list-blacklist-gpus", kNothing, set_task<Task::kListExcluded>},
    {"-col", "--columns", kNothing, ignore},
    {"-q", "--query", kNothing, set_task<Task::kQuery>},
    {"-a", "--all", kNothing, set_task<Task::kQuery>},
    {"-u", "--unit", kNothing, set_flag<&Options::units>},
    {"-i", "--id", kValue, set_text<&Options::ids>},
    {"-g", "--gpu", kValue, set_text<&Options::ids>},
    {"-f", "--filename", kValue, set_text<&Options::file>},
    {"-x", "--xml-format", kNothing, set_flag<&Options::xml>},
    {"", "--dtd", kNothing, set_dtd},
    {"-d", "--display", kValue, set_sections},
    {"-l", "--loop", Takes::kMaybe, set_loop_seconds},
    {"-lms", "--loop-ms", Takes::kMaybe, set_loop_milliseconds},
    {"", "--show-all-processes", kNothing, ignore},
    {"", "--query-gpu", kValue, set_fields},
    {"", "--query-compute-apps", kValue, set_list<Task::kListQuery, ListKind::kComputeApps>},
    {"", "--query-accounted-apps", kValue, set_list<Task::kListQuery, ListKind::kAccountedApps>},
    {"", "--query-retired-pages", kValue, set_list<Task::kListQuery, ListKind::kRetiredPages>},
    {"", "--query-remapped-rows", kValue, set_list<Task::kListQuery, ListKind::kRemappedRows>},
    {"", "--query-supported-clocks", kValue, set_list<Task::kListQuery, ListKind::kSupportedClocks>},
    {"", "--format", kValue, set_text<&Options::format>},
    {"", "--help-query-gpu", kNothing, set_task<Task::kFieldHelp>},
    {"", "--help-query-compute-apps", kNothing, set_list<Task::kListHelp, ListKind::kComputeApps>},
    {"", "--help-query-accounted-apps", kNothing, set_list<Task::kListHelp, ListKind::kAccountedApps>},
    {"", "--help-query-retired-pages", kNothing, set_list<Task::kListHelp, ListKind::kRetiredPages>},
    {"", "--help-query-remapped-rows", kNothing, set_list<Task::kListHelp, ListKind::kRemappedRows>},
    {"", "--help-query-supported-clocks", kNothing, set_list<Task::kListHelp, ListKind::kSupportedClocks>},
    {"", "--debug", kValue, ignore},
    {"", "--json", kNothing, set_flag<&Options::json>},
    {"", "--diagnose", kNothing, set_flag<&Options::diagnose>},
    {"", "--explain", kNothing, set_flag<&Options::explain>},
    {"", "--compat", kValue, set_compat},
    {"-eow", "--error-on-warning", kNothing, set_flag<&Options::error_on_warning>},
};

constexpr OptionRow kSettingRows[] = {
    {"-pm", "--persistence-mode", kValue, add_setting<SettingKind::kPersistence>},
    {"-e", "--ecc-config", kValue, add_setting<SettingKind::kEcc>},
    {"-p", "--reset-ecc-errors", kValue, add_setting<SettingKind::kResetEcc>},
    {"-c", "--compute-mode", kValue, add_setting<SettingKind::kComputeMode>},
    {"", "--gom", kValue, add_setting<SettingKind::kOperationMode>},
    {"-r", "--gpu-reset", Takes::kMaybe, add_setting<SettingKind::kReset>},
    {"-vm", "--virt-mode", kValue, add_setting<SettingKind::kVirtualizationMode>},
    {"-lgc", "--lock-gpu-clocks", kValue, add_setting<SettingKind::kLockClocks>},
    {"-m", "--mode", kValue, set_text<&Options::mode>},
    {"-rgc", "--reset-gpu-clocks", kNothing, add_setting<SettingKind::kResetClocks>},
    {"-lmci", "--lock-memory-clocks-info", kNothing, add_setting<SettingKind::kLockMemoryClocksQuery>},
    {"-lmc", "--lock-memory-clocks", kValue, add_setting<SettingKind::kLockMemoryClocks>},
    {"-rmc", "--reset-memory-clocks", kNothing, add_setting<SettingKind::kResetMemoryClocks>},
    {"-lmcd", "--lock-memory-clocks-deferred", kValue, add_setting<SettingKind::kLockMemoryClocksDeferred>},
    {"-rmcd", "--reset-memory-clocks-deferred", kNothing,
     add_setting<SettingKind::kResetMemoryClocksDeferred>},
    {"-ac", "--applications-clocks", kValue, add_setting<SettingKind::kApplicationClocks>},
    {"-rac", "--reset-applications-clocks", kNothing, add_setting<SettingKind::kResetApplicationClocks>},
    {"-svfd", "--set-vf-derate", kValue, add_setting<SettingKind::kSetDerate>},
    {"-gvfd", "--get-vf-derate-info", kNothing, add_setting<SettingKind::kGetDerate>},
    {"-pl", "--power-limit", kValue, add_setting<SettingKind::kPowerLimit>},
    {"-sc", "--scope", kValue, set_text<&Options::scope>},
    {"-cc", "--cuda-clocks", kValue, add_setting<SettingKind::kCudaClocks>},
    {"-am", "--accounting-mode", kValue, add_setting<SettingKind::kAccounting>},
    {"-caa", "--clear-accounted-apps", kNothing, add_setting<SettingKind::kClearAccounted>},
    {"", "--auto-boost-default", kValue, add_setting<SettingKind::kAutoBoostDefault>},
    {"", "--auto-boost-permission", kValue, add_setting<SettingKind::kAutoBoostPermission>},
    {"-mig", "--multi-instance-gpu", kValue, add_setting<SettingKind::kMig>},
    {"-gtt", "--gpu-target-temp", kValue, add_setting<SettingKind::kTargetTemperature>},
    {"-den", "--dram-encryption", kValue, add_setting<SettingKind::kDramEncryption>},
    {"", "--set-hostname", kValue, add_setting<SettingKind::kSetHostname>},
    {"", "--get-hostname", kNothing, add_setting<SettingKind::kGetHostname>},
};

const OptionRow* find_row(std::string_view name) {
  for (const OptionRow& row : kReadRows)
    if (name == row.name || (*row.brief && name == row.brief)) return &row;
  for (const OptionRow& row : kSettingRows)
    if (name == row.name || (*row.brief && name == row.brief)) return &row;
  return nullptr;
}

Status check(const Options& options) {
  if (options.task == Task::kFieldQuery || options.task == Task::kListQuery) {
    if (options.format.empty() && !options.json)
      return usage("\"--format=\" switch is missing. Please run 'nvidia-smi -h' for help.");
    if (options.xml) return bad_combination();
  } else if (!options.format.empty()) {
    return bad_combination();
  }
  if (options.xml && options.task != Task::kQuery) return bad_combination();
  const bool of_units = options.task == Task::kQuery || options.task == Task::kDtd;
  if (options.units && (!of_units || options.sections != 0 || options.json)) return bad_combination();
  if (options.explain && options.task != Task::kSummary) return bad_combination();
  if (options.sections != 0 && (options.task != Task::kQuery || options.xml)) return bad_combination();
  return {};
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto parts = cut(words[i], "=");
    const std::string_view name = parts ? parts->first : std::string_view(words[i]);
    const OptionRow* row = find_row(name);
    if (!row || (parts && row->takes == Takes::kNothing))
      return usage("ERROR: Option " + printable(words[i], 100) +
                   " is not recognized. Please run 'nvidia-smi -h' for help.");
    std::string value = parts ? std::string(parts->second) : "";
    const bool next = i + 1 < words.size() && !words[i + 1].starts_with("-");
    if (!parts && row->takes != Takes::kNothing && next) value = words[++i];
    if (row->takes == Takes::kValue && value.empty())
      return usage("ERROR: Option " + std::string(name) +
                   " is missing its value. Please run 'nvidia-smi -h' for help.");
    TRY(row->apply(options, value));
  }
  TRY(check(options));
  return options;
}

}  // namespace nvstack::smi
