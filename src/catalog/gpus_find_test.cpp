// Goal: any PCI id gets a verdict: by its row, by the installer's self-hosted ids, by its block of ids.
#include <doctest.h>

#include <cstdio>

#include "base/text.hpp"
#include "catalog/gpus.hpp"

using namespace nvstack;
using namespace nvstack::catalog;

namespace {

const Catalog& published() {
  static const Catalog instance;
  return instance;
}

const Gpus& gpus() {
  static const Gpus instance = *Gpus::load(published());
  return instance;
}

GpuVerdict find(unsigned device) {
  return gpus().find({static_cast<std::uint16_t>(device), 0, 0});
}

std::string hex(unsigned device) {
  char text[8];
  std::snprintf(text, sizeof text, "%04x", device);
  return text;
}

}  // namespace

TEST_CASE("the first and the last id of each block have its chip and architecture") {
  const Table& chips = published().get("chips.tsv");
  CHECK(chips.size() > 50);
  for (std::size_t i = 0; i < chips.size(); ++i) {
    const Row row = chips.row(i);
    for (const char* end : {"first", "last"}) {
      const GpuVerdict verdict = find(static_cast<unsigned>(*parse_hex(row[end])));
      CHECK_MESSAGE(verdict.chip == row["chip"], std::string(row[end]));
      CHECK_MESSAGE(architecture_name(verdict.architecture) == row["architecture"], std::string(row[end]));
      CHECK_MESSAGE(verdict.compute_capability == row["compute_capability"], std::string(row[end]));
    }
  }
}

TEST_CASE("blocks neither overlap nor stand out of order of their ends") {
  const Table& chips = published().get("chips.tsv");
  unsigned last = 0;
  for (std::size_t i = 0; i < chips.size(); ++i) {
    CHECK_MESSAGE(*parse_hex(chips.row(i)["first"]) > last, std::string(chips.row(i)["first"]));
    last = static_cast<unsigned>(*parse_hex(chips.row(i)["last"]));
  }
}

TEST_CASE("one board of each architecture") {
  struct Board {
    unsigned device;
    const char *architecture, *chip;
    OpenSupport open;
  };
  const Board boards[] = {
      {0x06c0, "fermi", "GF100", OpenSupport::kUnsupported},
      {0x1180, "kepler", "GK104", OpenSupport::kUnsupported},
      {0x1380, "maxwell", "GM107", OpenSupport::kUnsupported},
      {0x1b80, "pascal", "GP104", OpenSupport::kUnsupported},
      {0x1db4, "volta", "GV100", OpenSupport::kUnsupported},
      {0x1e04, "turing", "TU102", OpenSupport::kRecommended},
      {0x20b0, "ampere", "GA100", OpenSupport::kRecommended},
      {0x2684, "ada", "AD102", OpenSupport::kRecommended},
      {0x2330, "hopper", "GH100", OpenSupport::kRecommended},
      {0x2901, "blackwell", "GB100", OpenSupport::kRequired},
      {0x2b85, "blackwell", "GB202", OpenSupport::kRequired},
  };
  for (const Board& board : boards) {
    const GpuVerdict verdict = find(board.device);
    CHECK_MESSAGE(architecture_name(verdict.architecture) == board.architecture, hex(board.device));
    CHECK_MESSAGE(verdict.chip == board.chip, hex(board.device));
    CHECK_MESSAGE(verdict.open == board.open, hex(board.device));
  }
}

TEST_CASE("self-hosted ids are exactly the installer's, and need the open modules") {
  const std::pair<unsigned, unsigned> ranges[] = {
      {0x2340, 0x237f}, {0x2940, 0x297f}, {0x31c0, 0x31ff}, {0x31a1, 0x31a1}};
  unsigned count = 0;
  for (unsigned device = 0; device <= 0xffff; ++device) {
    bool expected = false;
    for (const auto& [first, last] : ranges) expected = expected || (device >= first && device <= last);
    const GpuVerdict verdict = find(device);
    CHECK_MESSAGE(verdict.self_hosted == expected, hex(device));
    if (!expected) continue;
    ++count;
    CHECK_MESSAGE(verdict.open == OpenSupport::kRequired, hex(device));
    CHECK_MESSAGE(verdict.open_reason == "self-hosted", hex(device));
  }
  CHECK(count == 64 * 3 + 1);
}

TEST_CASE("ids that no list names: proprietary before Turing, newer than the lists elsewhere") {
  unsigned before = 0, newer = 0;
  for (unsigned device = 0; device <= 0xffff; ++device) {
    const GpuVerdict verdict = find(device);
    if (verdict.known || verdict.self_hosted) continue;
    if (device >= 0x1340 && device < 0x1e00) {
      ++before;
      CHECK_MESSAGE(verdict.open_reason == "pre-turing", hex(device));
      CHECK_MESSAGE(verdict.open == OpenSupport::kUnsupported, hex(device));
    } else {
      ++newer;
      CHECK_MESSAGE(verdict.open_reason == "unknown-new", hex(device));
      CHECK_MESSAGE(verdict.open != OpenSupport::kUnsupported, hex(device));
    }
    CHECK_MESSAGE(!verdict.legacy_branch, hex(device));
  }
  CHECK(before > 1000);
  CHECK(newer > 50'000);
  CHECK(find(0x133f).open_reason != "pre-turing");
  CHECK(find(0x1dff).open_reason == "pre-turing");
  CHECK(find(0xffff).name.empty());
}

TEST_CASE("a published board wins over its device, an unpublished one falls back to it") {
  const GpuVerdict board = gpus().find({0x2330, 0x10de, 0x16c1});
  const GpuVerdict device = gpus().find({0x2330, 0xabcd, 0x0001});
  CHECK(board.known);
  CHECK(board.name == "NVIDIA H100 80GB HBM3");
  CHECK(!device.name.empty());
  CHECK(device.architecture == Architecture::kHopper);
}

TEST_CASE("every row answers with its own name, and legacy rows with their branch") {
  const Table& table = published().get("gpus.tsv");
  CHECK(gpus().ids().size() > 2000);
  std::size_t legacy = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    const std::string text =
        std::string(row["device"]) + (row["subsystem"].empty() ? "" : ":" + std::string(row["subsystem"]));
    const auto id = parse_gpu_id(text.size() > 4 ? "10de:" + text : text);
    REQUIRE_MESSAGE(id, text);
    const GpuVerdict verdict = gpus().find(*id);
    CHECK_MESSAGE(verdict.known, text);
    CHECK_MESSAGE(!verdict.name.empty(), text);
    if (row["legacy_branch"].empty()) continue;
    ++legacy;
    CHECK_MESSAGE(verdict.open == OpenSupport::kUnsupported, text);
    CHECK_MESSAGE(verdict.legacy_branch.has_value(), text);
  }
  CHECK(legacy > 1000);
}

TEST_CASE("an id written and read again is the same id") {
  for (const GpuId& id : gpus().ids()) {
    const auto again = parse_gpu_id(id.text());
    REQUIRE_MESSAGE(again, id.text());
    CHECK_MESSAGE(*again == id, id.text());
  }
}

TEST_CASE("every verdict has words") {
  for (const Flavor flavor : {Flavor::kOpen, Flavor::kProprietary}) CHECK(flavor_name(flavor).size() >= 4);
  CHECK(flavor_name(Flavor::kOpen) == "open");
  CHECK(open_support_name(OpenSupport::kRequired) == "required");
  CHECK(open_support_name(OpenSupport::kRecommended) == "recommended");
  CHECK(open_support_name(OpenSupport::kUnsupported) == "unsupported");
  CHECK(architecture_name(Architecture::kUnknown) == "unknown");
  CHECK(architecture_name(Architecture::kOlder) == "older");
}
