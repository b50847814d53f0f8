#include "facts/firmware.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"

namespace nvstack::facts {

namespace {

/// Directories beside those of the driver are chips ("ga102"), whose firmware belongs to nouveau.
bool is_driver_version(std::string_view name) {
  const auto version = parse_version(name);
  return version && version->parts.size() >= 2;
}

FirmwareVersion read_version(const host::Host& host, const std::string& directory, const std::string& name) {
  FirmwareVersion found{name, directory, {}, {}};
  for (const std::string& file : host::list_matching(host, directory, "*.bin*")) {
    const auto status = host.status(directory + "/" + file);
    if (!status || status->size_bytes == 0) found.empty_files.push_back(file);
    found.files.push_back(file);
  }
  return found;
}

}  // namespace

Result<Firmware> read_firmware(const host::Host& host) {
  Firmware answer;
  if (const auto path = host::read_line(host, "/sys/module/firmware_class/parameters/path"))
    answer.search_path = *path;
  // The kernel's own order.
  std::vector<std::string> places;
  if (answer.search_path.substr(0, 1) == "/") places.push_back(answer.search_path + "/nvidia");
  places.insert(places.end(), {"/lib/firmware/updates/nvidia", "/lib/firmware/nvidia"});
  std::vector<std::string> seen;
  for (const std::string& place : places) {
    const auto real = host.resolve(place);
    if (!real || std::find(seen.begin(), seen.end(), *real) != seen.end()) continue;
    seen.push_back(*real);
    const auto entries = host.list(place);
    if (!entries) return fail(entries.error());
    for (const host::DirectoryEntry& entry : *entries)
      if (is_driver_version(entry.name))
        answer.versions.push_back(read_version(host, place + "/" + entry.name, entry.name));
  }
  return answer;
}

}  // namespace nvstack::facts
