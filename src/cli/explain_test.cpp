// Goal: every explanation is complete and can be found by the words people type, and is readable at 80
// columns.
#include "cli/explain.hpp"

#include <doctest.h>

#include <map>
#include <set>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using catalog::Catalog;

namespace {

const Catalog& embedded() {
  static const Catalog catalog;
  return catalog;
}

/// The word of the record that `typed` finds, "" when there is none.
std::string found(std::string_view typed, const Catalog& catalog = embedded()) {
  const auto explanation = find_explanation(catalog, typed);
  return explanation ? explanation->word : "";
}

/// A catalog that has the tables of others, with a row or two each.
Catalog with_other_tables() {
  const std::string head = "# source: test\n# date: 2026-11-22\n";
  return Catalog({
      {"xids.tsv",
       head + "code\tname\tseverity\taction\tinvestigate\tmeaning\tcure\tsource\n"
              "79\tFALLEN_OFF_BUS\tfatal\trestart\tcontact support\tThe link is lost.\tReseat it.\tdoc\n"
              "9\tONLY_A_NAME\t\t\t\t\t\t\n"},
      {"sxids.tsv", head + "code\tname\tseverity\tmeaning\n11012\tSingle bit ECC\twarning\tCorrected.\n"},
      {"rules.rec", head + "id: nouveau-bound\nseverity: broken\nsummary: nouveau drives the GPU\n"
                           "cause: It was loaded first.\ncure: Blacklist it.\ncommand: true\ncommand: false\n"
                           "pattern: x\nsource: doc\n"},
      {"module_parameters.tsv", head + "module\tname\tdefault\tmeaning\tsource\n"
                                       "nvidia\tNVreg_Example\t18\tAn example.\tdoc\n"
                                       "nvidia-drm\tmodeset\t1\tSet display modes.\tdoc\n"},
  });
}

std::vector<std::string> table_words(const std::string& table_name, std::string_view column) {
  std::vector<std::string> words;
  const catalog::Table& table = embedded().get(table_name);
  for (std::size_t i = 0; i < table.size(); ++i)
    for (const std::string_view value : table.row(i).values(column)) words.emplace_back(value);
  return words;
}

void check_layout(const std::string& text, std::size_t columns) {
  for (const std::string_view line : split_lines(text)) {
    CAPTURE(line);
    CHECK(display_width(line) <= columns);
    CHECK(!line.ends_with(' '));
  }
}

}  // namespace

TEST_CASE("every record says what, where or what to do, and where it can be checked") {
  for (const std::string table : {"explain.rec", "use_cases.rec"}) {
    for (const std::string& word : table_words(table, "word")) {
      CAPTURE(word);
      const auto explanation = find_explanation(embedded(), word);
      REQUIRE(explanation);
      CHECK(explanation->word == word);
      CHECK(!explanation->title.empty());
      CHECK(!explanation->group.empty());
      CHECK(explanation->text.text.size() > 20);
      CHECK(explanation->text.text.ends_with('.'));
      CHECK(!explanation->source.empty());
      CHECK(!explanation->related.empty());
      if (table == "explain.rec") {
        CHECK(!explanation->seen.empty());
        CHECK(!(explanation->normal.empty() || explanation->todo.empty()));
      } else {
        CHECK(!(explanation->need.empty() || explanation->not_needed.empty()));
        CHECK(!explanation->commands.empty());
      }
    }
  }
}

TEST_CASE("no key but the lists is given twice: prose is one line") {
  for (const std::string table_name : {"explain.rec", "use_cases.rec"}) {
    const catalog::Table& table = embedded().get(table_name);
    for (std::size_t i = 0; i < table.size(); ++i)
      for (const std::string& column : table.columns()) {
        CAPTURE(table.row(i)["word"]);
        CAPTURE(column);
        if (column != "alias" && column != "related" && column != "command")
          CHECK(table.row(i).values(column).size() <= 1);
      }
  }
}

TEST_CASE("every word and alias leads to its own record") {
  for (const std::string table_name : {"explain.rec", "use_cases.rec"}) {
    const catalog::Table& table = embedded().get(table_name);
    for (std::size_t i = 0; i < table.size(); ++i) {
      const catalog::Row row = table.row(i);
      for (const std::string_view alias : row.values("alias")) {
        CAPTURE(alias);
        CHECK(found(alias) == row["word"]);
      }
    }
  }
}

TEST_CASE("every related word exists and is another one") {
  for (const std::string& word : explanation_words(embedded())) {
    const auto explanation = find_explanation(embedded(), word);
    REQUIRE_MESSAGE(explanation, word);
    for (const std::string& related : explanation->related) {
      CAPTURE(word);
      CAPTURE(related);
      CHECK(!found(related).empty());
      CHECK((found(related) != explanation->word || explanation->group == "xid"));
    }
  }
}

TEST_CASE("the fields of the nvidia-smi table are all there") {
  for (const char* field : {"Driver Version",
                            "CUDA Version",
                            "KMD Version",
                            "CUDA UMD Version",
                            "GPU",
                            "Name",
                            "Persistence-M",
                            "Bus-Id",
                            "Disp.A",
                            "Volatile Uncorr. ECC",
                            "Fan",
                            "Temp",
                            "Perf",
                            "Pwr:Usage/Cap",
                            "Memory-Usage",
                            "GPU-Util",
                            "Compute M.",
                            "MIG M.",
                            "GI ID",
                            "CI ID",
                            "PID",
                            "Type",
                            "Process name",
                            "GPU Memory Usage",
                            "C",
                            "G",
                            "C+G",
                            "M+C",
                            "N/A",
                            "ERR!",
                            "NVIDIA-SMI"})
    CHECK_MESSAGE(!found(field).empty(), field);
}

TEST_CASE("the words that people mix up are all there: software") {
  for (const char* word : {"driver",
                           "CUDA",
                           "CUDA toolkit",
                           "\"CUDA version\" in nvidia-smi",
                           "libcuda",
                           "cudart",
                           "nvcc",
                           "cuDNN",
                           "PyTorch wheel",
                           "container runtime",
                           "NVIDIA container toolkit",
                           "libnvidia-container",
                           "nvidia-ctk",
                           "nvidia-smi",
                           "NVML",
                           "X server settings",
                           "persistence daemon",
                           "driver state",
                           "open kernel modules",
                           "proprietary kernel modules",
                           "flavor",
                           "branch",
                           "PB",
                           "NFB",
                           "LTSB"})
    CHECK_MESSAGE(!found(word).empty(), word);
}

TEST_CASE("the words that people mix up are all there: hardware, modules, modes") {
  for (const char* word : {"GSP",
                           "DKMS",
                           "MOK",
                           "Secure Boot",
                           "CDI",
                           "MIG",
                           "MPS",
                           "vGPU",
                           "NVLink",
                           "NVSwitch",
                           "fabric manager",
                           "ECC volatile",
                           "ECC aggregate",
                           "retired pages",
                           "row remapping",
                           "nouveau",
                           "nova",
                           "runfile",
                           "initramfs",
                           "blacklist",
                           "module streams",
                           "branch pinning",
                           "cuda-compat",
                           "forward compatibility",
                           "minor-version compatibility",
                           "stub library",
                           "nvidia-uvm",
                           "nvidia-modeset",
                           "nvidia-drm",
                           "nvidia-peermem",
                           "/dev/nvidiactl",
                           "NUMA",
                           "IOMMU",
                           "ACS",
                           "ReBAR",
                           "Above 4G",
                           "compute capability",
                           "SM",
                           "PTX",
                           "SASS",
                           "Xid",
                           "SXid",
                           "WSL",
                           "Jetson",
                           "SBSA",
                           "64k kernel",
                           "Optimus",
                           "PRIME"})
    CHECK_MESSAGE(!found(word).empty(), word);
}

TEST_CASE("performance states, clock reasons and topology words are all there") {
  for (int state = 0; state <= 15; ++state) CHECK(!found("p" + std::to_string(state)).empty());
  CHECK(found("P16").empty());
  for (const char* reason :
       {"GPU idle", "applications clocks setting", "SW power cap", "HW slowdown", "sync boost", "SW thermal",
        "HW thermal", "HW power brake", "display clocks setting", "clocks_event_reasons.active"})
    CHECK_MESSAGE(!found(reason).empty(), reason);
  for (const char* word : {"X", "SYS", "NODE", "PHB", "PXB", "PIX", "NV#", "NV4", "nv18"})
    CHECK_MESSAGE(!found(word).empty(), word);
  CHECK(found("NV12") == "NV#");
}

TEST_CASE("case, blanks, dashes, underscores and a last dot or question mark do not matter") {
  CHECK(found("PERSISTENCE-mode") == "persistence mode");
  CHECK(found("  nvidia_uvm ") == "nvidia-uvm");
  CHECK(found("secure   boot?") == "Secure Boot");
  CHECK(found("compute m") == "Compute M.");
  CHECK(found("GPU in Docker") == "GPU in Docker");
  CHECK(found("gpu in docker") == "GPU in Docker");
}

TEST_CASE("unknown, empty and hostile words find nothing") {
  CHECK(found("").empty());
  CHECK(found(" \t-_?").empty());
  CHECK(found("no such word at all").empty());
  CHECK(found(std::string(100'000, 'a')).empty());
  CHECK(found(std::string_view("dri\0ver", 7)).empty());
  CHECK(found("\xff\xfe{}%s\x1b[31m").empty());
  CHECK(found("xid 99999999999999999999999").empty());
}

TEST_CASE("need lists every use case and each can be explained") {
  const auto needs = find_explanation(embedded(), "need");
  REQUIRE(needs);
  CHECK(needs->choices.size() == table_words("use_cases.rec", "word").size());
  for (const auto& [word, title] : needs->choices) CHECK(found(word) == word);
  const std::string text = render_explanation(*needs, 80);
  CHECK(contains(text, "GPU in Docker"));
  check_layout(text, 80);
}

TEST_CASE("a command is never broken into two lines") {
  Explanation explanation;
  explanation.word = "x", explanation.text = "A word.";
  explanation.commands = {"printf '" + std::string(90, '.') + " %s' | tee /etc/x"};
  CHECK(contains(render_explanation(explanation, 80), "\n  " + explanation.commands[0] + "\n"));
}

TEST_CASE("commands of use cases name a purpose that plan knows") {
  for (const std::string& command : table_words("use_cases.rec", "command")) {
    CAPTURE(command);
    const auto purpose = cut(command, "nvstack plan --for ");
    if (purpose)
      CHECK(std::set<std::string_view>{"run", "develop", "container", "desktop"}.contains(purpose->second));
  }
}

TEST_CASE("a typing error is near the right word") {
  const std::vector<std::string> words = explanation_words(embedded());
  const auto meant = [&](std::string_view typed) { return found(nearest_word(typed, words).value_or("")); };
  CHECK(meant("persistance mode") == "persistence mode");
  CHECK(meant("nvlik") == "NVLink");
  CHECK(meant("thortle") == "clocks event reasons");
  CHECK(meant("fabric manger") == "fabric manager");
  CHECK(meant("GPU in Dokcer") == "GPU in Docker");
  CHECK(!nearest_word("qqqqqqqqqqqqqqq", words));
}

TEST_CASE("Xids and SXids come from their tables") {
  const Catalog catalog = with_other_tables();
  for (const char* typed : {"xid 79", "Xid-79", "XID79", "79", "xid #79", "xid 79?"})
    CHECK_MESSAGE(found(typed, catalog) == "Xid 79", typed);
  CHECK(found("sxid 11012", catalog) == "SXid 11012");
  CHECK(found("11012", catalog).empty());
  CHECK(found("xid 80", catalog).empty());
  const std::string text = render_explanation(*find_explanation(catalog, "xid 79"), 80);
  CHECK(contains(text, "Xid 79: FALLEN_OFF_BUS"));
  CHECK(render(find_explanation(catalog, "79")->verdict) ==
        "Severity: fatal. NVIDIA's first action: restart; if it comes back: contact support.");
  CHECK(contains(text, "Reseat it."));
  const auto bare = find_explanation(catalog, "xid 9");
  REQUIRE(bare);
  CHECK(bare->text.text == "ONLY_A_NAME");
  CHECK(bare->verdict.empty());
}

TEST_CASE("doctor rules are found by their id") {
  const auto rule = find_explanation(with_other_tables(), "Nouveau-Bound");
  REQUIRE(rule);
  CHECK(rule->title == "nouveau drives the GPU");
  CHECK(rule->commands == std::vector<std::string>{"true", "false"});
  CHECK(contains(render_explanation(*rule, 80), "severity: broken"));
}

TEST_CASE("module parameters are found with and without module, prefix and value") {
  const Catalog catalog = with_other_tables();
  for (const char* typed :
       {"NVreg_Example", "nvreg_example=0", "Example", "nvidia NVreg_Example", "nvidia.NVreg_Example=1"})
    CHECK_MESSAGE(found(typed, catalog) == "NVreg_Example", typed);
  CHECK(found("nvidia.NVreg_EnableGpuFirmware=0", catalog) == "NVreg_EnableGpuFirmware");
  CHECK(found("nvidia-drm modeset", catalog) == "modeset");
  CHECK(contains(render_explanation(*find_explanation(catalog, "modeset"), 80),
                 "options nvidia-drm modeset=VALUE"));
}

TEST_CASE("a parameter table without meanings still explains where a parameter is seen and set") {
  std::map<std::string, std::string> tables;
  tables["module_parameters.tsv"] =
      "# source: modinfo\n# date: 2026-11-22\nmodule\tparameter\tdefault\nnvidia-uvm\tuvm_example\t\n";
  const Catalog catalog(tables);
  const auto parameter = find_explanation(catalog, "uvm_example");
  REQUIRE(parameter);
  CHECK(render(parameter->text) == "A parameter of the kernel module nvidia-uvm.");
  CHECK(parameter->normal.empty());
  CHECK(parameter->source == "modinfo");
}

TEST_CASE("absent and malformed tables of others do no harm") {
  const Catalog broken({{"xids.tsv", "no head"}, {"rules.rec", "\x01"}, {"use_cases.rec", ""}});
  CHECK(found("xid 79", broken).empty());
  CHECK(found("need", broken).empty());
  CHECK(found("driver", broken) == "driver");
  CHECK(!explanation_words(broken).empty());
  CHECK(!render_explanation_list(broken, 80).empty());
}

TEST_CASE("every explanation fits 80 columns, without trailing blanks") {
  std::vector<std::string> words = table_words("explain.rec", "word");
  for (const std::string& word : table_words("use_cases.rec", "word")) words.push_back(word);
  for (const std::string& word : words) {
    CAPTURE(word);
    const auto explanation = find_explanation(embedded(), word);
    REQUIRE(explanation);
    const std::string text = render_explanation(*explanation, 80);
    check_layout(text, 80);
    CHECK(text.ends_with('\n'));
    CHECK(!contains(text, "\n\n\n"));
    CHECK(!render_explanation(*explanation, 0).empty());
  }
}

TEST_CASE("the list shows every record under a heading and fits 80 columns") {
  const std::string list = render_explanation_list(embedded(), 80);
  check_layout(list, 80);
  const std::string one_line = replace_all(replace_all(list, "\n", " "), "  ", " ");
  for (const std::string table : {"explain.rec", "use_cases.rec"})
    for (const std::string& word : table_words(table, "word"))
      CHECK_MESSAGE(contains(replace_all(one_line, "  ", " "), word), word);
}

TEST_CASE("JSON holds the same fields and parses") {
  const auto explanation = find_explanation(embedded(), "docker");
  REQUIRE(explanation);
  const auto parsed = parse_json(explanation_json(*explanation).dump(2));
  REQUIRE(parsed);
  CHECK(parsed->text("word") == "GPU in Docker");
  CHECK(parsed->text("need") == render(explanation->need));
  CHECK((*parsed)["commands"].items()->size() == explanation->commands.size());
  CHECK((*parsed)["related"].items()->size() == explanation->related.size());
  CHECK((*parsed)["choices"].items()->empty());
}
