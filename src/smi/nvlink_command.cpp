// nvidia-smi nvlink.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/format.hpp"
#include "smi/json_view.hpp"
#include "smi/options.hpp"
#include "smi/read.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kLinksMax = 36;

constexpr WordRow kRows[] = {
    {"-i", "--id", true},
    {"-l", "--link", true},
    {"-s", "--status", false},
    {"-c", "--capabilities", false},
    {"-p", "--pcibusid", false},
    {"-R", "--remotelinkinfo", false},
    {"-gt", "--getthroughput", true},
    {"-e", "--errorcounters", false},
    {"-ec", "--crcerrorcounters", false},
    {"-re", "--reseterrorcounters", false},
    {"-info", "--info", false},
};

struct Link {
  unsigned number = 0;
  bool active = false;
};

/// The links of a GPU; the code says why there are none.
Answer<std::vector<Link>> read_links(Board& board) {
  Answer<std::vector<Link>> links;
  links.code = NVML_SUCCESS;
  for (unsigned number = 0; number < kLinksMax; ++number) {
    nvmlEnableState_t state = NVML_FEATURE_DISABLED;
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkState, board.device, number, &state);
    if (code == NVML_ERROR_INVALID_ARGUMENT || code == NVML_ERROR_NOT_SUPPORTED ||
        code == NVML_ERROR_TIMEOUT) {
      if (number == 0) links.code = code;
      break;
    }
    if (code == NVML_SUCCESS) links.value.push_back({number, state == NVML_FEATURE_ENABLED});
  }
  return links;
}

std::string status_line(Board& board, const Link& link) {
  if (!link.active) return format("\t Link %u: <inactive>\n", link.number);
  auto speed = board.field(NVML_FI_DEV_NVLINK_GET_SPEED, link.number);
  if (!speed.ok()) speed = board.field(NVML_FI_DEV_NVLINK_SPEED_MBPS_COMMON);
  if (!speed.ok()) return format("\t Link %u: %s\n", link.number, code_words(speed.code));
  return format("\t Link %u: %.3f GB/s\n", link.number, speed.value / 1000);
}

std::string capability_lines(Board& board, const Link& link) {
  constexpr std::array kWords = {"P2P is supported",      "Access to system memory supported",
                                 "P2P atomics supported", "System memory atomics supported",
                                 "SLI is supported",      "Link is supported"};
  std::string text;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    unsigned result = 0;
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkCapability, board.device, link.number,
                                static_cast<nvmlNvLinkCapability_t>(i), &result);
    if (code == NVML_SUCCESS)
      text += format("\t Link %u, %s: %s\n", link.number, kWords[i], result ? "true" : "false");
  }
  return text;
}

std::string remote_line(Board& board, const Link& link, bool with_link) {
  nvmlPciInfo_t remote{};
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkRemotePciInfo_v2, board.device, link.number, &remote);
  if (!link.active || code != NVML_SUCCESS) return format("\t Link %u: <inactive>\n", link.number);
  const std::string_view id(remote.busId, sizeof remote.busId);
  const std::string bus = printable(id.substr(0, id.find('\0')), 32);
  if (!with_link) return format("\t Link %u: %s\n", link.number, bus.c_str());
  const auto other = board.field(NVML_FI_DEV_NVLINK_REMOTE_NVLINK_ID, link.number);
  return format("\t Link %u: Remote Device %s: Link %d\n", link.number, bus.c_str(),
                other.ok() ? static_cast<int>(other.value) : -1);
}

struct LinkCounter {
  nvmlNvLinkErrorCounter_t id;
  const char* word;
};
constexpr std::array kCounters = {LinkCounter{NVML_NVLINK_ERROR_DL_REPLAY, "Replay Errors"},
                                  LinkCounter{NVML_NVLINK_ERROR_DL_RECOVERY, "Recovery Errors"},
                                  LinkCounter{NVML_NVLINK_ERROR_DL_CRC_FLIT, "CRC Errors"}};

std::string error_lines(Board& board, const Link& link) {
  std::string text;
  for (const LinkCounter& counter : kCounters) {
    unsigned long long count = 0;
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkErrorCounter, board.device, link.number,
                                counter.id, &count);
    text += format("\t Link %u: %s: %s\n", link.number, counter.word,
                   code == NVML_SUCCESS ? std::to_string(count).c_str() : code_words(code));
  }
  return text;
}

std::string throughput_lines(Board& board, const Link& link, bool raw) {
  const auto shown = [&](unsigned id) {
    const auto kib = board.field(id, link.number);
    return kib.ok() ? std::to_string(static_cast<long long>(kib.value)) + " KiB"
                    : std::string(code_words(kib.code));
  };
  const char* word = raw ? "Raw" : "Data";
  const std::string sent =
      shown(raw ? NVML_FI_DEV_NVLINK_THROUGHPUT_RAW_TX : NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX);
  const std::string got =
      shown(raw ? NVML_FI_DEV_NVLINK_THROUGHPUT_RAW_RX : NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX);
  return format("\t Link %u: %s Tx: %s\n", link.number, word, sent.c_str()) +
         format("\t Link %u: %s Rx: %s\n", link.number, word, got.c_str());
}

std::string link_lines(Board& board, const Link& link, const Words& words) {
  if (words.has("-c")) return capability_lines(board, link);
  if (words.has("-p")) return remote_line(board, link, false);
  if (words.has("-R")) return remote_line(board, link, true);
  if (words.has("-e") || words.has("-ec")) return error_lines(board, link);
  if (words.has("-gt")) return throughput_lines(board, link, words.value("-gt") == "r");
  if (words.has("-re")) {
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceResetNvLinkErrorCounters, board.device, link.number);
    return format("\t Link %u: %s\n", link.number,
                  code == NVML_SUCCESS ? "error counters reset" : code_words(code));
  }
  return status_line(board, link);
}

Json link_json(Board& board, const Link& link) {
  Json json;
  json.set("link", link.number).set("active", link.active);
  if (!link.active) return json;
  auto speed = board.field(NVML_FI_DEV_NVLINK_GET_SPEED, link.number);
  if (!speed.ok()) speed = board.field(NVML_FI_DEV_NVLINK_SPEED_MBPS_COMMON);
  json.set("speed", value_json(speed.ok() ? number_value(static_cast<std::int64_t>(speed.value), "MB/s")
                                          : missing(speed.code)));
  nvmlPciInfo_t remote{};
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkRemotePciInfo_v2, board.device, link.number, &remote);
  const std::string_view id(remote.busId, sizeof remote.busId);
  json.set("remote_bus_id",
           value_json(code == NVML_SUCCESS ? text_value(printable(id.substr(0, id.find('\0')), 32))
                                           : missing(code)));
  for (const LinkCounter& counter : kCounters) {
    unsigned long long count = 0;
    const auto asked = NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkErrorCounter, board.device, link.number,
                                 counter.id, &count);
    json.set(json_key(counter.word),
             value_json(asked == NVML_SUCCESS ? number_value(std::uint64_t{count}) : missing(asked)));
  }
  return json;
}

/// All that the options show, whatever is asked for.
int show_json(CommandContext& context, std::vector<Target>& targets, std::optional<unsigned> only) {
  Json gpus = Json::array();
  for (Target& target : targets) {
    Json gpu = json_of_gpu(target), links = Json::array();
    const auto found = target.board ? read_links(*target.board) : Answer<std::vector<Link>>{};
    for (const Link& link : found.value)
      if (!only || *only == link.number) links.add(link_json(*target.board, link));
    gpus.add(gpu.set("links", std::move(links)));
  }
  Json json;
  context.out(json.set("gpus", std::move(gpus)).dump(2) + "\n");
  return 0;
}

void show_board(CommandContext& context, Board& board, const Words& words, std::optional<unsigned> only) {
  context.out("GPU " + std::to_string(board.index) + ": " +
              log_text(read_text(board, {.function = "nvmlDeviceGetName"})) +
              " (UUID: " + log_text(read_text(board, {.function = "nvmlDeviceGetUUID"})) + ")\n");
  if (board.in_mig_mode()) return context.out("Nvlink queries are not supported for Devices in MIG mode\n");
  const auto links = read_links(board);
  if (!links.ok()) return context.out("Device does not have or support Nvlink\n");
  const bool any =
      std::any_of(links.value.begin(), links.value.end(), [](const Link& link) { return link.active; });
  if (!any) {
    const char* name = context.system.compat.branch >= 570 &&
                               board.number("nvmlDeviceGetArchitecture").value >= NVML_DEVICE_ARCH_BLACKWELL
                           ? "NVLink"
                           : "Nvlink";
    return context.out("NVML: Unable to retrieve " + std::string(name) +
                       " information as all links are inActive\n");
  }
  for (const Link& link : links.value)
    if (!only || *only == link.number) context.out(link_lines(board, link, words));
}

}  // namespace

int run_nvlink(CommandContext& context) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-i"));
  if (targets.empty()) return context.refuse("No devices were found", NVML_ERROR_NOT_FOUND);
  std::optional<unsigned> only;
  if (words->has("-l")) {
    const auto number = parse_uint(words->value("-l"));
    if (!number || *number >= kLinksMax) return context.refuse("Invalid link.", kInvalidExitCode);
    only = static_cast<unsigned>(*number);
  }
  if (words->has("-gt") && words->value("-gt") != "d" && words->value("-gt") != "r")
    return context.refuse("Invalid throughput type: d or r.", kInvalidExitCode);
  if (context.json) return show_json(context, targets, only);
  if (words->empty())
    return context.refuse(
        "Invalid combination of input arguments. Please run 'nvidia-smi nvlink -h' for help.",
        kInvalidExitCode);
  for (Target& target : targets)
    if (target.board) show_board(context, *target.board, *words, only);
  return 0;
}

}  // namespace nvstack::smi
