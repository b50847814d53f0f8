// What of the request comes from the machine at hand: GPUs, driver, toolkit, Python, C library.
#include <gnu/libc-version.h>

#include "base/text.hpp"
#include "cli/torch_words.hpp"
#include "facts/gpus.hpp"
#include "facts/libraries.hpp"
#include "facts/modules.hpp"
#include "facts/os.hpp"
#include "facts/platform.hpp"
#include "facts/python.hpp"
#include "facts/toolkits.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

/// The driver by the loaded module, or else by libcuda's own name (a container sees no /proc/driver).
std::optional<Version> driver_of(const host::Host& host) {
  if (const auto driver = facts::read_proc_driver(host); driver && driver->version)
    return driver->version->version;
  if (const auto libraries = facts::read_libraries(host))
    if (const facts::Library* cuda = libraries->first("libcuda.so.1");
        cuda && cuda->kind == facts::LibraryKind::kDriver)
      return cuda->version;
  return std::nullopt;
}

/// The first Python that the caller would get; "3.12" where none is found.
void put_python(const host::Host& host, TorchAsked& asked) {
  const auto environments = facts::read_python(host);
  if (environments)
    for (const facts::PythonEnvironment& one : *environments)
      if (const auto python = parse_python_target(one.version)) {
        asked.request.python = *python;
        return;
      }
  asked.cautions.push_back({"python-assumed",
                            {N_("No Python was found here: {python} is assumed. --python X.Y names another."),
                             {{"python", asked.request.python.text()}}}});
}

void put_gpus(const host::Host& host, TorchAsked& asked, const Tables& tables) {
  const auto gpus = facts::read_gpus(host, *tables.catalog);
  if (!gpus) return;
  for (const facts::PciGpu& gpu : gpus->gpus)
    if (auto wanted = gpu_of_verdict(gpu.verdict, *tables.catalog))
      asked.request.gpus.push_back(std::move(*wanted));
}

void put_toolkit(const host::Host& host, TorchAsked& asked) {
  const auto toolkits = facts::read_toolkits(host);
  if (!toolkits) return;
  for (const facts::CudaToolkit& toolkit : toolkits->cuda)
    if (toolkit.version && (toolkit.is_default || !asked.request.toolkit))
      asked.request.toolkit = toolkit.version;
}

/// What /proc and sysfs do not show, as under WSL, NVML may know.
void ask_nvml(const Machine& machine, TorchAsked& asked, const Tables& tables) {
  if (asked.request.driver && !asked.request.gpus.empty()) return;
  const auto answer = machine.nvml->ask();
  if (!answer || answer->init_code != 0) return;
  if (!asked.request.driver) asked.request.driver = parse_version(answer->driver_version);
  if (!asked.request.gpus.empty()) return;
  for (const nvml::GpuSnapshot& gpu : answer->gpus)
    if (const std::string* name = gpu.name.value())
      if (auto wanted = find_gpu(*name, *tables.catalog)) asked.request.gpus.push_back(std::move(*wanted));
}

/// uv's own override, for a machine whose driver is another than the one seen here.
void override_driver(const host::Host& host, TorchAsked& asked) {
  const auto value = host.environment("UV_CUDA_DRIVER_VERSION");
  const auto driver = value ? parse_version(*value) : std::nullopt;
  if (!driver) return;
  asked.request.driver = driver;
  asked.cautions.push_back({"driver-override",
                            {N_("The driver is taken from the variable {variable}: {driver}."),
                             {{"variable", "UV_CUDA_DRIVER_VERSION"}, {"driver", driver->text}}}});
}

/// No GPU and no driver: the CPU build is what fits, unless the words describe a machine or a CUDA build.
void put_backend(const TorchWords& words, TorchAsked& asked) {
  Request& request = asked.request;
  const bool wants_cuda =
      !words.cuda.empty() || !words.toolkit.empty() || !words.indexes.empty() || !words.mirror.empty();
  if (!request.gpus.empty() || request.driver || wants_cuda) return;
  request.backend = Backend::kCpu;
  asked.cautions.push_back({"no-gpu",
                            {N_("No NVIDIA GPU was found here: this is the CPU build. --gpu NAME --driver "
                                "VERSION answers for another machine.")}});
}

}  // namespace

namespace detail {

Status put_this_machine(const TorchWords& words, TorchAsked& asked, const Tables& tables) {
  const Machine machine = TRY(open_machine(words.machine));
  const bool live = words.machine.root.empty() && words.machine.from.empty();
  asked.request.libc = {LibcTarget::Kind::kGlibc, 2, 28};
  if (live)
    if (const auto libc = parse_libc_target(gnu_get_libc_version(), LibcTarget::Kind::kGlibc))
      asked.request.libc = *libc;
#if defined(__aarch64__)
  asked.request.arch = "aarch64";
#endif
  if (words.python.empty()) put_python(*machine.host, asked);
  // A machine that is described in words is not this one: nothing of this one may leak into its answer.
  if (!words.gpus.empty() || !words.driver.empty()) return {};
  put_gpus(*machine.host, asked, tables);
  if (const auto platform = facts::read_platform(*machine.host); platform && platform->wsl)
    asked.request.driver_kind = DriverKind::kWindows;
  asked.request.driver = driver_of(*machine.host);
  ask_nvml(machine, asked, tables);
  override_driver(*machine.host, asked);
  if (words.toolkit.empty()) put_toolkit(*machine.host, asked);
  put_backend(words, asked);
  return {};
}

}  // namespace detail

}  // namespace nvstack::cli
