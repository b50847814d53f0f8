#include "facts/dkms.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "facts/modules.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kTree = "/var/lib/dkms";
constexpr std::size_t kEntriesMax = 1000;
constexpr std::size_t kLogBytesMax = 1u << 20;
constexpr std::size_t kLogTailBytes = 64u << 10;

bool is_directory(const host::Host& host, const std::string& path) {
  const auto status = host.status(path);
  return status && status->type == host::FileType::kDirectory;
}

/// The directories in a directory; links are left out.
std::vector<std::string> directories(const host::Host& host, const std::string& path) {
  std::vector<std::string> names;
  const auto entries = host.list(path);
  if (!entries) return names;
  for (const host::DirectoryEntry& entry : *entries)
    if (entry.type == host::FileType::kDirectory && names.size() < kEntriesMax) names.push_back(entry.name);
  return names;
}

/// One module and version in the tree.
struct Source {
  const host::Host& host;
  std::string name, version;

  std::string directory() const { return std::string(kTree) + "/" + name + "/" + version; }
};

/// What is wrong with the link to the source, "" nothing. dkms itself then refuses to touch the module.
std::string source_fault(const Source& source) {
  const std::string path = source.directory() + "/source";
  if (is_directory(source.host, path)) return {};
  const auto target = source.host.readlink(path);
  if (!target) return path + " is missing";
  return path + " leads to " + printable(*target, 200) + ", which is not there";
}

/// The names (without .ko*) of the modules built for a kernel.
std::vector<std::string> built_modules(const Source& source, const std::string& kernel,
                                       const std::string& arch) {
  std::vector<std::string> names;
  const std::string directory = source.directory() + "/" + kernel + "/" + arch + "/module";
  for (const std::string& file : host::list_matching(source.host, directory, "*.ko*"))
    if (const auto name = module_file_name(file)) names.push_back(*name);
  return names;
}

/// dkms keeps a link for what it installed; where that link is missing, the file in /lib/modules tells.
bool is_installed(const Source& source, const std::string& kernel, const std::string& arch,
                  const std::vector<std::string>& names) {
  const std::string link = std::string(kTree) + "/" + source.name + "/kernel-" + kernel + "-" + arch;
  if (const auto target = source.host.readlink(link)) {
    const auto parts = split(*target, '/');
    return std::find(parts.begin(), parts.end(), source.version) != parts.end();
  }
  for (const std::string& file :
       host::list_matching(source.host, "/lib/modules/" + kernel + "/updates/dkms", "*.ko*"))
    if (const auto name = module_file_name(file);
        name && std::find(names.begin(), names.end(), *name) != names.end())
      return true;
  return false;
}

void add_failure(Dkms& dkms, const Source& source, const std::string& path, const std::string& kernel) {
  const auto text = source.host.read(path, {kLogBytesMax, host::ReadLimits::Excess::kKeepEnd});
  if (!text || dkms.failures.size() == kEntriesMax) return;
  DkmsFailure failure{source.name, source.version, path, kernel, ""};
  if (kernel.empty()) failure.kernel = parse_make_log_kernel(*text);
  // A later build for the same kernel went well.
  const bool built = std::any_of(dkms.modules.begin(), dkms.modules.end(), [&](const DkmsModule& module) {
    return module.name == source.name && module.version == source.version &&
           module.kernel == failure.kernel && !module.kernel.empty();
  });
  if (built) return;
  failure.log = text->size() > kLogTailBytes ? text->substr(text->size() - kLogTailBytes) : *text;
  dkms.failures.push_back(std::move(failure));
}

void read_version(Dkms& dkms, const Source& source) {
  const std::size_t before = dkms.modules.size();
  std::vector<std::pair<std::string, std::string>> failed;  // log, kernel
  for (const std::string& kernel : directories(source.host, source.directory())) {
    if (kernel == "source" || kernel == "build") continue;
    for (const std::string& arch : directories(source.host, source.directory() + "/" + kernel)) {
      const auto names = built_modules(source, kernel, arch);
      const std::string log = source.directory() + "/" + kernel + "/" + arch + "/log/make.log";
      if (names.empty()) failed.emplace_back(log, kernel);
      if (names.empty() || dkms.modules.size() >= kEntriesMax) continue;
      const DkmsState state =
          is_installed(source, kernel, arch, names) ? DkmsState::kInstalled : DkmsState::kBuilt;
      dkms.modules.push_back({source.name, source.version, kernel, arch, state, ""});
    }
  }
  if (std::string fault = source_fault(source); !fault.empty()) {
    dkms.modules.push_back({source.name, source.version, "", "", DkmsState::kBroken, std::move(fault)});
  } else if (dkms.modules.size() == before) {
    dkms.modules.push_back({source.name, source.version, "", "", DkmsState::kAdded, ""});
  }
  failed.emplace_back(source.directory() + "/build/make.log", "");
  for (const auto& [log, kernel] : failed) add_failure(dkms, source, log, kernel);
}

}  // namespace

std::string parse_make_log_kernel(std::string_view text) {
  const std::string_view line = text.substr(0, std::min(text.find('\n'), std::size_t{1000}));
  const auto parts = contains(line, "make.log") ? cut(line, " for kernel ") : std::nullopt;
  if (!parts) return {};
  const auto words = split_words(parts->second);
  return words.empty() ? "" : printable(words[0], 200);
}

Result<Dkms> read_dkms(const host::Host& host, const std::vector<std::string>& kernels) {
  Dkms dkms;
  for (const std::string& kernel : kernels)
    if (!is_directory(host, "/lib/modules/" + kernel + "/build"))
      dkms.kernels_without_headers.push_back(kernel);
  const auto names = host.list(kTree);
  if (!names && names.error().code == ErrorCode::kNotFound) return dkms;
  if (!names) return fail_in(names.error(), "looking at the DKMS tree");
  dkms.present = true;
  for (const host::DirectoryEntry& entry : *names) {
    if (entry.type != host::FileType::kDirectory || !entry.name.starts_with("nvidia")) continue;
    for (const std::string& version : directories(host, std::string(kTree) + "/" + entry.name)) {
      // dkms keeps the kernel's own modules that it replaced in this directory.
      if (version != "original_module") read_version(dkms, {host, entry.name, version});
    }
  }
  return dkms;
}

}  // namespace nvstack::facts
