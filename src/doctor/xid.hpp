// NVIDIA's error numbers in kernel logs: Xid (a GPU), SXid (an NVSwitch), and the NVLink 5 status words that
// Xids 144 to 150 carry. What they mean is in data/xids.tsv, sxids.tsv and nvlink_rules.tsv.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "doctor/finding.hpp"

namespace nvstack::doctor {

enum class NumberKind { kXid, kSxid };

/// One such line, taken apart.
struct ErrorLine {
  NumberKind kind = NumberKind::kXid;
  int code = 0;
  std::string device;  // "0000:3b:00", in lower case
  std::string text;    // what follows the number
};
std::optional<ErrorLine> parse_error_line(std::string_view line);

/// The words of an NVLink 5 Xid: "NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000000 ...)".
struct NvlinkStatus {
  std::string unit;
  bool fatal = false;
  std::uint32_t interrupt = 0;
  std::uint32_t status = 0;
};
std::optional<NvlinkStatus> parse_nvlink_status(std::string_view text);
/// Does the word have the bits of "------000100----------0111000110" (highest first, '-' any)?
bool bits_match(std::string_view pattern, std::uint32_t word);

/// The lines of one number, gathered: which devices, how often, the first lines and the last.
struct ErrorGroup {
  ErrorLine first;
  std::vector<std::string> devices;
  std::vector<Evidence> evidence;  // the first ones; `last` is apart
  Evidence last;
  int count = 0;
  std::vector<std::string> texts;  // different ones, a few
};

class ErrorNumbers {
 public:
  void add(std::string_view line, const std::string& where);
  /// One finding for each number (of NVLink 5: for each number and unit), in order of number.
  std::vector<Finding> findings(const catalog::Catalog& catalog) const;
  bool empty() const { return groups_.empty(); }

 private:
  std::map<std::string, ErrorGroup> groups_;  // by the finding's id
};

/// What xids.tsv and sxids.tsv say follows from a number: ids of findings by the id of their cause.
std::map<std::string, std::vector<std::string>> number_consequences(const catalog::Catalog& catalog);

}  // namespace nvstack::doctor
