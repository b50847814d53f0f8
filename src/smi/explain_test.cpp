#include "smi/explain.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "smi/explain_cells.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::smi;
using namespace nvstack::smi::test;

namespace {

GpuCells cells_at_rest() {
  GpuCells cells;
  cells.name = "NVIDIA GeForce RTX 4090", cells.persistence = "Off", cells.bus_id = "00000000:81:00.0";
  cells.display = "Off", cells.ecc = "Off", cells.fan = "30%", cells.temperature = "31C",
  cells.performance = "P8";
  cells.power = "20W", cells.limit = "250W", cells.used = "1MiB", cells.total = "24564MiB",
  cells.utilization = "0%";
  cells.compute = "Default", cells.mig = "N/A";
  return cells;
}

std::string words_of(const GpuCells& cells, const std::string& cell, const ExplainedGpu& beside = {}) {
  for (const CellWords& row : explain_gpu(cells, beside))
    if (row.cell == cell) return row.words;
  return "";
}

bool says(const std::string& words, const std::string& part) {
  return words.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each cell of a GPU at rest in words") {
  const GpuCells cells = cells_at_rest();
  CHECK(says(words_of(cells, "Perf"), "idle states"));
  CHECK(says(words_of(cells, "Persistence-M"), "forgotten"));
  CHECK(says(words_of(cells, "Bus-Id"), "0000:81:00.0."));
  CHECK(says(words_of(cells, "Volatile Uncorr. ECC"), "costs"));
  CHECK(says(words_of(cells, "Memory-Usage"), "Less than 1 percent"));
  CHECK(says(words_of(cells, "MIG M."), "cannot be divided"));
  CHECK(says(words_of(cells, "Pwr:Usage/Cap"), "draws 20 W"));
  CHECK(explain_gpu(cells, {}).size() == 14);
}

TEST_CASE("the same cell says something else when its value does") {
  struct Row {
    std::string GpuCells::*cell;
    const char* value;
    const char* name;
    const char* part;
  };
  const Row rows[] = {
      {&GpuCells::fan, "N/A", "Fan", "no fan of its own"},
      {&GpuCells::fan, "ERR!", "Fan", "Asking the driver for this failed"},
      {&GpuCells::fan, "0%", "Fan", "rests"},
      {&GpuCells::persistence, "On", "Persistence-M", "keeps this GPU initialized"},
      {&GpuCells::display, "On", "Disp.A", "desktop"},
      {&GpuCells::ecc, "N/A", "Volatile Uncorr. ECC", "no error correction"},
      {&GpuCells::ecc, "0", "Volatile Uncorr. ECC", "every error was repaired"},
      {&GpuCells::ecc, "2", "Volatile Uncorr. ECC", "2 memory errors"},
      {&GpuCells::temperature, "91C", "Temp", "hot"},
      {&GpuCells::temperature, "65C", "Temp", "usual under load"},
      {&GpuCells::performance, "P0", "Perf", "highest"},
      {&GpuCells::performance, "P2", "Perf", "GeForce boards compute in P2"},
      {&GpuCells::performance, "P5", "Perf", "middle"},
      {&GpuCells::performance, "N/A", "Perf", "no performance state"},
      {&GpuCells::power, "N/A", "Pwr:Usage/Cap", "does not measure its power"},
      {&GpuCells::limit, "N/A", "Pwr:Usage/Cap", "No limit can be set"},
      {&GpuCells::utilization, "97%", "GPU-Util", "at least one kernel"},
      {&GpuCells::utilization, "N/A", "GPU-Util", "does not say"},
      {&GpuCells::compute, "Prohibited", "Compute M.", "CUDA does not see it"},
      {&GpuCells::compute, "E. Process", "Compute M.", "One process at a time"},
      {&GpuCells::mig, "Enabled*", "MIG M.", "waits for a reset"},
      {&GpuCells::mig, "Disabled", "MIG M.", "works as one"},
      {&GpuCells::used, "N/A", "Memory-Usage", "shows no memory"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CAPTURE(row.value);
    GpuCells cells = cells_at_rest();
    cells.*row.cell = row.value;
    CHECK(says(words_of(cells, row.name), row.part));
  }
}

TEST_CASE("a limit below or above the board's own") {
  CHECK(says(words_of(cells_at_rest(), "Pwr:Usage/Cap", {.clocks = {}, .default_limit = "450W"}),
             "below the board's own 450 W"));
  CHECK(says(words_of(cells_at_rest(), "Pwr:Usage/Cap", {.clocks = {}, .default_limit = "200W"}),
             "raised above"));
  CHECK_FALSE(
      says(words_of(cells_at_rest(), "Pwr:Usage/Cap", {.clocks = {}, .default_limit = "250W"}), "own"));
}

TEST_CASE("what holds the clocks down, now and since the driver was loaded") {
  const GpuCells cells = cells_at_rest();
  ClockReasons clocks{.active = 0x4, .held_us = {221'400'000}};
  CHECK(clock_value(clocks) == "SW Power Cap");
  CHECK(clock_words(cells, clocks) ==
        "The 250 W power limit lowers the clocks now. Capped by the 250 W power limit for 221 s since the "
        "driver was loaded.");
  CHECK(clock_value({.active = 0x1, .held_us = {}}) == "Idle");
  CHECK(clock_words(cells, {.active = 0x1, .held_us = {}}) == "Nothing runs, so the clocks are low.");
  CHECK(clock_value({.active = 0, .held_us = {}}) == "free");
  CHECK(clock_value({.active = 0x48, .held_us = {}}) == "HW Thermal Slowdown");
  CHECK(clock_value({.active = 0x8, .held_us = {}}) == "HW Slowdown");
  CHECK(says(clock_words(cells, {.active = 0x8, .held_us = {}}), "heat or power supply"));
  CHECK(clock_value({.active = std::nullopt, .held_us = {}}) == "N/A");
  CHECK(says(clock_words(cells, {.active = 0x1, .held_us = {std::nullopt, std::nullopt, 900}}),
             "less than 1 ms"));
  CHECK(
      says(clock_words(cells, {.active = 0x1, .held_us = {std::nullopt, std::nullopt, 2'000}}), "for 2 ms"));
  CHECK(says(clock_words(cells, {.active = 0x1, .held_us = {10'800'000'000u}}), "for 3 h"));
}

TEST_CASE("processes, and memory that no process accounts for") {
  TableView view;
  view.gpus = {cells_at_rest()};
  CHECK(explain_users(view).empty());
  view.gpus[0].used = "9000MiB";
  REQUIRE(explain_users(view).size() == 1);
  CHECK(says(explain_users(view)[0].words, "another PID namespace"));
  Process process{
      .pid = 7, .type = "C", .name = text_value("python3"), .used = number_value(std::uint64_t{8900}, "MiB")};
  view.processes = {{0, process}};
  REQUIRE(explain_users(view).size() == 1);
  CHECK(explain_users(view)[0].words == "Process 7 (python3) computes (CUDA) and holds 8900 MiB.");
  for (const auto& [type, part] : {std::pair{"G", "draws"}, {"C+G", "computes and draws"}, {"M+C", "MPS"}}) {
    view.processes[0].process.type = type;
    CHECK(says(explain_users(view)[0].words, part));
  }
}

TEST_CASE("--explain prints the table as ever, then words in eighty columns") {
  FakeDriver made = make_driver({data_center_board(), data_center_board()});
  const std::string table = run_on(made, {}).out;
  const std::string text = run_on(made, {"--explain"}).out;
  REQUIRE(text.starts_with(table));
  CHECK(says(text, "CUDA 13.1 is the newest that the driver's libcuda supports, not an installed"));
  CHECK(says(text, "Capped by the 700 W\n      power limit for 221 ms since"));
  for (const std::string_view line : split_lines(std::string_view(text).substr(table.size())))
    CHECK(line.size() <= 80);
  const std::size_t every = text.find("Every GPU");
  REQUIRE(every != std::string::npos);
  CHECK(text.find("Disp.A: Off", every) != std::string::npos);
  CHECK(text.find("GPU 0\n", every) == std::string::npos);  // twins differ in nothing but their processes
}

TEST_CASE("--explain asks no more than it says, and goes with the table alone") {
  FakeDriver made = make_driver({gaming_board()});
  run_on(made, {"--explain"});
  CHECK_FALSE(made.asked.contains("nvmlDeviceGetSerial"));
  CHECK_FALSE(made.asked.contains("nvmlDeviceGetEncoderUtilization"));
  CHECK(made.asked.contains("nvmlDeviceGetCurrentClocksEventReasons"));
  CHECK(run_on(made, {"-q", "--explain"}).code == 2);
  CHECK(run_on(made, {"-L", "--explain"}).code == 2);
}

TEST_CASE("--explain --json has a row for each cell") {
  FakeDriver made = make_driver({gaming_board(), data_center_board()});
  made.boards[1].answers["handle"] = "15";
  const auto json = parse_json(run_on(made, {"--explain", "--json"}).out);
  REQUIRE(json);
  const auto* rows = (*json)["rows"].items();
  REQUIRE(rows);
  CHECK((*rows)[0].text("cell") == "Driver Version");
  CHECK((*rows)[0]["gpu"].is_null());
  bool lost = false;
  for (const Json& row : *rows) {
    CHECK_FALSE(row.text("words").empty());
    lost = lost || (row.text("value") == "lost" && row["gpu"].integer() && *row["gpu"].integer() == 1);
  }
  CHECK(lost);
}

TEST_CASE("every cell is a word that nvstack explain knows") {
  const catalog::Catalog catalog;
  const auto& table = catalog.get("explain.rec");
  for (const CellRow& cell : cell_rows()) {
    bool found = false;
    for (std::size_t i = 0; i < table.size(); ++i)
      for (const std::string_view word : table.row(i).values("word")) found = found || word == cell.cell;
    CAPTURE(cell.cell);
    CHECK(found);
  }
}

TEST_CASE("the MIG devices of a GPU in words") {
  FakeDriver made = make_driver({mig_board()});
  const std::string text = run_on(made, {"--explain"}).out;
  CHECK(says(text, "MIG Dev: 2/0/0"));
  CHECK(says(text, "60 multiprocessors"));
  CHECK(says(text, "40448MiB"));
  CHECK(says(text, "The GPU is divided"));
  CHECK(says(text, "In MIG mode the driver does not say"));
}

TEST_CASE("a driver without libcuda, and one without the counters") {
  FakeDriver made = make_driver({gaming_board()});
  made.answers.erase("nvmlSystemGetCudaDriverVersion_v2");
  CHECK(says(run_on(made, {"--explain"}).out, "No libcuda was found beside the driver"));
  made.boards[0].answers["reasons"] = "0x1";
  for (const char* field : {"field.74.0", "field.76.0", "field.269.0", "field.270.0", "field.271.0"})
    made.boards[0].answers.erase(field);
  const std::string text = run_on(made, {"--explain"}).out;
  CHECK(says(text, "Nothing runs, so the clocks are low."));
  CHECK_FALSE(says(text, "since the driver was loaded."));
}

TEST_CASE("cells that could not be asked say so, each of them") {
  GpuCells cells = cells_at_rest();
  for (std::string GpuCells::*cell :
       {&GpuCells::name, &GpuCells::persistence, &GpuCells::display, &GpuCells::ecc, &GpuCells::fan,
        &GpuCells::temperature, &GpuCells::performance, &GpuCells::power, &GpuCells::used,
        &GpuCells::utilization, &GpuCells::compute, &GpuCells::mig})
    cells.*cell = "ERR!";
  int failed = 0;
  for (const CellWords& row : explain_gpu(cells, {}))
    failed += says(row.words, "Asking the driver for this failed");
  CHECK(failed == 12);
}

TEST_CASE("GPUs that say the same say it once, in the order of the table") {
  const std::vector<CellWords> rows = {{std::nullopt, "Driver Version", "1", "head"},
                                       {0, "Fan", "30%", "same"},
                                       {0, "Temp", "40C", "warm"},
                                       {1, "Fan", "30%", "same"},
                                       {1, "Temp", "90C", "hot"}};
  CHECK(render_explanation(rows, 60) ==
        "\nIn words (nvstack explain WORD says more of each):\n\nDriver Version: 1\n    head\n\nEvery GPU\n  "
        "Fan: 30%\n      same\n"
        "\nGPU 0\n  Temp: 40C\n      warm\n\nGPU 1\n  Temp: 90C\n      hot\n");
  CHECK(render_explanation({rows[0], rows[1]}, 60).find("Every GPU") == std::string::npos);
}
