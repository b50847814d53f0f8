// nvstack virt load, fault, set, module, reset, time: what changes a running virtual host.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/virt_verbs.hpp"
#include "virt/faults.hpp"
#include "virt/remote.hpp"

namespace nvstack::cli {

Result<std::uint64_t> parse_bytes(const std::string& word) {
  const std::size_t end = word.find_first_not_of("0123456789");
  const auto number = parse_uint(std::string_view(word).substr(0, end));
  const std::string unit = to_lower(trim(end == std::string::npos ? "" : std::string_view(word).substr(end)));
  struct Row {
    std::string_view unit;
    unsigned shift;
  };
  static constexpr Row kUnits[] = {{"", 0},     {"b", 0},  {"k", 10},   {"kib", 10}, {"m", 20},
                                   {"mib", 20}, {"g", 30}, {"gib", 30}, {"t", 40},   {"tib", 40}};
  if (number)
    for (const Row& row : kUnits)
      if (row.unit == unit && *number <= (UINT64_MAX >> row.shift) >> 1) return *number << row.shift;
  return fail(ErrorCode::kUsage, "\"" + printable(word, 40) + "\" is no amount of memory",
              "as in 8GiB or 512MiB");
}

namespace {

struct ChangeWords {
  std::string host, gpu = "0";
  bool help = false;
  std::vector<std::string> rest;
};

Result<ChangeWords> read_change(const std::string& usage, const Message& summary, const VirtWords& words,
                                Terminal& terminal) {
  ChangeWords read;
  const std::vector<Option> rows = {
      {"--gpu", "GPU", N_("a number, an address, a UUID or all; 0 unless given"), &read.gpu},
      {"--host", "HOST", N_("a running machine: its pid or its scenario"), &read.host},
      {"-h,--help", "", N_("print this help"), &read.help}};
  TRY(parse_options(rows, words.words, read.rest, 64));
  if (read.help) terminal.out(render_help(usage, summary, rows, terminal.columns));
  return read;
}

Result<int> ask(const std::string& host, const std::vector<std::string>& words, Terminal& terminal) {
  virt::Remote remote = TRY(virt::Remote::connect(TRY(virt::find_host(host)).socket));
  terminal.out(TRY(remote.ask(words)));
  return kOk;
}

std::vector<std::string> prefixed(std::vector<std::string> head, const std::vector<std::string>& rest) {
  head.insert(head.end(), rest.begin(), rest.end());
  return head;
}

std::string render_faults(std::size_t columns) {
  std::string text;
  for (const virt::Fault& fault : virt::faults()) {
    text +=
        "  " + std::string(fault.name) + (fault.usage.empty() ? "" : " ") + std::string(fault.usage) + "\n";
    text += "      " + wrap(fault.meaning, columns - 6, 6) + "\n";
  }
  return text;
}

/// The command of `virt load`, stopped until the driver knows it.
struct HeldCommand {
  pid_t pid = -1;
  Fd go;
};
Result<HeldCommand> hold_command(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "make a pipe"));
  Fd reading(ends[0]);
  HeldCommand held;
  held.go = Fd(ends[1]);
  held.pid = ::fork();
  if (held.pid < 0) return fail(errno_error(errno, "start a process"));
  if (held.pid > 0) return held;
  held.go.reset();
  char word = 0;
  if (::read(reading.number(), &word, 1) != 1) ::_exit(1);
  std::vector<char*> argv;
  for (const std::string& word_of : command) argv.push_back(const_cast<char*>(word_of.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(errno == ENOENT ? 127 : 126);
}

}  // namespace

Result<int> virt_load(const VirtWords& words, Terminal& terminal) {
  std::string gpu = "0", host, sm = "100", memory, share = "50", encoder, decoder, pcie, nvlink, kind;
  bool help = false;
  const std::vector<Option> rows = {
      {"--gpu", "GPU", N_("a number, an address, a UUID or all; 0 unless given"), &gpu},
      {"--sm", "PERCENT", N_("how busy the multiprocessors are; 100 unless given"), &sm},
      {"--mem", "BYTES", N_("how much GPU memory it holds, as in 8GiB"), &memory},
      {"--bandwidth", "PERCENT", N_("how busy the memory is; 50 unless given"), &share},
      {"--encoder", "PERCENT", N_("how busy the video encoder is"), &encoder},
      {"--decoder", "PERCENT", N_("how busy the video decoder is"), &decoder},
      {"--pcie", "MB/S", N_("traffic over PCIe"), &pcie},
      {"--nvlink", "MB/S", N_("traffic over NVLink"), &nvlink},
      {"--kind", "compute|graphics|both", N_("how the driver lists the process"), &kind},
      {"--host", "HOST", N_("a running machine: its pid or its scenario"), &host},
      {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> none;
  TRY(parse_options(rows, words.words, none, 0));
  if (help) {
    terminal.out(render_help("virt load [OPTION]... -- COMMAND...", N_("run a command that keeps GPUs busy"),
                             rows, terminal.columns));
    return kOk;
  }
  if (words.command.empty())
    return fail(ErrorCode::kUsage, "which command?", "nvstack virt load --sm 90 -- sleep 60");
  std::vector<std::string> pairs;
  const auto pair = [&](const char* key, const std::string& value) {
    if (!value.empty()) pairs.push_back(std::string(key) + "=" + value);
  };
  pair("sm", sm), pair("memory", share), pair("encoder", encoder), pair("decoder", decoder),
      pair("pcie", pcie), pair("nvlink", nvlink);
  if (!memory.empty()) pair("bytes", std::to_string(TRY(parse_bytes(memory))));
  if (!kind.empty() && kind != "compute" && kind != "graphics" && kind != "both")
    return fail(ErrorCode::kUsage, "--kind must be compute, graphics or both", "");
  if (!kind.empty()) pair("kind", kind == "graphics" ? "2" : kind == "both" ? "3" : "1");
  virt::Remote remote = TRY(virt::Remote::connect(TRY(virt::find_host(host)).socket));
  HeldCommand held = TRY(hold_command(words.command));
  const auto asked = remote.ask(prefixed({"load", gpu, std::to_string(held.pid), words.command[0]}, pairs));
  if (asked) (void)!::write(held.go.number(), "g", 1);
  held.go.reset();
  const int code = wait_for_child(held.pid);
  if (!asked) return fail(asked.error());
  return code;
}

Result<int> virt_fault(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read =
      TRY(read_change("virt fault [NAME [WORD]...] [--gpu GPU]",
                      N_("break something; without a name, list what can be broken"), words, terminal));
  if (read.help || read.rest.empty()) {
    terminal.out(render_faults(terminal.columns));
    return kOk;
  }
  return ask(read.host, prefixed({"fault", read.rest[0], read.gpu}, {read.rest.begin() + 1, read.rest.end()}),
             terminal);
}

Result<int> virt_set(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read =
      TRY(read_change("virt set KEY VALUE [--gpu GPU]", N_("change a value of a GPU"), words, terminal));
  return read.help ? Result<int>(kOk) : ask(read.host, prefixed({"set", read.gpu}, read.rest), terminal);
}

Result<int> virt_vgpu(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read =
      TRY(read_change("virt vgpu create TYPE [VM] [--gpu GPU]|destroy VGPU|set VGPU NAME VALUE",
                      N_("make, end or change a virtual GPU of a vGPU host"), words, terminal));
  if (read.help) return kOk;
  std::vector<std::string> request = prefixed({"vgpu"}, read.rest);
  if (request.size() > 1 && request[1] == "create") request.insert(request.begin() + 2, read.gpu);
  return ask(read.host, request, terminal);
}

Result<int> virt_module(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read =
      TRY(read_change("virt module load|unload NAME", N_("load or unload a kernel module"), words, terminal));
  return read.help ? Result<int>(kOk) : ask(read.host, prefixed({"module"}, read.rest), terminal);
}

Result<int> virt_reset(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read = TRY(read_change("virt reset [--gpu GPU]", N_("reset a GPU"), words, terminal));
  return read.help ? Result<int>(kOk) : ask(read.host, {"reset", read.gpu}, terminal);
}

Result<int> virt_time(const VirtWords& words, Terminal& terminal) {
  const ChangeWords read =
      TRY(read_change("virt time SPEED", N_("let time run faster: SPEED seconds in one"), words, terminal));
  return read.help ? Result<int>(kOk) : ask(read.host, prefixed({"time"}, read.rest), terminal);
}

}  // namespace nvstack::cli
