// A board's TOML: its PCI identity, the values it answers, its clocks and MIG profiles.
#include <algorithm>

#include "base/text.hpp"
#include "base/toml.hpp"
#include "virt/board_values.hpp"
#include "virt/keys.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

namespace {

void read_pci(Keys keys, Board& board, Status& status) {
  keys.hexadecimal("device", board.device_id);
  keys.hexadecimal("class", board.class_code);
  keys.hexadecimal("revision", board.revision);
  keys.flag("audio", board.audio_function);
  keys.whole("dma_bits", board.dma_bits, 64);
  std::string subsystem;
  keys.text("subsystem", subsystem);
  if (!subsystem.empty()) {
    const auto parts = cut(subsystem, ":");
    const std::uint64_t vendor = (parts ? parse_hex(parts->first) : std::nullopt).value_or(0x10000);
    const std::uint64_t id = (parts ? parse_hex(parts->second) : std::nullopt).value_or(0x10000);
    if (vendor > 0xffff || id > 0xffff) keys.problem("subsystem", "must be as in \"10de:16f3\"");
    board.subsystem_vendor = static_cast<unsigned>(vendor & 0xffff);
    board.subsystem_id = static_cast<unsigned>(id & 0xffff);
  }
  std::vector<unsigned> bars;
  keys.wholes("bars_mib", bars, 1u << 20);
  if (!bars.empty()) board.bar_bytes.clear();
  for (const unsigned mib : bars) board.bar_bytes.push_back(static_cast<std::uint64_t>(mib) << 20);
  if (status) status = keys.finish();
}

BoardClocks read_clocks(Keys keys, Status& status) {
  BoardClocks clocks;
  keys.whole("memory_mhz", clocks.memory_mhz, 100'000);
  keys.whole("graphics_min_mhz", clocks.graphics_min_mhz, 100'000);
  keys.whole("graphics_max_mhz", clocks.graphics_max_mhz, 100'000);
  keys.real("graphics_step_mhz", clocks.graphics_step_mhz, 1, 1000);
  if (clocks.graphics_min_mhz > clocks.graphics_max_mhz)
    keys.problem("graphics_min_mhz", "is above graphics_max_mhz");
  if (status) status = keys.finish();
  return clocks;
}

BoardProfile read_profile(Keys keys, Status& status) {
  BoardProfile profile;
  keys.text("name", profile.name);
  keys.whole("profile", profile.profile, 64);
  keys.whole("id", profile.id, 1024);
  keys.whole("slices", profile.slices, 8);
  keys.whole("instances", profile.instances_max, 8);
  keys.whole("multiprocessors", profile.multiprocessors, 1024);
  keys.whole("copy_engines", profile.copy_engines, 64);
  keys.whole("decoders", profile.decoders, 64);
  keys.whole("encoders", profile.encoders, 64);
  keys.whole("jpegs", profile.jpegs, 64);
  keys.whole("ofas", profile.ofas, 64);
  keys.whole("graphics", profile.graphics, 1);
  keys.whole("media_extensions", profile.media_extensions, 1);
  keys.whole("size", profile.size, 8);
  keys.wholes("placements", profile.placements, 7);
  keys.whole64("memory_mib", profile.memory_mib, 1u << 24);
  if (status) status = keys.finish();
  return profile;
}

BoardVgpu read_vgpu(Keys keys, Status& status) {
  BoardVgpu vgpu;
  keys.text("name", vgpu.name);
  keys.text("class", vgpu.kind);
  keys.text("license", vgpu.license);
  keys.whole("id", vgpu.id, 100'000);
  keys.whole("framebuffer_mib", vgpu.framebuffer_mib, 1u << 20);
  keys.whole("instances", vgpu.instances_max, 32);
  keys.whole("instances_per_vm", vgpu.instances_per_vm, 32);
  keys.whole("heads", vgpu.heads, 16);
  keys.whole("width", vgpu.width, 100'000);
  keys.whole("height", vgpu.height, 100'000);
  keys.whole("frame_limit", vgpu.frame_limit, 1000);
  if (vgpu.id == 0 || vgpu.name.empty() || vgpu.framebuffer_mib == 0)
    keys.problem("name", "needs an id and framebuffer_mib beside it");
  if (status) status = keys.finish();
  return vgpu;
}

}  // namespace

Status read_own_board(const Json& pci, const std::vector<Json>& clocks, const std::string& where,
                      Board& board) {
  Status status;
  read_pci(Keys(pci, where + " [pci]"), board, status);
  if (!clocks.empty()) board.clocks.clear();
  for (const Json& row : clocks)
    board.clocks.push_back(read_clocks(Keys(row, where + " [[clocks]]"), status));
  if (status && board.clocks.size() > 8)
    return fail(ErrorCode::kMalformed, where + ": clocks has more than 8 rows", "");
  return status;
}

Status read_board_table(const Json& table, const std::string& where, Board& board) {
  Keys keys(table, where);
  Status status;
  std::string summary, like;
  keys.text("like", like);
  keys.text("source", summary);
  read_pci(Keys(keys.table("pci"), where + " [pci]"), board, status);
  if (status) status = read_values(keys.table("readings"), where + " [readings]", board);
  if (status) status = read_texts(keys.table("texts"), where + " [texts]", board);
  Keys thermal(keys.table("thermal"), where + " [thermal]");
  thermal.real("resistance_c_per_w", board.thermal_resistance_c_per_w, 0.001, 10);
  thermal.real("seconds", board.thermal_seconds, 0.1, 10'000);
  if (status) status = thermal.finish();
  if (keys.has("clocks")) board.clocks.clear();
  for (const Json& row : keys.tables("clocks"))
    board.clocks.push_back(read_clocks(Keys(row, where + " [[clocks]]"), status));
  if (keys.has("mig")) board.profiles.clear();
  for (const Json& row : keys.tables("mig"))
    board.profiles.push_back(read_profile(Keys(row, where + " [[mig]]"), status));
  if (keys.has("vgpu")) board.vgpus.clear();
  for (const Json& row : keys.tables("vgpu"))
    board.vgpus.push_back(read_vgpu(Keys(row, where + " [[vgpu]]"), status));
  if (board.vgpus.size() > 31) keys.problem("vgpu", "has more than 31 rows");
  if (board.clocks.size() > 8) keys.problem("clocks", "has more than 8 rows");
  if (board.profiles.size() > 16) keys.problem("mig", "has more than 16 rows");
  if (status) status = keys.finish();
  return status;
}

Result<Board> parse_board(std::string_view toml, const std::string& where) {
  const Json table = TRY(parse_toml(toml, where));
  Board board;
  TRY(read_board_table(table, where, board));
  return board;
}

Result<Board> load_board(const std::string& id, const ScenarioLibrary& library, unsigned depth) {
  if (depth > 8)
    return fail(ErrorCode::kMalformed, "board " + id + ": its chain of `like` is longer than 8", "");
  const std::string text = TRY(library.board_text(id));
  const Json table = TRY(parse_toml(text, "boards/" + id + ".toml"));
  const std::string like = table.text("like");
  Board board;
  if (!like.empty()) board = TRY(load_board(like, library, depth + 1));
  TRY(read_board_table(table, "boards/" + id + ".toml", board));
  board.id = id;
  return board;
}

}  // namespace nvstack::virt
