// nvidia-smi encodersessions and fbcsessions: what encodes and captures on each GPU.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/json_view.hpp"
#include "smi/options.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr WordRow kRows[] = {{"-i", "--id", true}};

/// One kind of session: its head, the name of each column behind the GPU, the line where there is none.
struct SessionTable {
  const char* head;
  std::span<const char* const> columns;
  const char* none;
};
using Cells = std::vector<std::string>;

template <typename Session>
std::vector<Session> read_sessions(Board& board, const char* function) {
  std::vector<Session> sessions(256);
  unsigned count = static_cast<unsigned>(sessions.size());
  const auto code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned*, Session*)>(
      function, board.device, &count, sessions.data());
  sessions.resize(code == NVML_SUCCESS ? std::min<std::size_t>(count, sessions.size()) : 0);
  return sessions;
}

std::vector<Cells> read_encoder_sessions(Board& board) {
  constexpr std::array kCodecs = {"H.264", "HEVC", "AV1"};
  std::vector<Cells> rows;
  for (const auto& session : read_sessions<nvmlEncoderSessionInfo_t>(board, "nvmlDeviceGetEncoderSessions")) {
    const auto codec = static_cast<std::size_t>(session.codecType);
    rows.push_back({std::to_string(session.sessionId), std::to_string(session.pid),
                    codec < kCodecs.size() ? kCodecs[codec] : "-", std::to_string(session.hResolution),
                    std::to_string(session.vResolution), std::to_string(session.averageFps),
                    std::to_string(session.averageLatency)});
  }
  return rows;
}

std::vector<Cells> read_capture_sessions(Board& board) {
  std::vector<Cells> rows;
  for (const auto& session : read_sessions<nvmlFBCSessionInfo_t>(board, "nvmlDeviceGetFBCSessions")) {
    Cells cells;
    for (const unsigned value : {session.sessionId, session.pid, session.displayOrdinal,
                                 session.hMaxResolution, session.vMaxResolution, session.hResolution,
                                 session.vResolution, session.averageFPS, session.averageLatency})
      cells.push_back(std::to_string(value));
    rows.push_back(std::move(cells));
  }
  return rows;
}

Json session_json(unsigned gpu, const Cells& cells, const SessionTable& table) {
  Json json;
  json.set("gpu", gpu);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto number = parse_uint(cells[i]);
    json.set(table.columns[i], number ? Json(*number) : Json(cells[i]));
  }
  return json;
}

int show_sessions(CommandContext& context, const SessionTable& table, std::vector<Cells> (*read)(Board&)) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-i"));
  if (targets.empty()) return context.refuse("No devices were found", NVML_ERROR_NOT_FOUND);
  Json sessions = Json::array();
  std::string text = table.head;
  for (Target& target : targets) {
    if (!target.board) continue;
    const std::string index = "    " + std::to_string(target.index);
    const auto rows = read(*target.board);
    if (rows.empty()) text += index + table.none;
    for (const Cells& cells : rows) {
      text += index;
      for (const std::string& cell : cells) text += "  " + cell;
      text += "\n";
      sessions.add(session_json(target.index, cells, table));
    }
  }
  Json json;
  context.out(context.json ? json.set("sessions", std::move(sessions)).dump(2) + "\n" : text);
  return 0;
}

}  // namespace

int run_encoder_sessions(CommandContext& context) {
  constexpr std::array kColumns = {"session",           "pid", "codec", "width", "height", "average_fps",
                                   "average_latency_us"};
  return show_sessions(context,
                       {"# GPU  Session    Process  Codec   H      V   Average  Average\n"
                        "# Idx       Id         Id   Type  Res    Res      FPS  Latency(us)\n",
                        kColumns, "        -          -      -    -      -        -        -\n"},
                       read_encoder_sessions);
}

int run_fbc_sessions(CommandContext& context) {
  constexpr std::array kColumns = {"session", "pid",    "display",     "width_max",         "height_max",
                                   "width",   "height", "average_fps", "average_latency_us"};
  return show_sessions(
      context,
      {"# GPU  Session    Process  Display  Max H  Max V    H      V   Average  Average\n"
       "# Idx       Id         Id  Ordinal    Res    Res  Res    Res      FPS  Latency(us)\n",
       kColumns, "        -          -        -      -      -    -      -        -        -\n"},
      read_capture_sessions);
}

}  // namespace nvstack::smi
