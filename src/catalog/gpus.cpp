#include "catalog/gpus.hpp"

#include <array>
#include <cstdio>

#include "base/json.hpp"
#include "base/message.hpp"
#include "base/text.hpp"

namespace nvstack::catalog {

namespace {

constexpr std::uint16_t kNvidia = 0x10de;

constexpr std::pair<Architecture, std::string_view> kArchitectures[] = {
    {Architecture::kUnknown, "unknown"}, {Architecture::kOlder, "older"},
    {Architecture::kFermi, "fermi"},     {Architecture::kKepler, "kepler"},
    {Architecture::kMaxwell, "maxwell"}, {Architecture::kPascal, "pascal"},
    {Architecture::kVolta, "volta"},     {Architecture::kTuring, "turing"},
    {Architecture::kAmpere, "ampere"},   {Architecture::kAda, "ada"},
    {Architecture::kHopper, "hopper"},   {Architecture::kBlackwell, "blackwell"},
};

std::optional<std::uint16_t> parse_id(std::string_view text) {
  const auto value = parse_hex(text);
  if (!value || *value > 0xFFFF) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

/// A driver branch: nothing that could be one has six digits.
std::optional<int> parse_branch(std::string_view text) {
  const auto value = parse_uint(text);
  if (!value || *value == 0 || *value >= 100'000) return std::nullopt;
  return static_cast<int>(*value);
}

std::uint64_t key_of(const GpuId& id) {
  return std::uint64_t{id.device} << 32 | std::uint64_t{id.subvendor} << 16 | id.subdevice;
}

tl::unexpected<Error> bad_row(const Row& row, const char* what) {
  return fail(ErrorCode::kMalformed, "line " + std::to_string(row.line()) + ": " + what);
}

/// The ids that only the open modules serve whatever the lists say (nvidia-installer misc.c:1795).
bool is_self_hosted(std::uint16_t device) {
  return (device >= 0x2340 && device <= 0x237f) || (device >= 0x2940 && device <= 0x297f) ||
         (device >= 0x31c0 && device <= 0x31ff) || device == 0x31a1;
}

}  // namespace

std::string_view flavor_name(Flavor flavor) {
  return flavor == Flavor::kOpen ? N_("open") : N_("proprietary");
}

std::string_view open_support_name(OpenSupport support) {
  switch (support) {
    case OpenSupport::kRequired: return N_("required");
    case OpenSupport::kRecommended: return N_("recommended");
    case OpenSupport::kUnsupported: return N_("unsupported");
  }
  return "";
}

std::string_view architecture_name(Architecture architecture) {
  for (const auto& [value, name] : kArchitectures)
    if (value == architecture) return name;
  return "";
}

std::string GpuId::text() const {
  std::array<char, 24> out{};
  if (subvendor == 0) {
    std::snprintf(out.data(), out.size(), "10de:%04x", device);
  } else {
    std::snprintf(out.data(), out.size(), "10de:%04x:%04x:%04x", device, subvendor, subdevice);
  }
  return out.data();
}

Result<GpuId> parse_gpu_id(std::string_view text) {
  auto parts = split(text, ':');
  GpuId id;
  if (parts.size() == 2 || parts.size() == 4) {
    if (parse_id(parts[0]) != kNvidia)
      return fail(ErrorCode::kUsage, printable(text, 60) + " is not an NVIDIA id",
                  "NVIDIA's vendor id is 10de");
    parts.erase(parts.begin());
  }
  std::array<std::optional<std::uint16_t>, 3> numbers;
  // "10de:2684:10de" lacks its last part; it is not device 10de of another vendor's board.
  // Nor is a lone "10de" a device: it is the vendor.
  if ((parts.size() != 1 && parts.size() != 3) || parse_id(parts[0]) == kNvidia) parts.clear();
  for (std::size_t i = 0; i < parts.size(); ++i) numbers[i] = parse_id(parts[i]);
  if (parts.empty() || !numbers[0] || (parts.size() == 3 && (!numbers[1] || !numbers[2])))
    return fail(ErrorCode::kUsage, "\"" + printable(text, 60) + "\" is not a GPU's PCI id",
                "write 10de:2684 or 10de:2684:10de:16f3, as lspci -nn prints it");
  id.device = *numbers[0];
  if (parts.size() == 3) id.subvendor = *numbers[1], id.subdevice = *numbers[2];
  return id;
}

namespace {

Result<Architecture> parse_architecture(const Row& row) {
  for (const auto& [value, name] : kArchitectures)
    if (name == row["architecture"]) return value;
  return bad_row(row, "no such architecture");
}

}  // namespace

namespace {

std::optional<GpuId> row_id(const Row& row) {
  const auto device = parse_id(row["device"]);
  if (!device) return std::nullopt;
  if (row["subsystem"].empty()) return GpuId{*device, 0, 0};
  const auto parts = cut(row["subsystem"], ":");
  const auto subvendor = parts ? parse_id(parts->first) : std::nullopt;
  const auto subdevice = parts ? parse_id(parts->second) : std::nullopt;
  if (!subvendor || !subdevice) return std::nullopt;
  return GpuId{*device, *subvendor, *subdevice};
}

}  // namespace

Status Gpus::load_chips(const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    const auto first = parse_id(row["first"]), last = parse_id(row["last"]);
    if (!first || !last || *first > *last)
      return bad_row(row, "first and last are not a range of device ids");
    const Architecture architecture = TRY(parse_architecture(row));
    chips_.push_back(
        {*first, *last, std::string(row["chip"]), std::string(row["compute_capability"]), architecture});
  }
  return {};
}

Status Gpus::load_rows(const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    const auto id = row_id(row);
    if (!id) return bad_row(row, "not a device id");
    Entry entry{std::string(row["name"]), 'P', parse_branch(row["legacy_branch"])};
    if (!row["legacy_branch"].empty() && !entry.legacy_branch) return bad_row(row, "no such legacy branch");
    if (row["flavor"] == "open") {
      entry.flavor = 'O';
    } else if (row["flavor"] == "proprietary") {
      entry.flavor = 'C';
    } else if (row["flavor"] != "both") {
      return bad_row(row, "flavor is open, both or proprietary");
    }
    rows_.try_emplace(key_of(*id), std::move(entry));
  }
  return {};
}

Status Gpus::load_supported_gpus(std::string_view text) {
  const Json json = TRY_AS("reading supported-gpus.json", parse_json(text));
  const auto* chips = json["chips"].items();
  if (!chips)
    return fail(ErrorCode::kMalformed, "supported-gpus.json holds no \"chips\" list",
                "take the file from the driver package's supported-gpus directory");
  for (const Json& chip : *chips) {
    GpuId id;
    const auto device = parse_id(chip.text("devid"));
    if (!device) return fail(ErrorCode::kMalformed, "supported-gpus.json: a chip without a devid");
    id.device = *device;
    id.subvendor = parse_id(chip.text("subvendorid")).value_or(0);
    id.subdevice = parse_id(chip.text("subdevid")).value_or(0);
    Entry entry{printable(chip.text("name"), 200), 'C', std::nullopt};
    bool open = false, proprietary = false;
    if (const auto* features = chip["features"].items()) {
      for (const Json& feature : *features) {
        if (!feature.string()) continue;
        open = open || *feature.string() == "kernelopen";
        proprietary = proprietary || *feature.string() == "gsp_proprietary_supported";
      }
    }
    if (open) entry.flavor = proprietary ? 'P' : 'O';
    const std::string branch = chip.text("legacybranch");
    entry.legacy_branch = parse_branch(std::string_view(branch).substr(0, branch.find('.')));
    rows_.insert_or_assign(key_of(id), std::move(entry));
  }
  return {};
}

Result<Gpus> Gpus::load(const Catalog& catalog) {
  Gpus gpus;
  TRY_AS("reading chips.tsv", gpus.load_chips(*TRY(catalog.table("chips.tsv"))));
  if (const std::string* json = catalog.supported_gpus_json()) {
    TRY(gpus.load_supported_gpus(*json));
  } else {
    TRY_AS("reading gpus.tsv", gpus.load_rows(*TRY(catalog.table("gpus.tsv"))));
  }
  return gpus;
}

Result<const Gpus*> Gpus::shared(const Catalog& catalog) {
  return catalog.derived<Gpus>("gpus", [&] { return load(catalog); });
}

const Gpus::Entry* Gpus::find_row(const GpuId& id) const {
  if (const auto exact = rows_.find(key_of(id)); exact != rows_.end()) return &exact->second;
  if (const auto device = rows_.find(key_of({id.device, 0, 0})); device != rows_.end())
    return &device->second;
  return nullptr;
}

GpuVerdict Gpus::find(const GpuId& id) const {
  GpuVerdict verdict;
  for (const Chip& chip : chips_) {
    if (id.device < chip.first || id.device > chip.last) continue;
    verdict.chip = chip.chip, verdict.compute_capability = chip.compute_capability;
    verdict.architecture = chip.architecture;
  }
  const Entry* row = find_row(id);
  if (row) verdict.name = row->name, verdict.known = true, verdict.legacy_branch = row->legacy_branch;
  if (!row) {
    // A board of a known chip that only other subsystems are published for still has a name to show.
    const auto sibling = rows_.lower_bound(key_of({id.device, 0, 0}));
    if (sibling != rows_.end() && sibling->first >> 32 == id.device) verdict.name = sibling->second.name;
  }
  verdict.self_hosted = is_self_hosted(id.device);
  if (row && row->legacy_branch) {
    verdict.open = OpenSupport::kUnsupported, verdict.open_reason = "legacy";
  } else if (verdict.self_hosted) {
    verdict.open = OpenSupport::kRequired, verdict.open_reason = "self-hosted";
  } else if (row) {
    verdict.open = row->flavor == 'O'   ? OpenSupport::kRequired
                   : row->flavor == 'C' ? OpenSupport::kUnsupported
                                        : OpenSupport::kRecommended;
    verdict.open_reason = "listed";
  } else if (id.device >= 0x1340 && id.device < 0x1e00) {
    verdict.open = OpenSupport::kUnsupported, verdict.open_reason = "pre-turing";
  } else {
    // The installer takes every other unlisted id for a newer GPU, ids below 0x1340 too: no such board
    // exists.
    verdict.open =
        verdict.architecture == Architecture::kBlackwell || verdict.architecture == Architecture::kUnknown
            ? OpenSupport::kRequired
            : OpenSupport::kRecommended;
    verdict.open_reason = "unknown-new";
  }
  return verdict;
}

std::vector<GpuId> Gpus::ids() const {
  std::vector<GpuId> all;
  for (const auto& [key, entry] : rows_)
    all.push_back({static_cast<std::uint16_t>(key >> 32), static_cast<std::uint16_t>(key >> 16),
                   static_cast<std::uint16_t>(key)});
  return all;
}

}  // namespace nvstack::catalog
