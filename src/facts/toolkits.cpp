#include "facts/toolkits.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kVersionBytesMax = 256u << 10;
constexpr std::size_t kHeaderBytesMax = 1u << 20;  // cudnn.h of cuDNN 7 holds everything
// The names of the header that holds the numbers, the newest first.
constexpr std::array kCudnnHeaders = {"cudnn_version.h", "cudnn_version_v9.h", "cudnn_version_v8.h",
                                      "cudnn.h"};

bool is_directory(const host::Host& host, const std::string& path) {
  const auto status = host.status(path);
  return status && status->type == host::FileType::kDirectory;
}

/// The places to look, real directories before links, so that a link's target keeps its own name.
std::vector<std::string> toolkit_places(const host::Host& host) {
  std::vector<std::string> places, links;
  if (const auto entries = host.list("/usr/local"))
    for (const host::DirectoryEntry& entry : *entries)
      if (entry.name == "cuda" || glob_match("cuda-*", entry.name))
        (entry.type == host::FileType::kLink ? links : places).push_back("/usr/local/" + entry.name);
  places.insert(places.end(), {"/usr/lib/cuda", "/usr/lib/nvidia-cuda-toolkit", "/opt/cuda"});
  places.insert(places.end(), links.begin(), links.end());
  return places;
}

std::optional<Version> toolkit_version(const host::Host& host, const std::string& path) {
  if (const auto text = host.read(path + "/version.json", {.bytes_max = kVersionBytesMax}))
    if (auto version = parse_toolkit_json(*text)) return std::move(*version);
  if (const auto text = host.read(path + "/version.txt", {.bytes_max = kVersionBytesMax}))
    if (auto version = parse_toolkit_text(*text)) return std::move(*version);
  const auto named = cut(path, "/cuda-");
  return named ? parse_version(named->second) : std::nullopt;
}

CudaToolkit read_toolkit(const host::Host& host, const std::string& path) {
  CudaToolkit toolkit;
  toolkit.path = path;
  toolkit.version = toolkit_version(host, path);
  toolkit.has_nvcc = host::exists(host, path + "/bin/nvcc") ||
                     (path == "/usr/lib/cuda" && host::exists(host, "/usr/bin/nvcc"));
  toolkit.has_compat = host::exists(host, path + "/compat/libcuda.so.1");
  return toolkit;
}

void read_cuda(const host::Host& host, Toolkits& answer) {
  const auto chosen = host.resolve("/usr/local/cuda");
  std::vector<std::string> seen;
  std::vector<std::string> places = toolkit_places(host);
  if (answer.cuda_home.substr(0, 1) == "/") places.push_back(answer.cuda_home);
  for (const std::string& path : places) {
    const auto real = host.resolve(path);
    if (!real || !is_directory(host, path) || std::find(seen.begin(), seen.end(), *real) != seen.end())
      continue;
    seen.push_back(*real);
    answer.cuda.push_back(read_toolkit(host, path));
    answer.cuda.back().is_default = chosen && *chosen == *real;
  }
}

/// The number of a "#define NAME number" line.
std::optional<std::uint64_t> defined_number(std::string_view text, std::string_view name) {
  for (const std::string_view line : split_lines(text)) {
    if (line.size() > 200 || line.find(name) == std::string_view::npos) continue;
    const auto words = split_words(line);
    if (words.size() >= 3 && words[0] == "#define" && words[1] == name) return parse_uint(words[2]);
  }
  return std::nullopt;
}

std::optional<Cudnn> cudnn_by_header(const host::Host& host, const std::string& directory) {
  for (const char* name : kCudnnHeaders) {
    const std::string path = directory + "/" + name;
    const auto text = host.read(path, {.bytes_max = kHeaderBytesMax});
    if (!text) continue;
    if (auto version = parse_cudnn_header(*text)) return Cudnn{std::move(*version), path};
  }
  return std::nullopt;
}

/// "libcudnn.so.9.1.0" -> 9.1.0; "libcudnn.so.9" says too little.
void cudnn_by_library(const host::Host& host, const std::string& directory, std::vector<Cudnn>& found) {
  for (const std::string& name : host::list_matching(host, directory, "libcudnn.so.*")) {
    auto version = parse_version(std::string_view(name).substr(12));
    if (!version || version->parts.size() < 2) continue;
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const Cudnn& other) { return other.version == version; });
    if (!known) found.push_back({std::move(version), directory + "/" + name});
  }
}

void read_cudnn(const host::Host& host, Toolkits& answer) {
  std::vector<std::string> includes = {"/usr/include", "/usr/include/x86_64-linux-gnu",
                                       "/usr/include/aarch64-linux-gnu"};
  std::vector<std::string> libraries = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                                        "/usr/lib64", "/usr/lib"};
  for (const CudaToolkit& toolkit : answer.cuda) {
    includes.push_back(toolkit.path + "/include");
    libraries.push_back(toolkit.path + "/lib64");
  }
  std::vector<std::string> seen;
  for (const std::string& directory : includes) {
    auto cudnn = cudnn_by_header(host, directory);
    const auto real = cudnn ? host.resolve(cudnn->path) : Result<std::string>(std::string());
    if (!cudnn || !real || std::find(seen.begin(), seen.end(), *real) != seen.end()) continue;
    seen.push_back(*real);
    answer.cudnn.push_back(std::move(*cudnn));
  }
  for (const std::string& directory : libraries) cudnn_by_library(host, directory, answer.cudnn);
}

}  // namespace

Result<Version> parse_toolkit_json(std::string_view text) {
  const Json json = TRY(parse_json(text));
  const std::string written = json["cuda"].text("version");
  if (auto version = parse_version(written)) return std::move(*version);
  return fail(ErrorCode::kMalformed, "no version of cuda in it");
}

Result<Version> parse_toolkit_text(std::string_view text) {
  const auto after = cut(text, "CUDA Version");
  auto version = after ? find_version(after->second.substr(0, 64)) : std::nullopt;
  if (!version) return fail(ErrorCode::kMalformed, "no \"CUDA Version\" in it");
  return std::move(*version);
}

Result<Version> parse_cudnn_header(std::string_view text) {
  const auto major = defined_number(text, "CUDNN_MAJOR"), minor = defined_number(text, "CUDNN_MINOR"),
             patch = defined_number(text, "CUDNN_PATCHLEVEL");
  std::optional<Version> version;
  if (major && minor && patch)
    version =
        parse_version(std::to_string(*major) + "." + std::to_string(*minor) + "." + std::to_string(*patch));
  if (!version) return fail(ErrorCode::kMalformed, "no CUDNN_MAJOR, CUDNN_MINOR and CUDNN_PATCHLEVEL in it");
  return std::move(*version);
}

Result<Toolkits> read_toolkits(const host::Host& host) {
  Toolkits answer;
  answer.path = host.environment("PATH").value_or("");
  answer.cuda_home = host.environment("CUDA_HOME").value_or("");
  if (answer.cuda_home.empty()) answer.cuda_home = host.environment("CUDA_PATH").value_or("");
  read_cuda(host, answer);
  read_cudnn(host, answer);
  return answer;
}

}  // namespace nvstack::facts
