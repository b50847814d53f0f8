// nvstack virt: machines with GPUs that are not there.
#include <algorithm>

#include "base/text.hpp"
#include "cli/virt_verbs.hpp"

namespace nvstack::cli {

const std::vector<VirtVerb>& virt_verbs() {
  static const std::vector<VirtVerb> all = {
      {"run", "SCENARIO [OPTION]... -- COMMAND...",
       N_("run a command on a staged machine; it ends with the command"), virt_run},
      {"shell", "SCENARIO [OPTION]...", N_("open a shell on a staged machine"), virt_shell},
      {"start", "SCENARIO [OPTION]...", N_("stage a machine that stays until it is stopped"), virt_start},
      {"enter", "[--host HOST] [-- COMMAND...]",
       N_("run a command, or a shell, on a machine that was started"), virt_enter},
      {"stop", "[--host HOST]", N_("end a machine that was started, and all that runs on it"), virt_stop},
      {"list", "[--json]", N_("the scenarios that can be staged"), virt_list},
      {"import", "FILE... [-o SCENARIO]",
       N_("make a scenario from a captured machine or from what nvidia-smi printed"), virt_import},
      {"hosts", "[--json]", N_("the staged machines that run now"), virt_hosts},
      {"status", "[--host HOST] [--json]", N_("the driver, the GPUs and what they do"), virt_status},
      {"load", "[OPTION]... -- COMMAND...", N_("run a command that keeps GPUs busy"), virt_load},
      {"fault", "[NAME [WORD]...] [--gpu GPU]",
       N_("break something; without a name, list what can be broken"), virt_fault},
      {"set", "KEY VALUE [--gpu GPU]", N_("change a value of a GPU"), virt_set},
      {"vgpu", "create TYPE [VM]|destroy VGPU|set VGPU NAME VALUE",
       N_("make, end or change a virtual GPU of a vGPU host"), virt_vgpu},
      {"module", "load|unload NAME", N_("load or unload a kernel module"), virt_module},
      {"reset", "[--gpu GPU]", N_("reset a GPU"), virt_reset},
      {"time", "SPEED", N_("let time run faster: SPEED seconds in one"), virt_time},
      {"log", "[--host HOST]", N_("the staged kernel's log"), virt_log},
  };
  return all;
}

namespace {

std::string render_virt_help(std::size_t columns) {
  std::string text =
      translate(N_("Usage:")) + " nvstack virt VERB [OPTION]...\n\n" +
      wrap(translate(N_("Stages a machine with NVIDIA GPUs on this one: unmodified programs see its driver, "
                        "devices and libraries. Nothing outside changes.")),
           columns, 0) +
      "\n\n";
  for (const VirtVerb& verb : virt_verbs()) {
    std::string line = "  " + std::string(verb.name);
    line.resize(12, ' ');
    text += line + replace_all(wrap(render(verb.summary), columns - 12, 0), "\n", "\n            ") + "\n";
  }
  return text + "\n" + translate(N_("nvstack virt VERB --help says more.")) + "\n";
}

}  // namespace

Result<int> virt_command(const std::vector<std::string>& words, Terminal& terminal) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    (words.empty() ? terminal.err : terminal.out)(render_virt_help(terminal.columns));
    return words.empty() ? kUsage : kOk;
  }
  std::vector<std::string> names;
  for (const VirtVerb& verb : virt_verbs()) {
    names.emplace_back(verb.name);
    if (verb.name != words[0]) continue;
    const auto dashes = std::find(words.begin(), words.end(), "--");
    VirtWords parts;
    parts.words.assign(words.begin() + 1, dashes);
    if (dashes != words.end()) parts.command.assign(dashes + 1, words.end());
    return verb.run(parts, terminal);
  }
  const auto near = nearest_word(words[0], names);
  return fail(ErrorCode::kUsage, "no verb \"" + printable(words[0], 60) + "\"",
              near ? "did you mean nvstack virt " + *near + "?" : "nvstack virt --help lists the verbs");
}

}  // namespace nvstack::cli
