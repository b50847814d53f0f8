// nvstack persist status, who, explain: looking only.
#include <ctime>

#include "base/text.hpp"
#include "cli/gpu_users.hpp"
#include "cli/persist_verbs.hpp"
#include "host/live_host.hpp"
#include "persist/client.hpp"

namespace nvstack::cli {

namespace {

using persist::ControlLine;

struct GpuView {
  persist::GpuAddress address;
  std::string uuid;
  ControlLine line;  // what the daemon says
  std::vector<GpuUser> users;
};

struct StatusView {
  ControlLine daemon;
  std::vector<GpuView> gpus;
};

/// The original has no control socket; the contract's GET tells its modes.
Result<StatusView> ask_original(const PersistPlaces& places, const std::vector<persist::DriverGpu>& known) {
  persist::Client client = TRY(persist::Client::connect(places.runtime_dir + "/socket"));
  StatusView view;
  view.daemon = {"daemon", {{"backend", "original"}}};
  for (const persist::DriverGpu& gpu : known) {
    const auto mode = client.get_mode(gpu.address);
    GpuView each;
    each.address = gpu.address, each.uuid = gpu.uuid;
    each.line.fields.emplace_back("mode", !mode                        ? "unknown"
                                          : *mode == NVPD_MODE_ENABLED ? "enabled"
                                                                       : "disabled");
    if (!mode) each.line.fields.emplace_back("last_error", mode.error().text());
    view.gpus.push_back(std::move(each));
  }
  return view;
}

Result<StatusView> ask_ours(persist::ControlClient client) {
  StatusView view;
  for (ControlLine& line : TRY(client.ask({}))) {
    if (line.kind == "daemon") view.daemon = line;
    const auto address = persist::parse_address(line.field("address"));
    if (line.kind == "gpu" && address)
      view.gpus.push_back({*address, line.field("uuid"), std::move(line), {}});
  }
  return view;
}

/// Processes are this machine's, wherever the driver's own tree lies.
Result<std::map<int, std::vector<GpuUser>>> users_of_gpus() {
  const auto host = TRY(host::LiveHost::open("/"));
  return find_gpu_users(*host);
}

Result<StatusView> gather_status(const PersistPlaces& places) {
  const persist::DriverTree tree(places.root);
  const auto known = tree.list();
  auto control = persist::ControlClient::connect(places.runtime_dir);
  StatusView view = TRY(control ? ask_ours(std::move(*control)) : ask_original(places, known));
  const auto users = TRY(users_of_gpus());
  const auto daemon_pid = parse_uint(view.daemon.field("pid"));
  for (GpuView& gpu : view.gpus) {
    const auto minor = tree.look(gpu.address).minor;
    const auto found = minor ? users.find(*minor) : users.end();
    if (found == users.end()) continue;
    for (const GpuUser& user : found->second)
      if (!daemon_pid || static_cast<std::uint64_t>(user.pid) != *daemon_pid) gpu.users.push_back(user);
  }
  return view;
}

std::string render_time(const std::string& seconds) {
  const auto number = parse_uint(seconds);
  if (!number) return "?";
  const auto time = static_cast<std::time_t>(*number);
  std::tm parts{};
  char text[40];
  if (!::localtime_r(&time, &parts) || std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return "?";
  return text;
}

/// The sentences under a GPU's line.
std::vector<Message> details_of(const GpuView& gpu) {
  const ControlLine& line = gpu.line;
  std::vector<Message> details;
  const auto add = [&](const char* field, const char* text, std::string value = {}) {
    if (line.field(field).empty()) return;
    details.push_back({text, {{"value", value.empty() ? line.field(field) : value}}});
  };
  add("held_since", N_("held since {value}"), render_time(line.field("held_since")));
  add("open_took_ms", N_("the open took {value} ms"));
  add("busy_for_ms", N_("the driver has been busy with it for {value} ms"));
  if (line.field("released") == "hold")
    details.push_back({N_("released until the command that asked for it ends"), {}});
  else
    add("released", N_("released, taken back in {value} ms"));
  add("last_error", N_("last error: {value}"));
  add("retry_in_ms", N_("tried again in {value} ms"));
  for (const GpuUser& user : gpu.users)
    details.push_back({N_("also open in {value}"), {{"value", render_user(user)}}});
  return details;
}

std::string render_status(const StatusView& view) {
  std::size_t held = 0;
  for (const GpuView& gpu : view.gpus) held += gpu.line.field("mode") == "enabled";
  std::string text = render({N_("The daemon ({backend}) holds {held} of {count} GPUs."),
                             {{"backend", view.daemon.field("backend")},
                              {"held", std::to_string(held)},
                              {"count", std::to_string(view.gpus.size())}}}) +
                     "\n";
  for (const GpuView& gpu : view.gpus) {
    text += persist::render_address(gpu.address) + "  " + gpu.line.field("mode");
    if (!gpu.uuid.empty()) text += "  " + gpu.uuid;
    text += "\n";
    for (const Message& detail : details_of(gpu)) text += std::string(14, ' ') + render(detail) + "\n";
  }
  return text;
}

Json status_json(const StatusView& view) {
  Json daemon = Json::object(), gpus = Json::array(), json;
  for (const auto& [name, value] : view.daemon.fields) daemon.set(name, value);
  for (const GpuView& gpu : view.gpus) {
    Json each, users = Json::array();
    each.set("address", persist::render_address(gpu.address));
    each.set("uuid", gpu.uuid.empty() ? Json() : Json(gpu.uuid));
    for (const auto& [name, value] : gpu.line.fields) {
      if (name == "address" || name == "uuid") continue;
      const auto number = parse_int(value);
      each.set(name, number ? Json(*number) : Json(value));
    }
    for (const GpuUser& user : gpu.users) users.add(user_json(user));
    gpus.add(each.set("users", std::move(users)));
  }
  return json.set("daemon", std::move(daemon)).set("gpus", std::move(gpus));
}

}  // namespace

Result<int> persist_status(const std::vector<std::string>& words, Terminal& terminal) {
  PersistPlaces places;
  bool json = false, help = false;
  std::vector<Option> rows = persist_place_rows(places);
  rows.push_back({"--json", "", N_("print JSON (docs/formats/persist.md)"), &json});
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (help) {
    terminal.out(
        render_help("persist status [OPTION]...",
                    N_("Prints what the persistence daemon holds, ours or NVIDIA's, and who else has the "
                       "GPUs open."),
                    rows, terminal.columns));
    return kOk;
  }
  const StatusView view = TRY(gather_status(places));
  terminal.out(json ? status_json(view).dump(2) + "\n" : render_status(view));
  return kOk;
}

Result<int> persist_who(const std::vector<std::string>& words, Terminal& terminal) {
  PersistPlaces places;
  bool json = false, help = false;
  std::vector<Option> rows = persist_place_rows(places);
  rows.push_back({"--json", "", N_("print JSON (docs/formats/persist.md)"), &json});
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> names;
  TRY(parse_options(rows, words, names, 1));
  if (help) {
    terminal.out(
        render_help("persist who [GPU|all] [OPTION]...",
                    N_("Prints the processes that have a GPU open, with their container and unit. Needs no "
                       "daemon; as root it sees every process."),
                    rows, terminal.columns));
    return kOk;
  }
  const auto gpus = persist::DriverTree(places.root).list();
  const auto wanted = TRY(find_named_gpu(names.empty() ? "all" : names[0], gpus));
  const auto users = TRY(users_of_gpus());
  Json list = Json::array();
  std::string text;
  for (const persist::DriverGpu& gpu : gpus) {
    if (wanted && wanted->address != gpu.address) continue;
    Json each, open = Json::array();
    text += persist::render_address(gpu.address) + "\n";
    const auto found = gpu.minor ? users.find(*gpu.minor) : users.end();
    if (found == users.end()) text += "  " + translate(N_("nobody has it open")) + "\n";
    for (const GpuUser& user : found == users.end() ? std::vector<GpuUser>{} : found->second) {
      text += "  " + render_user(user) + "\n";
      open.add(user_json(user));
    }
    list.add(each.set("address", persist::render_address(gpu.address)).set("users", std::move(open)));
  }
  if (gpus.empty()) text = translate(N_("The driver shows no GPU.")) + "\n";
  terminal.out(json ? list.dump(2) + "\n" : text);
  return kOk;
}

}  // namespace nvstack::cli
