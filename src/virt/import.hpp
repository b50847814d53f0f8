// What nvidia-smi printed of a machine, or a capture holds of it, becomes a scenario. Parsers are pure: text
// in, an ImportedMachine out; several of the same machine are merged, and the result is written as TOML.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "virt/builtin.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

struct ImportedProcess {
  unsigned pid = 0;
  std::string type, name;
  std::uint64_t memory_mib = 0;
  std::optional<unsigned> gpu_instance, compute_instance;
};

/// One compute instance as nvidia-smi shows it; those of the same GPU instance stand together.
struct ImportedMigDevice {
  std::optional<unsigned> gpu_instance, compute_instance;
  unsigned multiprocessors = 0;
  std::uint64_t total_mib = 0, used_mib = 0;
  std::optional<std::int64_t> free_mib;
};

struct ImportedGpu {
  std::string bdf;  // "0000:01:00.0"
  std::string uuid, serial;
  std::string driver = "nvidia";
  std::optional<unsigned> vendor_id, device_id, subsystem_vendor, subsystem_id, class_code, numa_node;
  std::map<std::string, BoardValue> readings;
  std::map<std::string, std::string> texts;
  std::vector<BoardClocks> clocks;
  std::vector<ImportedProcess> processes;
  std::vector<ImportedMigDevice> mig_devices;
  std::map<std::string, std::uint64_t> counters;        // channel::AccrualId by name
  std::optional<std::int64_t> free_mib, bar1_free_mib;  // what rounding left of the sum
};

struct ImportedMachine {
  std::string driver_version, flavor;  // "" when not known
  std::vector<ImportedGpu> gpus;
  std::vector<ScenarioNode> nodes;
  std::size_t unknown = 0;    // values that were there and were not understood
  std::string first_unknown;  // where
};

/// `nvidia-smi -q -x`, `nvidia-smi -q`, `nvidia-smi -q --json`, `nvidia-smi --query-gpu=... --format=csv`
/// with its head line, or a recording's first moment; found out by how the text begins. `where` names the
/// file in errors: kMalformed when it is none of them or names no GPU.
Result<ImportedMachine> import_text(std::string_view text, const std::string& where);
Result<ImportedMachine> import_xml(std::string_view text, const std::string& where);
Result<ImportedMachine> import_json(std::string_view text, const std::string& where);
Result<ImportedMachine> import_query(std::string_view text, const std::string& where);
Result<ImportedMachine> import_csv(std::string_view text, const std::string& where);

/// What `machine` lacks, `other` gives: GPUs are the same by address, else by UUID.
void merge_import(ImportedMachine& machine, const ImportedMachine& other);

/// The boards that the program knows, by id: read once, asked for every GPU.
using KnownBoards = std::map<std::string, Board>;
KnownBoards load_known_boards(const BuiltinLibrary& library);

/// The scenario's TOML, on the known board with the same PCI device, else on its family's. `summary` is its
/// first line.
std::string render_import(const ImportedMachine& machine, const std::string& summary,
                          const KnownBoards& boards);

}  // namespace nvstack::virt
