// nvstack virt list, hosts, status, log: what can be staged and what is.
#include <algorithm>
#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/virt_verbs.hpp"
#include "virt/builtin.hpp"
#include "virt/remote.hpp"

namespace nvstack::cli {

namespace {

using channel::ReadingId, channel::TextId;

struct ShowWords {
  std::string host;
  bool json = false, help = false;
};

Result<ShowWords> read_show(const std::string& usage, const Message& summary, const VirtWords& words,
                            Terminal& terminal) {
  ShowWords read;
  const std::vector<Option> rows = {
      {"--json", "", N_("print JSON (docs/formats/virt.md)"), &read.json},
      {"--host", "HOST", N_("a running machine: its pid or its scenario"), &read.host},
      {"-h,--help", "", N_("print this help"), &read.help}};
  std::vector<std::string> none;
  TRY(parse_options(rows, words.words, none, 0));
  if (read.help) terminal.out(render_help(usage, summary, rows, terminal.columns));
  return read;
}

Json reading_json(const channel::Gpu& gpu, ReadingId id) {
  const channel::Reading& reading = channel::reading(gpu, id);
  return reading.code == 0 ? Json(reading.value) : Json(nullptr);
}

std::string state_word(const channel::Gpu& gpu) {
  if (gpu.flags & channel::kLost) return "lost";
  if (gpu.flags & channel::kResetRequired) return "reset-required";
  if (!(gpu.flags & channel::kBound)) return "unbound";
  return gpu.flags & channel::kInitialized ? "initialized" : "idle";
}

std::string address_of(const channel::Gpu& gpu) {
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.0", gpu.domain, gpu.bus, gpu.device);
  return text;
}

Json gpu_json(const channel::Gpu& gpu, std::size_t index) {
  Json row = Json::object();
  row.set("index", static_cast<std::int64_t>(index)).set("name", channel::text(gpu, TextId::name));
  row.set("bdf", address_of(gpu)).set("uuid", channel::text(gpu, TextId::uuid)).set("state", state_word(gpu));
  row.set("initialisations", gpu.initialisations)
      .set("clients", gpu.clients)
      .set("processes", gpu.process_count);
  row.set("persistence", reading_json(gpu, ReadingId::persistence_mode));
  row.set("utilization_percent", reading_json(gpu, ReadingId::utilization_gpu));
  row.set("memory_used_bytes", reading_json(gpu, ReadingId::memory_used_bytes));
  row.set("power_mw", reading_json(gpu, ReadingId::power_instant_mw));
  row.set("temperature_c", reading_json(gpu, ReadingId::temperature_c));
  return row;
}

std::string number_text(const channel::Gpu& gpu, ReadingId id, std::int64_t divisor, const char* unit) {
  const channel::Reading& reading = channel::reading(gpu, id);
  return reading.code == 0 ? std::to_string(reading.value / divisor) + unit : "-";
}

}  // namespace

Result<int> virt_list(const VirtWords& words, Terminal& terminal) {
  const ShowWords read =
      TRY(read_show("virt list [--json]", N_("the scenarios that can be staged"), words, terminal));
  if (read.help) return kOk;
  const auto scenarios = virt::BuiltinLibrary().scenarios();
  Json list = Json::array();
  for (const virt::ScenarioName& scenario : scenarios) {
    if (read.json) {
      list.add(Json::object().set("name", scenario.name).set("summary", scenario.summary));
      continue;
    }
    std::string line = scenario.name;
    line.resize(std::max<std::size_t>(18, line.size() + 1), ' ');
    terminal.out(line + scenario.summary + "\n");
  }
  if (read.json) terminal.out(list.dump(2) + "\n");
  return kOk;
}

Result<int> virt_hosts(const VirtWords& words, Terminal& terminal) {
  const ShowWords read =
      TRY(read_show("virt hosts [--json]", N_("the staged machines that run now"), words, terminal));
  if (read.help) return kOk;
  Json list = Json::array();
  for (const virt::RunningHost& host : virt::running_hosts()) {
    list.add(Json::object().set("pid", static_cast<std::int64_t>(host.pid)).set("scenario", host.scenario));
    if (!read.json) terminal.out(std::to_string(host.pid) + "\t" + host.scenario + "\n");
  }
  if (read.json) terminal.out(list.dump(2) + "\n");
  return kOk;
}

Result<int> virt_status(const VirtWords& words, Terminal& terminal) {
  const ShowWords read = TRY(read_show("virt status [--host HOST] [--json]",
                                       N_("the driver, the GPUs and what they do"), words, terminal));
  if (read.help) return kOk;
  const virt::Remote remote = TRY(virt::Remote::connect(TRY(virt::find_host(read.host)).socket));
  const channel::Page& page = remote.page();
  Json list = Json::array();
  std::string text =
      std::string("driver ") + page.driver_version + (page.driver_loaded ? "" : " (not loaded)");
  if (std::string_view(page.driver_version) != page.library_version)
    text += std::string(", libraries ") + page.library_version;
  text += "\n";
  for (std::size_t i = 0; i < page.gpu_count; ++i) {
    const channel::Gpu& gpu = page.gpus[i];
    list.add(gpu_json(gpu, i));
    text += std::to_string(i) + "  " + address_of(gpu) + "  " + channel::text(gpu, TextId::name) + "  " +
            state_word(gpu) + "  " + number_text(gpu, ReadingId::utilization_gpu, 1, "%") + "  " +
            number_text(gpu, ReadingId::memory_used_bytes, 1 << 20, " MiB") + "  " +
            number_text(gpu, ReadingId::power_instant_mw, 1000, " W") + "  " +
            number_text(gpu, ReadingId::temperature_c, 1, " C") + "\n";
  }
  if (read.json)
    text = Json::object()
               .set("driver_version", page.driver_version)
               .set("library_version", page.library_version)
               .set("loaded", page.driver_loaded != 0)
               .set("gpus", std::move(list))
               .dump(2) +
           "\n";
  terminal.out(text);
  return kOk;
}

Result<int> virt_log(const VirtWords& words, Terminal& terminal) {
  const ShowWords read =
      TRY(read_show("virt log [--host HOST]", N_("the staged kernel's log"), words, terminal));
  if (read.help) return kOk;
  virt::Remote remote = TRY(virt::Remote::connect(TRY(virt::find_host(read.host)).socket));
  terminal.out(TRY(remote.ask({"log"})));
  return kOk;
}

}  // namespace nvstack::cli
