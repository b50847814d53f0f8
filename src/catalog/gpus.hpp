// What is published about a GPU by its PCI ids: name, architecture, which kernel-module flavor drives it, and
// the last branch that knows it. Sources: gpus.tsv and chips.tsv, or a supported-gpus.json of a driver
// package.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace nvstack::catalog {

enum class Flavor { kOpen, kProprietary };
std::string_view flavor_name(Flavor flavor);

struct GpuId {
  std::uint16_t device = 0;
  std::uint16_t subvendor = 0;  // 0: not known
  std::uint16_t subdevice = 0;
  bool operator==(const GpuId&) const = default;
  /// "10de:2684" or, with `subsystem`, "10de:2684:10de:16f3".
  std::string text() const;
};
/// "10de:2684", "2684", "0x2684", "10de:2684:10de:16f3". Other vendors are an Error.
Result<GpuId> parse_gpu_id(std::string_view text);

/// May the open kernel modules drive this GPU?
enum class OpenSupport { kRequired, kRecommended, kUnsupported };
std::string_view open_support_name(OpenSupport support);

enum class Architecture {
  kUnknown,
  kOlder,
  kFermi,
  kKepler,
  kMaxwell,
  kPascal,
  kVolta,
  kTuring,
  kAmpere,
  kAda,
  kHopper,
  kBlackwell,
};
std::string_view architecture_name(Architecture architecture);

struct GpuVerdict {
  std::string name;  // "NVIDIA GeForce RTX 4090"; "" for an id nobody published
  Architecture architecture = Architecture::kUnknown;
  std::string chip;                // "AD102", "" unknown
  std::string compute_capability;  // "8.9", "" unknown
  OpenSupport open = OpenSupport::kRecommended;
  std::string open_reason;  // id of the step of the installer's algorithm: "self-hosted", "listed", "legacy",
                            // "unknown-new", "pre-turing"
  std::optional<int> legacy_branch;  // the last branch with this GPU: 580, 470, ...
  bool known = false;                // an exact row was found
  bool self_hosted = false;
};

class Gpus {
 public:
  /// From the catalogue's tables, or from the supported-gpus.json that overrides its GPU rows.
  static Result<Gpus> load(const Catalog& catalog);

  /// The same, made once for each catalogue.
  static Result<const Gpus*> shared(const Catalog& catalog);

  /// The nvidia-installer's steps (install.md 2.1): legacy list, self-hosted ids, 4-part rows before 2-part
  /// rows, then the id blocks. Any id has an answer.
  GpuVerdict find(const GpuId& id) const;
  /// Every exact row, for tests and `explain`.
  std::vector<GpuId> ids() const;

 private:
  struct Entry {
    std::string name;
    char flavor = 'P';  // O open only, P both, C proprietary only
    std::optional<int> legacy_branch;
  };
  struct Chip {
    std::uint16_t first = 0, last = 0;
    std::string chip, compute_capability;
    Architecture architecture = Architecture::kUnknown;
  };
  Status load_chips(const Table& table);
  Status load_rows(const Table& table);
  Status load_supported_gpus(std::string_view text);
  const Entry* find_row(const GpuId& id) const;

  std::map<std::uint64_t, Entry> rows_;  // device << 32 | subvendor << 16 | subdevice
  std::vector<Chip> chips_;
};

}  // namespace nvstack::catalog
