#include "smi/run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "smi/clock.hpp"
#include "smi/commands.hpp"
#include "smi/help.hpp"
#include "smi/log.hpp"
#include "smi/settings.hpp"
#include "smi/views.hpp"

namespace nvstack::smi {

namespace {

int say(World& world, const std::string& text, int code) {
  world.streams.out(text);
  return code;
}

/// The original's words first, then the cause when someone can read it.
int fail_start(World& world, const Start& start, bool diagnose) {
  world.streams.out(start.message);
  if (diagnose || world.is_terminal)
    if (const std::string text = world.diagnose(); !text.empty()) world.streams.err(text);
  return start.exit_code;
}

/// The text of a task that needs no driver.
std::optional<std::string> offline_text(const Options& options) {
  const Compat compat = options.compat.value_or(Compat{});
  switch (options.task) {
    case Task::kHelp: return render_main_help(compat);
    case Task::kFieldHelp: return render_field_help(compat);
    case Task::kListHelp: return render_list_help(options.list);
    case Task::kDtd: return render_dtd(compat);
    default: return std::nullopt;
  }
}

/// Help, DTD and queries take the driver's generation when there is one.
bool wants_driver(const Options& options) {
  return options.task != Task::kHelp && options.task != Task::kListHelp;
}

class Runner {
 public:
  Runner(System& system, World& world, const Options& options)
      : system_(system), world_(world), options_(options) {}

  int run() {
    auto targets = find_targets(system_, options_.ids);
    const bool needs_gpu = options_.task != Task::kVersion && options_.task != Task::kListExcluded;
    if (targets.empty() && needs_gpu) return say(world_, "No devices were found\n", NVML_ERROR_NOT_FOUND);
    if (options_.task == Task::kSettings) return apply_settings(system_, targets, options_, world_.streams);
    for (Pass pass = world_.first_pass == 0 ? Pass::kFirst : Pass::kLater;; pass = Pass::kLater) {
      take_now();
      for (const Target& target : targets)
        if (!target.board) world_.streams.err(lost_message(target));
      const auto text = render_view(system_, targets, options_, pass);
      if (!text) return say(world_, text.error().message + "\n", kInvalidExitCode);
      world_.streams.out(*text);
      if (!options_.loop_ms || !world_.wait(*options_.loop_ms)) return 0;
      targets = find_targets(system_, options_.ids);  // what was asked once is asked again
    }
  }

 private:
  System& system_;
  World& world_;
  const Options& options_;
};

int run_with_driver(World& world, const Options& options) {
  auto library = world.open_library();
  if (!library) return fail_start(world, no_library(), options.diagnose);
  if (world.progress) world.progress->start();
  const Start start = start_driver(*library);
  if (start.exit_code != 0) return fail_start(world, start, options.diagnose);
  System system(*library, Compat{});
  system.progress = world.progress;
  system.compat = options.compat.value_or(compat_of(system.driver_version()));
  NVML_CALL(*library, nvmlDeviceGetCount_v2, &system.count);
  int code = 0;
  Options shown = options;
  shown.compat = system.compat;
  if (const auto offline = offline_text(shown)) {
    world.streams.out(*offline);
  } else {
    code = Runner(system, world, options).run();
  }
  NVML_CALL(*library, nvmlShutdown);
  return code;
}

int run_subcommand(const SubcommandRow& row, std::vector<std::string> words, World& world) {
  if (!words.empty() && (words[0] == "-h" || words[0] == "--help"))
    return say(world, render_subcommand_help(row), 0);
  Options options;
  for (std::size_t i = 0; i < words.size();) {  // ours, wherever they stand
    if (words[i].starts_with("--compat=")) {
      const auto compat = parse_compat(std::string_view(words[i]).substr(9));
      if (!compat) return say(world, compat.error().message + "\n", kInvalidExitCode);
      options.compat = *compat;
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (words[i] == "--json") {
      options.json = true;
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  if (options.json && changes_something(row, words))
    return say(world, "Option --json shows and changes nothing.\n", kInvalidExitCode);
  auto library = world.open_library();
  if (!library) return fail_start(world, no_library(), false);
  if (world.progress) world.progress->start();
  const Start start = start_driver(*library);
  if (start.exit_code != 0) return fail_start(world, start, false);
  System system(*library, Compat{});
  system.progress = world.progress;
  system.compat = options.compat.value_or(compat_of(system.driver_version()));
  NVML_CALL(*library, nvmlDeviceGetCount_v2, &system.count);
  take_now();
  CommandContext context{system, world, std::move(words), options.json};
  const int code =
      system.count == 0 ? say(world, "No devices were found\n", NVML_ERROR_NOT_FOUND) : row.run(context);
  NVML_CALL(*library, nvmlShutdown);
  return code;
}

}  // namespace

std::string gpus_on_the_bus(std::string_view detected) {
  std::string rows;
  for (const std::string_view line : split_lines(detected)) {
    if (!line.starts_with("GPU ") && !(line.starts_with(" ") && !rows.empty())) break;
    rows += std::string(line) + "\n";
  }
  return rows.empty() ? "" : "\nOn the PCI bus:\n" + rows;
}

int run(const std::vector<std::string>& words, World& world) {
  if (!words.empty())
    if (const SubcommandRow* row = find_subcommand(words[0]))
      return run_subcommand(*row, {words.begin() + 1, words.end()}, world);
  const auto options = parse_options(words);
  if (!options) {
    const bool unknown = options.error().message.starts_with("ERROR:");
    return say(world, options.error().message + "\n", unknown ? kUsageExitCode : kInvalidExitCode);
  }
  // A wrong field is wrong with or without a driver.
  if (options->task == Task::kFieldQuery)
    if (const auto fields = parse_fields(options->fields); !fields) {
      // The original's words where it has them; ours where no script reads.
      if (const std::string& hint = fields.error().hint; !hint.empty()) world.streams.err(hint + "\n");
      return say(world, fields.error().message + "\n\n", kInvalidExitCode);
    }
  if (options->task == Task::kListQuery)
    if (const auto columns = parse_columns(options->list, options->fields); !columns)
      return say(world, columns.error().message + "\n\n", kInvalidExitCode);
  const auto offline = offline_text(*options);
  if (offline && (options->compat || !wants_driver(*options) || !world.open_library()))
    return say(world, *offline, 0);
  return run_with_driver(world, *options);
}

}  // namespace nvstack::smi
