#include "facts/cuda_places.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "facts/libraries.hpp"
#include "facts/python.hpp"
#include "facts/toolkits.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kLibraryFolders[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                                           "/usr/lib64", "/usr/local/lib"};

/// A distribution's toolkit has no version file: its compiler is asked.
std::optional<Version> ask_nvcc(const host::Host& host, const CudaToolkit& toolkit) {
  if (toolkit.version || !toolkit.has_nvcc) return toolkit.version;
  const std::string own = toolkit.path + "/bin/nvcc";
  const std::string program = host::exists(host, own) ? own : "/usr/bin/nvcc";
  const auto output = host.query({{program, "--version"}, {std::chrono::seconds(5), 64u << 10}});
  return output ? parse_nvcc_version(output->out) : std::nullopt;
}

void add_toolkit(const host::Host& host, const CudaToolkit& toolkit, std::vector<CudaPlace>& out) {
  const CudaPlaceKind kind = toolkit.has_nvcc ? CudaPlaceKind::kToolkit : CudaPlaceKind::kRuntime;
  out.push_back({kind, toolkit.path, ask_nvcc(host, toolkit), toolkit.has_nvcc ? "nvcc" : ""});
  if (toolkit.has_compat) {
    std::optional<Version> driver;
    for (const std::string& name : host::list_matching(host, toolkit.path + "/compat", "libcuda.so.*"))
      if (auto version = version_of_library(name)) driver = std::move(version);
    out.push_back({CudaPlaceKind::kCompat, toolkit.path + "/compat", driver, "libcuda.so.1"});
  }
  if (host::exists(host, toolkit.path + "/lib64/stubs/libcuda.so"))
    out.push_back({CudaPlaceKind::kStub, toolkit.path + "/lib64/stubs", toolkit.version, "libcuda.so"});
}

/// "libcudart.so.12.4.127" says its version; "libcudart.so.12" only the major.
void add_runtimes(const host::Host& host, const std::string& folder, CudaPlaceKind kind,
                  std::vector<CudaPlace>& out) {
  std::optional<Version> best;
  for (const std::string& name : host::list_matching(host, folder, "libcudart.so.*")) {
    auto version = parse_version(std::string_view(name).substr(13));
    if (version && (!best || version->parts.size() > best->parts.size())) best = std::move(version);
  }
  if (best) out.push_back({kind, folder, best, "libcudart.so." + std::to_string(best->branch())});
}

void add_wheels(const host::Host& host, const std::string& packages, std::vector<CudaPlace>& out) {
  for (const std::string& name : host::list_matching(host, packages, "nvidia_*.dist-info")) {
    const std::string wheel = wheel_of_directory(name);
    const auto parts = cut(wheel, " ");
    if (parts)
      out.push_back({CudaPlaceKind::kPip, packages, parse_version(parts->second), std::string(parts->first)});
  }
}

void add_python(const host::Host& host, std::vector<CudaPlace>& out) {
  const auto environments = read_python(host);
  if (!environments) return;
  std::vector<std::string> seen;
  for (const PythonEnvironment& one : *environments)
    for (const char* below : {"/site-packages", "/dist-packages"}) {
      const std::string packages = one.prefix + "/lib/python" + one.version + below;
      if (std::find(seen.begin(), seen.end(), packages) != seen.end()) continue;
      seen.push_back(packages);
      add_wheels(host, packages, out);
    }
}

/// conda-meta/cuda-cudart-12.4.127-0.json
void add_conda(const host::Host& host, const std::string& prefix, std::vector<CudaPlace>& out) {
  if (prefix.substr(0, 1) != "/") return;
  for (const char* pattern : {"cudatoolkit-*.json", "cuda-toolkit-*.json", "cuda-nvcc-*.json",
                              "cuda-cudart-*.json", "cudnn-*.json"})
    for (const std::string& name : host::list_matching(host, prefix + "/conda-meta", pattern)) {
      const std::string_view stem = std::string_view(name).substr(0, name.size() - 5);
      const std::size_t build = stem.rfind('-');
      const std::size_t dash = build == std::string_view::npos ? build : stem.rfind('-', build - 1);
      if (dash == std::string_view::npos) continue;
      auto version = parse_version(stem.substr(dash + 1, build - dash - 1));
      if (version)
        out.push_back({CudaPlaceKind::kConda, prefix, std::move(version), std::string(stem.substr(0, dash))});
    }
}

std::string link_of(const host::Host& host, const std::string& path) {
  const auto real = host.resolve(path);
  return real && host::exists(host, path) ? *real : "";
}

}  // namespace

std::string_view cuda_place_kind_name(CudaPlaceKind kind) {
  switch (kind) {
    case CudaPlaceKind::kToolkit: return "toolkit";
    case CudaPlaceKind::kRuntime: return "runtime";
    case CudaPlaceKind::kCompat: return "compat";
    case CudaPlaceKind::kStub: return "stub";
    case CudaPlaceKind::kPip: return "pip";
    case CudaPlaceKind::kConda: return "conda";
    case CudaPlaceKind::kCudnn: return "cudnn";
  }
  return "";
}

std::optional<Version> parse_nvcc_version(std::string_view text) {
  const auto release = cut(text, "release ");
  if (!release) return std::nullopt;
  const auto full = cut(release->second.substr(0, 80), ", V");
  if (full)
    if (auto version = find_version(full->second)) return version;
  return find_version(release->second.substr(0, 40));
}

CudaPlaces read_cuda_places(const host::Host& host) {
  CudaPlaces out;
  const auto variable = [&](const char* name) { return host.environment(name).value_or(""); };
  out.variables.path = variable("PATH"), out.variables.cuda_home = variable("CUDA_HOME");
  out.variables.cuda_path = variable("CUDA_PATH"), out.variables.library_path = variable("LD_LIBRARY_PATH");
  out.variables.conda_prefix = variable("CONDA_PREFIX"), out.variables.virtual_env = variable("VIRTUAL_ENV");
  out.variables.default_toolkit = link_of(host, "/usr/local/cuda");
  out.variables.alternative = link_of(host, "/etc/alternatives/cuda");
  if (const auto toolkits = read_toolkits(host)) {
    for (const CudaToolkit& toolkit : toolkits->cuda) add_toolkit(host, toolkit, out.all);
    for (const Cudnn& cudnn : toolkits->cudnn)
      out.all.push_back({CudaPlaceKind::kCudnn, cudnn.path, cudnn.version, "cudnn"});
  }
  for (const char* folder : kLibraryFolders) add_runtimes(host, folder, CudaPlaceKind::kRuntime, out.all);
  add_python(host, out.all);
  add_conda(host, out.variables.conda_prefix, out.all);
  return out;
}

}  // namespace nvstack::facts
