// nvstack cuda verify: proof that the driver runs CUDA, from its files to a framework.
#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"
#include "cli/cuda_commands.hpp"
#include "cli/machine.hpp"
#include "cuda/probe.hpp"
#include "facts/devices.hpp"
#include "facts/modules.hpp"
#include "facts/platform.hpp"
#include "framework/cuda_verify.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

struct VerifyWords {
  MachineOptions machine;
  std::string level, deadline, library = "libcuda.so.1", environment;
  bool json = false, help = false;
};

std::vector<Option> option_rows(VerifyWords& words) {
  std::vector<Option> rows = {
      {"--json", "", N_("print JSON (docs/formats/torch.md)"), &words.json},
      {"--level", "N", N_("go no further than level 0 to 6"), &words.level},
      {"--deadline", "SECONDS", N_("how long one level may take, 60 by default"), &words.deadline},
      {"--library", "FILE", N_("this libcuda instead of the loader's"), &words.library},
      {"--env", "DIR", N_("the Python environment of level 6"), &words.environment},
      {"--root", "DIR", N_("look for the files of level 0 beneath DIR"), &words.machine.root},
      {"--data", "DIR", N_("tables that replace the built-in ones"), &words.machine.data},
      {"-h,--help", "", N_("print this help"), &words.help},
  };
  return rows;
}

Result<std::uint64_t> number_of(const std::string& text, const char* option, std::uint64_t otherwise,
                                std::uint64_t most) {
  if (text.empty()) return otherwise;
  const auto value = parse_uint(text);
  if (!value || *value > most)
    return fail(ErrorCode::kUsage, std::string(option) + " is a number up to " + std::to_string(most));
  return *value;
}

VerifyLevel bad(int level, Message text, Message cure) {
  VerifyLevel out;
  out.level = level, out.outcome = Outcome::kFailed, out.text = std::move(text), out.cure = std::move(cure);
  return out;
}

/// Who may open a node is asked of this machine alone: the rights of a root elsewhere are not this process's.
enum class Rights { kAsked, kUnknown };

/// Level 0: the kernel's side of the driver, and its device nodes.
VerifyLevel look_at_files(const host::Host& host, Rights rights) {
  const auto platform = facts::read_platform(host);
  const auto devices = facts::read_devices(host);
  VerifyLevel out;
  out.outcome = Outcome::kOk;
  if (platform && platform->wsl) {
    if (!platform->dxg_device)
      return bad(0, N_("/dev/dxg is not there: WSL has no GPU"), N_("update WSL and the Windows driver"));
    out.text = N_("WSL: /dev/dxg is there");
    return out;
  }
  const auto driver = facts::read_proc_driver(host);
  if (!driver || !driver->version)
    return bad(0, N_("the kernel module is not loaded: no /proc/driver/nvidia/version"),
               N_("nvstack doctor says why, nvstack plan installs it"));
  std::string missing;
  for (const char* node : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm"})
    if (!devices || !devices->find(node)) missing += (missing.empty() ? "" : ", ") + std::string(node);
  std::string closed;
  for (const char* node : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm"})
    if (missing.empty() && rights == Rights::kAsked && ::access(node, R_OK | W_OK) != 0 && errno == EACCES)
      closed += (closed.empty() ? "" : ", ") + std::string(node);
  if (!closed.empty())
    return bad(0, {N_("this user may not open {nodes}"), {{"nodes", closed}}},
               N_("chmod 0666 opens them; NVreg_DeviceFileMode in modprobe.d decides what they are after a "
                  "restart"));
  if (!missing.empty())
    return bad(0, {N_("these device nodes are missing: {nodes}"), {{"nodes", missing}}},
               N_("nvidia-modprobe -c 0 -u makes them; a container needs --gpus all"));
  out.text = {N_("driver {driver} is loaded, its device nodes are there"),
              {{"driver", driver->version->version.text}}};
  return out;
}

/// The GPUs that CUDA has to list: the kernel module's, where this process has the node and hides none by
/// itself.
std::vector<std::string> expected_gpus(const host::Host& host) {
  std::vector<std::string> addresses;
  const auto driver = facts::read_proc_driver(host);
  const auto devices = facts::read_devices(host);
  if (!driver || !devices || host.environment("CUDA_VISIBLE_DEVICES")) return addresses;
  for (const facts::ProcGpu& gpu : driver->gpus)
    if (!gpu.excluded && gpu.minor && devices->find("/dev/nvidia" + std::to_string(*gpu.minor)))
      addresses.push_back(gpu.bdf);
  return addresses;
}

/// The script prints one line that begins with "nvstack"; what else torch prints is passed over.
constexpr const char* kSmoke =
    "import torch\n"
    "n = torch.cuda.device_count() if torch.cuda.is_available() else 0\n"
    "good = 0\n"
    "for i in range(n):\n"
    "  a = torch.arange(64, dtype=torch.float32, device='cuda:%d' % i).reshape(8, 8)\n"
    "  good += int(torch.equal((a @ torch.eye(8, device=a.device)).cpu(), a.cpu()))\n"
    "print('nvstack', torch.__version__, torch.version.cuda, n, good)\n";

VerifyLevel try_framework(const host::Host& host, const VerifyWords& words, std::chrono::seconds deadline) {
  std::string prefix = words.environment;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (prefix.empty()) prefix = host.environment(variable).value_or("");
  const std::string python = prefix.empty() ? "python3" : prefix + "/bin/python";
  VerifyLevel out;
  out.level = 6;
  const auto ran = run_process({python, "-c", kSmoke}, {deadline, 1u << 20});
  if (!ran && ran.error().code == ErrorCode::kTimedOut)
    return bad(6, Message("{why}", {{"why", ran.error().text()}}),
               N_("raise --deadline; the first start of torch can take minutes"));
  if (!ran || contains(ran->err, "No module named 'torch'")) {
    out.text = {N_("no torch in {python}"), {{"python", python}}};
    return out;
  }
  for (const std::string_view line : split_lines(ran->out)) {
    const auto parts = split_words(line);
    if (parts.size() != 5 || parts[0] != "nvstack") continue;
    const std::vector<std::pair<std::string, std::string>> values = {{"torch", printable(parts[1], 40)},
                                                                     {"cuda", printable(parts[2], 20)},
                                                                     {"seen", printable(parts[3], 10)},
                                                                     {"good", printable(parts[4], 10)}};
    if (parts[2] == "None")
      return bad(6, {N_("torch {torch} is a CPU build"), values}, N_("nvstack torch names the right one"));
    if (parts[3] == "0" || parts[3] != parts[4])
      return bad(6,
                 {N_("torch {torch} (CUDA {cuda}) sees {seen} GPUs and computes rightly on {good}"), values},
                 N_("nvstack torch check says what is wrong"));
    out.outcome = Outcome::kOk;
    out.text = {N_("torch {torch} (CUDA {cuda}) computes rightly on {good} GPUs"), values};
    return out;
  }
  const auto lines = split_lines(trim(ran->err));
  return bad(
      6,
      {N_("torch cannot be imported: {why}"), {{"why", lines.empty() ? "?" : printable(lines.back(), 200)}}},
      N_("nvstack torch check says what is wrong"));
}

VerifyReport verify(const VerifyWords& words, const host::Host& host, const Tables& tables, int last,
                    std::chrono::seconds deadline) {
  VerifyReport report;
  report.levels.push_back(
      look_at_files(host, words.machine.root.empty() ? Rights::kAsked : Rights::kUnknown));
  cuda::ProbeOptions options;
  options.library = words.library, options.deadline = deadline;
  options.ptx = [&](int version, int major, int minor) { return probe_ptx(tables, version, major, minor); };
  bool failed = false;
  for (int level = 1; level <= std::min(last, 5); ++level) {
    if (failed) {
      report.levels.push_back({level, Outcome::kSkipped, {}, "", {}, N_("not tried"), {}});
      continue;
    }
    const auto reading = cuda::probe(static_cast<cuda::Level>(level), options);
    report.levels.push_back(judge_level(level, reading, *tables.catalog));
    failed = report.levels.back().outcome == Outcome::kFailed;
    if (!reading) {
      report.gpus.clear();  // what an earlier level said of them is no news of this one
      continue;
    }
    // The others are still tried.
    if (level == 3) judge_missing(report.levels.back(), *reading, expected_gpus(host));
    if (!reading->library.empty()) report.library = reading->library;
    if (reading->version) report.driver_cuda = reading->version;
    if (!reading->gpus.empty()) report.gpus = reading->gpus;
  }
  if (last >= 6)
    report.levels.push_back(failed ? VerifyLevel{6, Outcome::kSkipped, {}, "", {}, N_("not tried"), {}}
                                   : try_framework(host, words, deadline));
  return report;
}

}  // namespace

Result<int> cuda_verify_command(const std::vector<std::string>& words, Terminal& terminal) {
  VerifyWords wanted;
  const std::vector<Option> rows = option_rows(wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(
        render_help("cuda verify [OPTION]...",
                    N_("Proves that CUDA works here, without a toolkit: files, library, init, devices, "
                       "memory, a kernel on every GPU, and torch where it is installed. Each level runs in a "
                       "process of its own. Exit code 3 when one fails, with cause and cure."),
                    rows, terminal.columns));
    return kOk;
  }
  const int last = static_cast<int>(TRY(number_of(wanted.level, "--level", 6, 6)));
  const std::chrono::seconds deadline(TRY(number_of(wanted.deadline, "--deadline", 60, 3600)));
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const Tables tables = TRY(load_tables(catalog));
  const Machine machine = TRY(open_machine(wanted.machine));
  const VerifyReport report = verify(wanted, *machine.host, tables, last, deadline);
  terminal.out(wanted.json ? verify_json(report).dump(2) + "\n" : render_verify(report, terminal.columns));
  return report.ok() ? kOk : kFindings;
}

}  // namespace nvstack::cli
