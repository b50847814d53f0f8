// Which GPU code a torch wheel carries, and which GPU runs which code. Discrete GPUs run code of their own
// major number that is not newer; integrated ones run their exact code alone; PTX runs on everything newer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/version.hpp"
#include "catalog/catalog.hpp"
#include "framework/pep440.hpp"

namespace nvstack::framework {

/// "8.9" of a GPU, or of one piece of code.
struct Capability {
  unsigned major = 0, minor = 0;
  std::string text() const;  // "8.9"
  std::string sm() const;    // "sm_89"
  auto operator<=>(const Capability&) const = default;
};
/// "8.9", "sm_89", "sm_120", "compute_90", "sm_90a".
std::optional<Capability> parse_capability(std::string_view text);

struct Code {
  Capability capability;
  bool ptx = false;   // PTX of it is there, too
  char suffix = ' ';  // 'a': this GPU alone; 'f': its family
};
/// "7.5 8.0 9.0a 12.0+PTX".
Result<std::vector<Code>> parse_code_list(std::string_view text);

/// What is published of one compute capability.
struct ComputeRow {
  Capability capability;
  std::string architecture;
  bool integrated = false;
  Version first_cuda;
  std::optional<Version> last_cuda;
  Version first_ptx;
  std::optional<int> first_branch, last_branch;  // of the driver; nothing: no driver of its own, or all
};

enum class Coverage {
  kNative,  // code that runs as it is
  kPtx,     // PTX that the driver compiles
  kNone,    // "no kernel image is available for execution on the device"
};
enum class PtxUse { kAllowed, kDriverTooOld };

/// `found`: the code that runs, where some does.
Coverage find_coverage(const std::vector<Code>& codes, const Capability& gpu, bool integrated, PtxUse ptx,
                       const Code** found = nullptr);

class CodeTable {
 public:
  static Result<const CodeTable*> shared(const catalog::Catalog& catalog);

  /// The code of one wheel; a release beyond the table is taken for its newest row. Nothing: no such build is
  /// known for this architecture.
  const std::vector<Code>* find(const std::string& arch, const PythonVersion& torch,
                                const Version& cuda) const;
  /// True where a row names this very release.
  bool has_build(const std::string& arch, const PythonVersion& torch, const Version& cuda) const;
  const ComputeRow* find(const Capability& capability) const;
  const std::vector<ComputeRow>& compute() const { return compute_; }

 private:
  struct WheelRow {
    std::string arch;
    PythonVersion from, to;
    Version cuda;
    std::vector<Code> codes;
  };
  static Result<CodeTable> load(const catalog::Catalog& catalog);
  Status load_wheels(const catalog::Table& table);
  Status load_compute(const catalog::Table& table);

  std::vector<WheelRow> wheels_;
  std::vector<ComputeRow> compute_;
};

}  // namespace nvstack::framework
