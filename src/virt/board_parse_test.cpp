// Goal: a board's file gives its identity, values, clocks and MIG profiles; a board that is `like` another
// adds to it.
#include <doctest.h>

#include <map>
#include <set>

#include "base/text.hpp"
#include "virt/board_values.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

class Shelf : public ScenarioLibrary {
 public:
  std::map<std::string, std::string> boards;
  Result<std::string> board_text(const std::string& id) const override {
    const auto at = boards.find(id);
    if (at == boards.end()) return fail(ErrorCode::kNotFound, "no board " + id);
    return at->second;
  }
};

std::string refusal(const std::string& toml) {
  const auto board = parse_board(toml, "b.toml");
  return board ? "" : board.error().text() + " | " + board.error().hint;
}

}  // namespace

TEST_CASE("a board's values") {
  const auto board = parse_board(
      "[pci]\ndevice = \"2684\"\nsubsystem = \"1043:88e2\"\nclass = \"030000\"\naudio = true\nbars_mib = "
      "[16, 32768]\n"
      "[thermal]\nresistance_c_per_w = 0.2\nseconds = 30\n[readings]\nfans = 2\ndisplay_active = "
      "true\nserialx = 1\n",
      "b.toml");
  REQUIRE_FALSE(board.has_value());  // serialx
  const auto good = parse_board(
      "source = \"a\"\n[pci]\ndevice = \"2684\"\nsubsystem = \"1043:88e2\"\nclass = \"030000\"\naudio = "
      "true\nbars_mib = [16, 32768]\n"
      "[thermal]\nresistance_c_per_w = 0.2\nseconds = 30\n[readings]\nfans = 2\ndisplay_active = true\ngom = "
      "\"N/A\"\nmig_mode = \"no permission\"\n"
      "[texts]\nname = \"Board\"\n[[clocks]]\nmemory_mhz = 10\ngraphics_min_mhz = 1\ngraphics_max_mhz = "
      "5\ngraphics_step_mhz = 7.5\n"
      "[[mig]]\nname = \"1g\"\nid = 19\nslices = 1\nplacements = [0, 1]\n",
      "b.toml");
  REQUIRE_MESSAGE(good.has_value(), (good ? "" : good.error().text()));
  CHECK(good->device_id == 0x2684);
  CHECK(good->subsystem_vendor == 0x1043);
  CHECK(good->subsystem_id == 0x88e2);
  CHECK(good->audio_function);
  CHECK(good->bar_bytes == std::vector<std::uint64_t>{16ull << 20, 32ull << 30});
  CHECK(good->thermal_seconds == doctest::Approx(30));
  CHECK(good->readings.at("fans").value == 2);
  CHECK(good->readings.at("display_active").value == 1);
  CHECK(good->readings.at("gom").code == 3);
  CHECK(good->readings.at("mig_mode").code == 4);
  CHECK(good->texts.at("name") == "Board");
  CHECK(good->clocks[0].graphics_step_mhz == doctest::Approx(7.5));
  CHECK(good->profiles[0].placements.size() == 2);
}

TEST_CASE("a board is like another and differs where it says so") {
  Shelf shelf;
  shelf.boards = {{"old", "[readings]\nfans = 2\ngom = 1\n[[clocks]]\nmemory_mhz = 1\n"},
                  {"new", "like = \"old\"\n[readings]\nfans = 3\n"},
                  {"ring", "like = \"ring\"\n"},
                  {"lost", "like = \"nowhere\"\n"}};
  const auto board = load_board("new", shelf);
  REQUIRE(board.has_value());
  CHECK(board->id == "new");
  CHECK(board->readings.at("fans").value == 3);
  CHECK(board->readings.at("gom").value == 1);
  CHECK(board->clocks.size() == 1);
  CHECK(contains(load_board("ring", shelf).error().message, "longer than 8"));
  CHECK(load_board("lost", shelf).error().code == ErrorCode::kNotFound);
}

TEST_CASE("a board's mistakes are named") {
  CHECK(contains(refusal("[readings]\nfan = 2\n"), "did you mean fans?"));
  CHECK(contains(refusal("[texts]\nname = 3\n"), "at most 95 bytes"));
  CHECK(contains(refusal("[pci]\nsubsystem = \"10de\"\n"), "subsystem must be as in"));
  CHECK(contains(refusal("[pci]\ndevice = \"xyz\"\n"), "hexadecimal"));
  CHECK(contains(refusal("[pci]\nbars_mib = [-1]\n"), "bars_mib must hold"));
  CHECK(contains(refusal("[thermal]\nseconds = 0\n"), "[thermal]: seconds is out of its range"));
  CHECK(contains(refusal("[[clocks]]\ngraphics_min_mhz = 2\ngraphics_max_mhz = 1\n"),
                 "above graphics_max_mhz"));
  CHECK(contains(refusal("[[mig]]\nnam = \"x\"\n"), "did you mean name?"));
  std::string rows;
  for (int i = 0; i < 9; ++i) rows += "[[clocks]]\nmemory_mhz = 1\n";
  CHECK(contains(refusal(rows), "more than 8 rows"));
  rows.clear();
  for (int i = 0; i < 17; ++i) rows += "[[mig]]\nname = \"x\"\n";
  CHECK(contains(refusal(rows), "more than 16 rows"));
}

TEST_CASE("values that contradict each other") {
  Board board;
  board.readings = {{"memory_used_bytes", {10, 0}}, {"memory_total_bytes", {5, 0}}};
  CHECK(contains(check_board(board, "b").error().message,
                 "memory_used_bytes (10) is above memory_total_bytes (5)"));
  board.readings = {{"memory_used_bytes", {10, 3}}, {"memory_total_bytes", {5, 0}}};
  CHECK(check_board(board, "b").has_value());
  board.readings = {{"temperature_c", {-5, 0}}, {"tlimit_slowdown_c", {-2, 0}}, {"numa_node_id", {-1, 0}}};
  CHECK(check_board(board, "b").has_value());
  board.readings = {{"fan_percent", {130, 0}}};
  CHECK(contains(check_board(board, "b").error().message, "above 100 percent"));
}

TEST_CASE("every reading and text has its name, and no name twice") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < channel::kReadings; ++i) {
    const auto id = static_cast<channel::ReadingId>(i);
    CHECK(names.insert(std::string(reading_name(id))).second);
    CHECK(find_reading(reading_name(id)) == id);
  }
  for (std::size_t i = 0; i < channel::kTexts; ++i) {
    const auto id = static_cast<channel::TextId>(i);
    CHECK(names.insert(std::string(text_name(id))).second);
    CHECK(find_text(text_name(id)) == id);
  }
  CHECK_FALSE(find_reading("").has_value());
  CHECK(reading_life(channel::ReadingId::power_limit_mw) == channel::Life::kGpu);
  CHECK(reading_life(channel::ReadingId::ecc_mode) == channel::Life::kBoard);
}
