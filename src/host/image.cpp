#include "host/image.hpp"

#include <algorithm>

#include "host/path.hpp"

namespace nvstack::host {

void MachineImage::put(const std::string& path, ImageEntry entry) {
  folders_.clear();
  const std::string plain = clean_path(path);
  for (std::size_t slash = plain.rfind('/'); slash != std::string::npos && slash > 0;
       slash = plain.rfind('/', slash - 1)) {
    const auto [at, added] = entries.try_emplace(plain.substr(0, slash));
    if (!added) break;  // its own parents exist too
    at->second.status = {FileType::kDirectory, 0755};
  }
  entries[plain] = std::move(entry);
}

void MachineImage::put_file(const std::string& path, std::string content) {
  ImageEntry entry;
  entry.status = {FileType::kFile, 0644};
  entry.status.size_bytes = content.size();
  entry.content = std::move(content);
  put(path, std::move(entry));
}

void MachineImage::put_directory(const std::string& path) {
  if (find(clean_path(path))) return;
  ImageEntry entry;
  entry.status = {FileType::kDirectory, 0755};
  put(path, std::move(entry));
}

void MachineImage::put_link(const std::string& path, std::string target) {
  ImageEntry entry;
  entry.status = {FileType::kLink, 0777};
  entry.target = std::move(target);
  put(path, std::move(entry));
}

const ImageEntry* MachineImage::find(const std::string& plain_path) const {
  const auto at = entries.find(plain_path);
  return at == entries.end() ? nullptr : &at->second;
}

ImageEntry* MachineImage::find(const std::string& plain_path) {
  const auto at = entries.find(plain_path);
  return at == entries.end() ? nullptr : &at->second;
}

Result<std::string> MachineImage::resolve_each(const std::string& path, bool follow_last) const {
  return resolve_beneath(
      path,
      [this](const std::string& prefix) -> std::optional<std::string> {
        const ImageEntry* entry = find(prefix);
        if (!entry || entry->status.type != FileType::kLink) return std::nullopt;
        return entry->target;
      },
      follow_last);
}

Result<std::string> MachineImage::resolve(const std::string& path, bool follow_last) const {
  // Entries stand at paths without links, so a path that is there and is no link itself is resolved already.
  if (const ImageEntry* entry = find(path); entry && entry->status.type != FileType::kLink) return path;
  const std::size_t slash = path.rfind('/');
  const std::string last = slash == std::string::npos ? "" : path.substr(slash + 1);
  if (slash == 0 || last.empty() || last[0] == '.') return resolve_each(path, follow_last);
  // The two dozen files of a PCI function lie in one folder behind a link: follow it once.
  const std::string folder = path.substr(0, slash);
  auto known = folders_.find(folder);
  if (known == folders_.end()) known = folders_.emplace(folder, TRY(resolve_each(folder, true))).first;
  std::string plain = (known->second == "/" ? "" : known->second) + "/" + last;
  const ImageEntry* entry = find(plain);
  if (follow_last && entry && entry->status.type == FileType::kLink) return resolve_each(path, true);
  return plain;
}

std::vector<DirectoryEntry> MachineImage::children(const std::string& plain_path) const {
  std::vector<DirectoryEntry> found;
  const std::string prefix = plain_path == "/" ? "/" : plain_path + "/";
  auto at = entries.lower_bound(prefix);
  if (at != entries.end() && at->first == "/") ++at;  // the root is not its own child
  while (at != entries.end() && at->first.compare(0, prefix.size(), prefix) == 0) {
    const std::size_t slash = at->first.find('/', prefix.size());
    const std::string name = at->first.substr(prefix.size(), slash - prefix.size());
    if (slash == std::string::npos) {
      found.push_back({name, at->second.status.type});
      ++at;
    } else {
      at =
          entries.lower_bound(prefix + name + static_cast<char>('/' + 1));  // past everything below the child
    }
  }
  // "x-y" sorts between "x" and "x/z" as bytes: what was found is not yet in the order of names.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

}  // namespace nvstack::host
