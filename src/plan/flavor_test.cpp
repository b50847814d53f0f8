// Goal: for every device id and every published subsystem the flavor is the one NVIDIA's installer chooses,
// and combinations of GPUs combine as it combines them. Method: the installer's steps, written here a second
// time from their description over the text of gpus.tsv, against our decision.
#include "plan/flavor.hpp"

#include <doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using catalog::Flavor;
using catalog::OpenSupport;

namespace {

struct ListedRow {
  std::string flavor, legacy;
};

/// The rows of gpus.tsv, read without the catalogue's code.
const std::map<std::string, ListedRow>& listed_rows() {
  static const auto rows = [] {
    std::map<std::string, ListedRow> read;
    const char* source = std::getenv("NVSTACK_SOURCE");
    std::ifstream file(std::string(source ? source : ".") + "/data/gpus.tsv");
    std::string line;
    while (std::getline(file, line)) {
      if (line.empty() || line[0] == '#' || line.starts_with("device\t")) continue;
      std::stringstream cells(line);
      std::string device, subsystem, flavor, legacy;
      std::getline(cells, device, '\t'), std::getline(cells, subsystem, '\t');
      std::getline(cells, flavor, '\t'), std::getline(cells, legacy, '\t');
      read.try_emplace(subsystem.empty() ? device : device + ":" + subsystem, ListedRow{flavor, legacy});
    }
    return read;
  }();
  return rows;
}

enum class Verdict { kOpenRequired, kBoth, kOpenUnsupported };

/// Steps 1, 2 and 4 of the installer for one GPU (no vGPU host package).
Verdict installer_verdict(unsigned device, const std::string& subsystem) {
  char name[8];
  std::snprintf(name, sizeof name, "%04x", device);
  const auto& rows = listed_rows();
  auto row = rows.find(std::string(name) + ":" + subsystem);
  if (subsystem.empty() || row == rows.end()) row = rows.find(name);
  const bool listed = row != rows.end();
  if (listed && !row->second.legacy.empty()) return Verdict::kOpenUnsupported;
  const bool self_hosted = (device >= 0x2340 && device <= 0x237f) || (device >= 0x2940 && device <= 0x297f) ||
                           (device >= 0x31c0 && device <= 0x31ff) || device == 0x31a1;
  if (self_hosted) return Verdict::kOpenRequired;
  if (listed && row->second.flavor == "open") return Verdict::kOpenRequired;
  if (listed && row->second.flavor == "proprietary") return Verdict::kOpenUnsupported;
  if (listed) return Verdict::kBoth;
  return device >= 0x1340 && device < 0x1e00 ? Verdict::kOpenUnsupported : Verdict::kBoth;
}

/// What the installer recommends where it offers both: open.
Flavor installer_flavor(const std::vector<Verdict>& verdicts) {
  bool required = false, unsupported = false;
  for (const Verdict verdict : verdicts) {
    required = required || verdict == Verdict::kOpenRequired;
    unsupported = unsupported || verdict == Verdict::kOpenUnsupported;
  }
  if (required) return Flavor::kOpen;
  return unsupported ? Flavor::kProprietary : Flavor::kOpen;
}

Flavor our_flavor(const std::vector<TargetGpu>& gpus) {
  const auto branches = load_branches(make::catalog());
  return standard_flavor(offer_for(gpus, PlatformKind::kNative), *find_branch(branches, 580));
}

}  // namespace

TEST_CASE("every device id without a subsystem gets the installer's flavor") {
  REQUIRE(listed_rows().size() > 2000);
  int compared = 0;
  for (unsigned device = 0x20; device <= 0x3fff; ++device) {
    const catalog::GpuId id{static_cast<std::uint16_t>(device), 0, 0};
    const TargetGpu gpu{"", id, make::gpus().find(id)};
    const Verdict reference = installer_verdict(device, "");
    if (our_flavor({gpu}) != installer_flavor({reference})) FAIL_CHECK(id.text());
    if ((gpu.verdict.open == OpenSupport::kUnsupported) != (reference == Verdict::kOpenUnsupported))
      FAIL_CHECK(id.text() << " open support");
    ++compared;
  }
  CHECK(compared == 0x3fff - 0x20 + 1);
}

TEST_CASE("every published subsystem gets the installer's flavor") {
  int compared = 0;
  for (const auto& [key, row] : listed_rows()) {
    if (key.size() != 14) continue;
    const auto id = catalog::parse_gpu_id(key);
    REQUIRE(id);
    const TargetGpu gpu{"", *id, make::gpus().find(*id)};
    if (our_flavor({gpu}) != installer_flavor({installer_verdict(id->device, key.substr(5))}))
      FAIL_CHECK(key);
    ++compared;
  }
  CHECK(compared > 1000);
}

TEST_CASE("every pair of architectures combines as the installer combines it") {
  const std::vector<const char*> all = {make::kFermi,  make::kKepler,      make::kMaxwell,  make::kPascal,
                                        make::kVolta,  make::kTuring,      make::kAmpere,   make::kAda,
                                        make::kHopper, make::kGraceHopper, make::kBlackwell};
  for (const char* a : all) {
    for (const char* b : all) {
      const TargetGpu first = make::gpu(a), second = make::gpu(b);
      const Flavor expected =
          installer_flavor({installer_verdict(first.id.device, ""), installer_verdict(second.id.device, "")});
      CHECK_MESSAGE(our_flavor({first, second}) == expected, a, " ", b);
    }
  }
}

TEST_CASE("ids that open alone drives are Blackwell, Grace Hopper, and those nobody published") {
  for (const catalog::GpuId& id : make::gpus().ids()) {
    const auto verdict = make::gpus().find(id);
    if (verdict.open != OpenSupport::kRequired) continue;
    CHECK_MESSAGE((verdict.architecture == catalog::Architecture::kBlackwell || verdict.self_hosted),
                  id.text());
  }
}

TEST_CASE("a conflict names both GPUs; no GPU offers both flavors") {
  const std::vector<TargetGpu> gpus = {make::gpu(make::kPascal), make::gpu(make::kBlackwell)};
  const FlavorOffer offer = offer_for(gpus, PlatformKind::kNative);
  CHECK(offer.conflict());
  CHECK(offer.requires_open == &gpus[1]);
  CHECK(offer.requires_proprietary == &gpus[0]);
  const FlavorOffer none = offer_for({}, PlatformKind::kNative);
  CHECK((none.open && none.proprietary && !none.conflict()));
}

TEST_CASE("a vGPU host needs open on every GPU with a GSP and cannot have it on the others") {
  CHECK(open_support(make::gpu(make::kAda), PlatformKind::kVgpuHost) == OpenSupport::kRequired);
  CHECK(open_support(make::gpu(make::kVolta), PlatformKind::kVgpuHost) == OpenSupport::kUnsupported);
  CHECK(open_support(make::gpu(make::kAda), PlatformKind::kVgpuGuest) == OpenSupport::kRecommended);
}

TEST_CASE("the time axis: proprietary by default before 560, open from then on, open alone from 620") {
  const auto branches = load_branches(make::catalog());
  const FlavorOffer both = offer_for({}, PlatformKind::kNative);
  for (const Branch& branch : branches) {
    const FlavorOffer offer = offer_at(both, branch);
    CHECK_MESSAGE(offer.open == (branch.number >= 515), branch.number);
    CHECK_MESSAGE(offer.proprietary == (branch.number < 620), branch.number);
    const Flavor expected = branch.number >= 560 ? Flavor::kOpen : Flavor::kProprietary;
    CHECK_MESSAGE(standard_flavor(offer, branch) == expected, branch.number);
  }
}
