// nvstack persist explain: how long which state of a GPU lives.
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/persist_verbs.hpp"

namespace nvstack::cli {

namespace {

struct Lifetime {
  const char* id;
  Message name;   // from when to when
  Message state;  // what lives so long
  Message kept;   // what makes it live longer
};

const std::vector<Lifetime>& lifetimes() {
  static const std::vector<Lifetime> all = {
      {"initialization", N_("From the first open of the GPU to the last close"),
       N_("compute mode, accounting mode, application clocks, power limit, volatile ECC counts, pending "
          "retired pages"),
       N_("A persistence daemon that holds the GPU: without one, the end of the last program resets all of "
          "this. The "
          "legacy persistence mode (nvidia-smi -pm 1 without a daemon) keeps part of the driver's state "
          "until the GPU "
          "is unbound.")},
      {"driver", N_("From loading the kernel module, or binding the GPU, to unloading or unbinding it"),
       N_("accounting data of processes, minor numbers, registry keys, the cached UUID and VBIOS version"),
       N_("Nothing keeps it over rmmod, unbind or a reboot: set it again at boot, by a unit or by module "
          "parameters.")},
      {"board", N_("On the board itself, over reboots and in another machine"),
       N_("ECC mode (pending becomes current at the next initialization), aggregate ECC counts, retired "
          "pages and "
          "remapped rows, GPU operation mode"),
       N_("It needs nothing. A pending change waits for the next initialization, which a daemon that holds "
          "the GPU "
          "puts off: nvstack persist release GPU ends that.")},
  };
  return all;
}

}  // namespace

Result<int> persist_lifetimes(const std::vector<std::string>& words, Terminal& terminal) {
  bool json = false, help = false;
  const std::vector<Option> rows = {{"--json", "", N_("print JSON (docs/formats/persist.md)"), &json},
                                    {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (help) {
    terminal.out(render_help("persist explain [--json]", N_("Prints the three life times of GPU state."),
                             rows, terminal.columns));
    return kOk;
  }
  Json list = Json::array();
  std::string text;
  for (const Lifetime& life : lifetimes()) {
    Json each;
    list.add(each.set("id", life.id)
                 .set("name", render(life.name))
                 .set("state", render(life.state))
                 .set("kept", render(life.kept)));
    text += (text.empty() ? "" : "\n") + wrap(render(life.name), terminal.columns, 0) + "\n";
    text += "  " + wrap(render(life.state), terminal.columns - 2, 2) + "\n";
    text += "  " + wrap(render(life.kept), terminal.columns - 2, 2) + "\n";
  }
  terminal.out(json ? list.dump(2) + "\n" : text);
  return kOk;
}

}  // namespace nvstack::cli
