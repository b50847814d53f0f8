#include "cli/machine.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "host/capture.hpp"
#include "host/live_host.hpp"
#include "host/memory_host.hpp"
#include "host/view.hpp"

namespace nvstack::cli {

namespace {

constexpr const char* kInstalledData = "/usr/share/nvstack/data";
constexpr std::size_t kTableBytesMax = 8u << 20;

/// NVML of a machine that does not run here.
class SilentSource : public nvml::Source {
 public:
  Result<nvml::Answer> ask() const override {
    return fail(ErrorCode::kNotAvailable, "the machine under this root is not running: NVML was not asked");
  }
};

Status add_tables(const std::string& directory, std::map<std::string, std::string>& texts) {
  const auto folder = TRY(host::LiveHost::open(directory));
  for (const auto& entry : TRY(folder->list("/")))
    if (entry.name.ends_with(".tsv") || entry.name.ends_with(".rec"))
      texts[entry.name] = TRY(folder->read("/" + entry.name, {.bytes_max = kTableBytesMax}));
  return {};
}

Result<Machine> open_root(const std::string& root, std::unique_ptr<nvml::Source> nvml) {
  auto host = TRY(host::LiveHost::open(root));
  return Machine{root, std::move(host), std::move(nvml)};
}

bool is_packed(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b") ||
         bytes.starts_with(
             "\xfd"
             "7zXZ") ||
         bytes.starts_with("\x28\xb5\x2f\xfd");
}

}  // namespace

std::vector<Option> machine_option_rows(MachineOptions& options) {
  return {
      {"--root", "DIR", N_("look at the machine whose root file system is DIR"), &options.root},
      {"--from", "CAPTURE", N_("look at a captured machine: a folder, .tar, .tar.gz or .tar.zst"),
       &options.from},
      {"--data", "DIR", N_("tables that replace the built-in ones"), &options.data},
      {"--supported-gpus", "FILE",
       N_("supported-gpus.json of a driver package, instead of the built-in GPU list"),
       &options.supported_gpus},
  };
}

Result<Machine> open_capture(const std::string& path) {
  host::MachineImage image = TRY(host::load_capture(path));
  std::string nvml_json;
  if (const auto at = image.attachments.find("nvml.json"); at != image.attachments.end())
    nvml_json = at->second;
  return Machine{path, std::make_unique<host::MemoryHost>(std::move(image)),
                 std::make_unique<nvml::RecordedSource>(std::move(nvml_json))};
}

Result<Machine> open_machine(const MachineOptions& options) {
  if (!options.from.empty()) {
    if (!options.root.empty()) return fail(ErrorCode::kUsage, "--root and --from exclude each other");
    if (options.from.size() > 1) return fail(ErrorCode::kUsage, "this command takes one --from");
    return open_capture(options.from[0]);
  }
  if (!options.root.empty() && options.root != "/")
    return open_root(options.root, std::make_unique<SilentSource>());
  auto machine = TRY(open_root("/", std::make_unique<nvml::LiveSource>()));
  machine.name = "this machine";
  return machine;
}

Result<catalog::Catalog> open_catalog(const MachineOptions& options) {
  std::map<std::string, std::string> texts;
  if (!options.data.empty()) {
    TRY_AS("reading the tables of " + options.data, add_tables(options.data, texts));
  } else if (::access(kInstalledData, R_OK) == 0) {
    TRY_AS("reading the installed tables", add_tables(kInstalledData, texts));
  }
  if (!options.supported_gpus.empty()) {
    bool cut = false;
    texts["supported-gpus.json"] = TRY(read_argument_file(options.supported_gpus, kTableBytesMax, cut));
  }
  catalog::Catalog catalog(std::move(texts));
  TRY(catalog.check_overrides());
  return catalog;
}

Result<std::string> read_argument_file(const std::string& path, std::size_t bytes_max, bool& cut) {
  Fd file(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                      : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  struct stat info {};
  if (::fstat(file.number(), &info) == 0 && S_ISDIR(info.st_mode))
    return fail(ErrorCode::kUsage, path + " is a directory, not a file");
  // A pipe cannot be read from its end: keep a window of the last bytes that slides as more arrives.
  std::string bytes;
  cut = S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > bytes_max;
  if (cut) ::lseek(file.number(), -static_cast<off_t>(bytes_max), SEEK_END);
  // A file says how long it is: a text that grows by doubling copies itself twice over.
  if (S_ISREG(info.st_mode) && info.st_size > 0)
    bytes.reserve(std::min<std::size_t>(static_cast<std::size_t>(info.st_size), bytes_max) + 1);
  std::string chunk(1u << 16, '\0');
  while (true) {
    const ssize_t count = ::read(file.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error(errno, "read " + path));
    if (count == 0) break;
    bytes.append(chunk.data(), static_cast<std::size_t>(count));
    if (bytes.size() > 2 * bytes_max) bytes.erase(0, bytes.size() - bytes_max), cut = true;
  }
  if (bytes.size() > bytes_max) bytes.erase(0, bytes.size() - bytes_max), cut = true;
  if (!is_packed(bytes)) return bytes;
  return TRY_AS("unpacking " + path, host::decompress(bytes, bytes_max));
}

}  // namespace nvstack::cli
