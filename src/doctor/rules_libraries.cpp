// The driver's libraries, CUDA toolkits and PyTorch: do their versions fit, and which copy is loaded?
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

std::string text_of(const facts::Library& library) {
  return library.soname + (library.version ? " of " + library.version->text : "");
}

// CUDA of the driver as a version: 13000 -> 13.0.
std::optional<Version> driver_cuda(const Patient& patient) {
  const auto& answer = value(patient.facts.nvml);
  if (!answer.cuda_version || *answer.cuda_version <= 0) return std::nullopt;
  return parse_version(std::to_string(*answer.cuda_version / 1000) + "." +
                       std::to_string(*answer.cuda_version % 1000 / 10));
}

std::vector<facts::PythonEnvironment> with_torch(const Patient& patient) {
  std::vector<facts::PythonEnvironment> all;
  for (const facts::PythonEnvironment& python : value(patient.facts.python))
    if (python.torch) all.push_back(python);
  return all;
}

// Which CUDA versions compile for a GPU of this compute capability (12.8 brought Blackwell, 13.0 ended Volta
// and older). A torch wheel cannot hold more than its CUDA could compile.
bool cuda_knows(const Version& cuda, const Version& capability) {
  const Version blackwell{{10, 0}, ""}, turing{{7, 5}, ""};
  if (capability >= blackwell) return cuda >= Version{{12, 8}, ""};
  if (capability < turing) return cuda < Version{{13, 0}, ""};
  if (capability >= Version{{9, 0}, ""}) return cuda >= Version{{11, 8}, ""};
  if (capability >= Version{{8, 0}, ""}) return cuda >= Version{{11, 0}, ""};
  return true;
}

}  // namespace

Seen check_mismatch(const Patient& patient) {
  const auto* module = loaded(patient, "nvidia");
  const auto version = module ? parse_version(module->version) : std::nullopt;
  Seen all;
  for (const char* soname : {"libnvidia-ml.so.1", "libcuda.so.1"}) {
    const auto* library = value(patient.facts.libraries).first(soname);
    if (!version || !library || !library->version || library->dangling) continue;
    if (library->kind == facts::LibraryKind::kCompat || library->kind == facts::LibraryKind::kStub) continue;
    if (*library->version != *version) add(all, library->real_path, text_of(*library));
  }
  if (all) all->evidence.insert(all->evidence.begin(), {"/sys/module/nvidia/version", module->version});
  constexpr int kMismatch = 18;
  if (patient.facts.nvml && patient.facts.nvml->init_code == kMismatch)
    add(all, "nvmlInit_v2", "answered 18: driver/library version mismatch");
  return all;
}

Seen check_several_libraries(const Patient& patient) {
  std::map<std::string, std::string> versions;  // with one path each
  for (const facts::Library& library : value(patient.facts.libraries).all)
    if (library.kind == facts::LibraryKind::kDriver && library.version && !library.dangling)
      versions.try_emplace(library.version->text, library.real_path);
  if (versions.size() < 2) return std::nullopt;
  Seen all;
  for (const auto& [version, path] : versions) add(all, path, "version " + version);
  return all;
}

Seen check_foreign_library(const Patient& patient) {
  Seen all;
  const std::string version = driver_version(patient);
  for (const facts::Library& library : value(patient.facts.libraries).all) {
    const bool driver = library.soname == "libnvidia-ml.so.1" || library.soname == "libcuda.so.1";
    const bool by_path =
        library.found_by == "LD_LIBRARY_PATH" &&
        (library.kind == facts::LibraryKind::kOther || library.kind == facts::LibraryKind::kDriver);
    if (driver && by_path && library.version && !version.empty() && library.version->text != version)
      add(all, library.path, text_of(library) + ", by LD_LIBRARY_PATH");
  }
  for (const facts::PythonEnvironment& python : value(patient.facts.python))
    for (const std::string& path : python.shadowing) add(all, python.prefix, path);
  return all;
}

Seen check_stub(const Patient& patient) {
  const auto& libraries = value(patient.facts.libraries);
  const auto* first = libraries.first("libcuda.so.1");
  if (first && first->kind == facts::LibraryKind::kStub) return seen(first->path, "is the toolkit's stub");
  for (const std::string_view part : split(libraries.library_path, ':')) {
    if (!contains(part, "/stubs")) continue;
    Observation all = seen("LD_LIBRARY_PATH", printable(part));
    all.severity = Severity::kWarning;  // harmless until a libcuda.so.1 lies in it
    return all;
  }
  return std::nullopt;
}

Seen check_compat(const Patient& patient) {
  const auto* first = value(patient.facts.libraries).first("libcuda.so.1");
  if (!first || first->kind != facts::LibraryKind::kCompat) return std::nullopt;
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (contains(gpu.verdict.name, "GeForce") || contains(gpu.verdict.name, "TITAN"))
      add(all, "/sys/bus/pci/devices/" + gpu.bdf, gpu_text(gpu));
  const auto driver = parse_version(driver_version(patient));
  if (driver && first->version && *first->version < *driver)
    add(all, "installed driver", driver->text + " is newer than the compatibility library");
  if (all) all->evidence.insert(all->evidence.begin(), {first->path, text_of(*first)});
  return all;
}

Seen check_driver_too_old(const Patient& patient) {
  const auto driver = driver_cuda(patient);
  if (!driver) return std::nullopt;
  Seen all;
  // Within one major version newer toolkits run on older drivers; across majors they do not.
  for (const facts::CudaToolkit& toolkit : value(patient.facts.toolkits).cuda)
    if (toolkit.is_default && toolkit.version && toolkit.version->branch() > driver->branch())
      add(all, toolkit.path, "CUDA " + toolkit.version->text);
  for (const facts::PythonEnvironment& python : with_torch(patient)) {
    const auto cuda = parse_version(python.torch->cuda);
    if (cuda && cuda->branch() > driver->branch())
      add(all, python.torch->path, "torch for CUDA " + cuda->text);
  }
  if (!all) return all;
  add(all, "NVML", "the driver knows CUDA " + driver->text);
  all->severity = Severity::kWarning;  // it breaks the programs that use it, not the machine
  return all;
}

Seen check_torch_cpu(const Patient& patient) {
  if (gpus(patient).empty()) return std::nullopt;
  Seen all;
  for (const facts::PythonEnvironment& python : with_torch(patient))
    if (python.torch->cuda.empty() && !contains(python.torch->version, "+rocm") &&
        !contains(python.torch->version, "+xpu"))
      add(all, python.torch->path, "torch " + python.torch->version + ", no CUDA");
  return all;
}

Seen check_torch_architecture(const Patient& patient) {
  Seen all;
  for (const facts::PythonEnvironment& python : with_torch(patient)) {
    const auto cuda = parse_version(python.torch->cuda);
    for (const facts::PciGpu& gpu : gpus(patient)) {
      const auto capability = parse_version(gpu.verdict.compute_capability);
      if (!cuda || !capability || cuda_knows(*cuda, *capability)) continue;
      add(all, python.torch->path, "torch " + python.torch->version + " for CUDA " + cuda->text);
      add(all, "/sys/bus/pci/devices/" + gpu.bdf, gpu_text(gpu) + ", compute capability " + capability->text);
    }
  }
  if (all) all->severity = Severity::kWarning;
  return all;
}

Seen check_cuda_home(const Patient& patient) {
  const auto& toolkits = value(patient.facts.toolkits);
  if (toolkits.cuda_home.empty()) return std::nullopt;
  std::string home = toolkits.cuda_home;
  while (home.size() > 1 && home.back() == '/') home.pop_back();
  const auto found =
      std::find_if(toolkits.cuda.begin(), toolkits.cuda.end(), [&](const facts::CudaToolkit& t) {
        return t.path == home || (t.is_default && home == "/usr/local/cuda");
      });
  if (found == toolkits.cuda.end()) return std::nullopt;
  Seen all;
  for (const facts::PythonEnvironment& python : with_torch(patient)) {
    const auto cuda = parse_version(python.torch->cuda);
    if (cuda && found->version && cuda->branch() != found->version->branch())
      add(all, python.torch->path, "torch for CUDA " + cuda->text);
  }
  if (all) add(all, "CUDA_HOME", home + ", CUDA " + found->version->text);
  return all;
}

}  // namespace nvstack::doctor
