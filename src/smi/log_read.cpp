// From rows to the tree of one GPU.
#include <array>
#include <utility>

#include "base/text.hpp"
#include "smi/log.hpp"
#include "smi/log_blocks.hpp"

namespace nvstack::smi {

std::optional<unsigned> parse_sections(std::string_view words) {
  constexpr std::array<std::pair<const char*, unsigned>, 20> kWords = {{
      {"MEMORY", kMemorySection},
      {"UTILIZATION", kUtilizationSection},
      {"ECC", kEccSection},
      {"TEMPERATURE", kTemperatureSection},
      {"POWER", kPowerSection},
      {"CLOCK", kClockSection},
      {"COMPUTE", kComputeSection},
      {"PIDS", kPidsSection},
      {"PERFORMANCE", kPerformanceSection},
      {"SUPPORTED_CLOCKS", kSupportedClocksSection},
      {"PAGE_RETIREMENT", kPageRetirementSection},
      {"ACCOUNTING", kAccountingSection},
      {"ENCODER_STATS", kEncoderStatsSection},
      {"SUPPORTED_GPU_TARGET_TEMP", kTargetTemperatureSection},
      {"VOLTAGE", kVoltageSection},
      {"FBC_STATS", kFbcStatsSection},
      {"ROW_REMAPPER", kRowRemapperSection},
      {"GSP_FIRMWARE_VERSION", kGspSection},
      {"POWER_SMOOTHING", kPowerSmoothingSection},
      {"POWER_PROFILES", kPowerProfilesSection},
  }};
  unsigned sections = 0;
  for (const std::string_view word : split(words, ',')) {
    unsigned found = 0;
    for (const auto& [name, bit] : kWords)
      if (to_lower(trim(word)) == to_lower(name)) found = bit;
    if (found == 0) return std::nullopt;
    sections |= found;
  }
  return sections;
}

namespace {

/// Walks the rows once; children of a heading that is not shown are neither shown nor asked.
class Reader {
 public:
  Reader(Board& board, View view, unsigned sections) : board_(board), view_(view), sections_(sections) {}

  std::vector<Node> read() {
    std::vector<Node> nodes;
    for (const auto rows : {identity_rows(), state_rows(), error_rows(), power_rows()}) {
      std::size_t at = 0;
      read_level(rows, at, 0, nodes, true);
    }
    return nodes;
  }

 private:
  void read_level(std::span<const LogRow> rows, std::size_t& at, int depth, std::vector<Node>& nodes,
                  bool shown) {
    while (at < rows.size() && rows[at].depth >= depth) {
      const LogRow& row = rows[at++];
      const bool here = shown && is_shown(row);
      Node node{.title = text_of(row.title, "Clocks Event", "Clocks Throttle"),
                .tag = text_of(row.tag, "clocks_event_reason", "clocks_throttle_reason")};
      if (here && row.block != Block::kNone) {
        add_block(board_, view_, row, nodes);
      } else if (here) {
        if (row.read) node.value = row.read(board_, row.ask);
      }
      std::vector<Node> children;
      read_level(rows, at, depth + 1, children, here && row.block == Block::kNone);
      node.children = std::move(children);
      if (here && row.block == Block::kNone) nodes.push_back(std::move(node));
    }
  }

  /// The clock reasons were called throttle reasons before 535.
  std::string text_of(const char* text, const char* now, const char* before) const {
    if (!text) return "";
    return board_.system.compat.branch < 535 ? replace_all(text, now, before) : text;
  }

  bool is_shown(const LogRow& row) {
    const unsigned branch = board_.system.compat.branch;
    if (branch < row.since || branch > row.until) return false;
    if ((view_ == View::kText ? row.title : row.tag) == nullptr) return false;
    if (row.depth == 0 && sections_ != 0 && (row.section & sections_) == 0) return false;
    switch (row.show) {
      case Show::kAlways: return true;
      case Show::kAsked: return view_ == View::kXml || sections_ != 0;
      case Show::kEccDetail: return branch >= 550 && (view_ == View::kXml || board_.ecc_mode().ok());
      case Show::kEccPlain: return branch < 550 || (view_ == View::kText && !board_.ecc_mode().ok());
      case Show::kMargin: return has_margins();
      case Show::kThreshold: return !has_margins();
      case Show::kRemapper: return has_remapper();
      case Show::kNoRemapper: return !has_remapper();
    }
    return true;
  }

  bool has_margins() {
    if (!margins_)
      margins_ =
          board_.system.compat.branch >= 545 && board_.field(NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT).ok();
    return *margins_;
  }
  bool has_remapper() {
    // In MIG mode the rows belong to the parts.
    if (!remapper_) remapper_ = !board_.in_mig_mode() && read_remapped(board_, {}).ok();
    return *remapper_;
  }

  Board& board_;
  View view_;
  unsigned sections_;
  std::optional<bool> margins_, remapper_;
};

}  // namespace

std::vector<Node> read_log(Board& board, View view, unsigned sections) {
  return Reader(board, view, sections).read();
}

}  // namespace nvstack::smi
