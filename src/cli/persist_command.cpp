// nvstack persist: what holds the GPUs awake, and how to make it let go.
#include "abi/persistence_rpc.h"
#include "base/text.hpp"
#include "cli/persist_verbs.hpp"

namespace nvstack::cli {

namespace {

constexpr std::uint64_t kWeekSeconds = 7 * 24 * 3600;

struct Verb {
  std::string_view name;
  Message summary;
  Result<int> (*run)(const std::vector<std::string>& words, Terminal& terminal);
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"status", N_("each GPU: mode, since when, by whom else it is open"), persist_status},
      {"who", N_("the processes, containers and units that have a GPU open"), persist_who},
      {"release", N_("let go of a GPU for a while, or while a command runs"), persist_release},
      {"take-back", N_("end a release early"), persist_take_back},
      {"install", N_("set the daemon up for systemd, Upstart or System V init"), persist_install},
      {"remove", N_("undo the installation"), persist_remove},
      {"explain", N_("the three life times of GPU state: what is lost when"), persist_lifetimes},
  };
  return all;
}

std::string render_verbs(std::size_t columns) {
  std::string text = translate(N_("Usage:")) + " nvstack persist VERB [OPTION]...\n\n";
  for (const Verb& verb : verbs()) {
    std::string line = "  " + std::string(verb.name);
    line.resize(14, ' ');
    text += line +
            replace_all(wrap(render(verb.summary), columns - 14, 0), "\n", "\n" + std::string(14, ' ')) +
            "\n";
  }
  return text;
}

}  // namespace

std::vector<Option> persist_place_rows(PersistPlaces& places) {
  if (places.runtime_dir.empty()) places.runtime_dir = NVPD_RUNTIME_PATH;
  return {{"--runtime-dir", "DIR", N_("where the daemon's sockets lie"), &places.runtime_dir},
          {"--root", "DIR", N_("where /dev and /proc of the driver lie"), &places.root}};
}

Result<std::optional<persist::DriverGpu>> find_named_gpu(const std::string& name,
                                                         const std::vector<persist::DriverGpu>& gpus) {
  if (name == "all") return std::optional<persist::DriverGpu>();
  const auto index = parse_uint(name);
  const auto address = persist::parse_address(name);
  for (std::size_t i = 0; i < gpus.size(); ++i)
    if ((index && *index == i) || (address && *address == gpus[i].address) ||
        (!name.empty() && name == gpus[i].uuid))
      return std::optional(gpus[i]);
  // The daemon may know a GPU that this tree does not show.
  if (address) return std::optional(persist::DriverGpu{*address, {}, "", false});
  std::vector<std::string> names = {"all"};
  for (const persist::DriverGpu& gpu : gpus) names.push_back(persist::render_address(gpu.address));
  return fail(ErrorCode::kUsage, "no GPU \"" + printable(name, 60) + "\"", "GPUs: " + join(names, ", "));
}

Result<std::uint64_t> parse_period(const std::string& text) {
  std::string_view digits = text;
  std::uint64_t unit = 1;
  if (!digits.empty() && std::string_view("smh").find(digits.back()) != std::string_view::npos) {
    unit = digits.back() == 'h' ? 3600 : digits.back() == 'm' ? 60 : 1;
    digits.remove_suffix(1);
  }
  const auto number = parse_uint(digits);
  if (!number || *number == 0 || *number > kWeekSeconds / unit)
    return fail(ErrorCode::kUsage, "\"" + printable(text, 40) + "\" is no period",
                "as 45s, 10m or 2h, at most a week");
  return *number * unit;
}

Result<int> persist_command(const std::vector<std::string>& words, Terminal& terminal) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    (words.empty() ? terminal.err : terminal.out)(render_verbs(terminal.columns));
    return words.empty() ? kUsage : kOk;
  }
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    if (verb.name == words[0]) return verb.run({words.begin() + 1, words.end()}, terminal);
    names.emplace_back(verb.name);
  }
  const auto near = nearest_word(words[0], names);
  return fail(ErrorCode::kUsage, "no verb \"" + printable(words[0], 60) + "\"",
              near ? "did you mean " + *near + "?" : "nvstack persist --help lists the verbs");
}

}  // namespace nvstack::cli
