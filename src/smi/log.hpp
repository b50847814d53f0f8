// The log of a GPU: one tree of titles, tags and values, which -q shows as text, -x as XML and --json as
// JSON. Rows say what stands in it for which driver; only rows that will be shown are asked.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smi/read.hpp"

namespace nvstack::smi {

/// The words of -d, as bits.
enum Section : unsigned {
  kMemorySection = 1u << 0,
  kUtilizationSection = 1u << 1,
  kEccSection = 1u << 2,
  kTemperatureSection = 1u << 3,
  kPowerSection = 1u << 4,
  kClockSection = 1u << 5,
  kComputeSection = 1u << 6,
  kPidsSection = 1u << 7,
  kPerformanceSection = 1u << 8,
  kSupportedClocksSection = 1u << 9,
  kPageRetirementSection = 1u << 10,
  kAccountingSection = 1u << 11,
  kEncoderStatsSection = 1u << 12,
  kTargetTemperatureSection = 1u << 13,
  kVoltageSection = 1u << 14,
  kFbcStatsSection = 1u << 15,
  kRowRemapperSection = 1u << 16,
  kGspSection = 1u << 17,
  kPowerSmoothingSection = 1u << 18,
  kPowerProfilesSection = 1u << 19,
};

/// The bits of "ECC,POWER"; nothing when a word is none. The words in any case.
std::optional<unsigned> parse_sections(std::string_view words);

enum class View { kText, kXml };

/// When a row is shown beside its driver branches.
enum class Show {
  kAlways,
  kAsked,       // in text only with -d
  kEccDetail,   // in text only on a GPU with ECC
  kEccPlain,    // in text only on one without
  kMargin,      // where limits are margins (T.Limit), Hopper and later
  kThreshold,   // where limits are temperatures
  kRemapper,    // on a GPU with a row remapper
  kNoRemapper,  // on one without
};

/// What a row stands for when it is more than a title or a value.
enum class Block {
  kNone,
  kMigDevices,
  kProcesses,
  kSupportedClocks,
  kAccountedProcesses,
  kSamples,       // ask.part: nvmlSamplingType_t
  kRetiredPages,  // XML; ask.part: cause
};

struct LogRow {
  int depth = 0;
  const char* title = nullptr;  // null: not in text
  const char* tag = nullptr;    // null: not in XML
  Read read = nullptr;          // null: a heading
  Ask ask = {};
  unsigned since = 0, until = 999;
  unsigned section = 0;  // of a row of depth 0
  Show show = Show::kAlways;
  Block block = Block::kNone;
};

std::span<const LogRow> identity_rows();
std::span<const LogRow> state_rows();
std::span<const LogRow> error_rows();
std::span<const LogRow> power_rows();

/// One line of a log: a value, or a heading with lines below it.
struct Node {
  std::string title, tag;
  std::optional<Value> value = {};
  std::vector<Node> children = {};
  bool is_process = false;  // its colons keep the old column
};

/// The log of one GPU; `sections` 0 is everything.
std::vector<Node> read_log(Board& board, View view, unsigned sections);

struct LogHeader {
  std::string time, driver_version;
  Value cuda_version;
  unsigned count = 0;
};
struct GpuLog {
  std::string bus_id;
  std::vector<Node> nodes;
};

std::string render_log(const LogHeader& header, const std::vector<GpuLog>& gpus, const Compat& compat);
/// `inner_dtd`: the DTD stands in the document instead of a reference.
std::string render_xml(const LogHeader& header, const std::vector<GpuLog>& gpus, const Compat& compat,
                       bool inner_dtd = false);
/// The document type definition of the rows' elements for this generation.
std::string render_dtd(const Compat& compat);

}  // namespace nvstack::smi
