// kmod's binary index: a tree of prefixes. Entries are added by writing new nodes behind the old ones, from
// the changed one up to the root, so that a distribution's index of a megabyte is not built anew.
#include <array>
#include <cstdint>

#include "virt/module_file.hpp"

namespace nvstack::virt {

namespace {

constexpr std::uint32_t kMagic = 0xB007F457, kVersion = 0x00020001;
constexpr std::uint32_t kHasPrefix = 0x80000000, kHasValues = 0x40000000, kHasChildren = 0x20000000,
                        kOffset = 0x0FFFFFFF;
constexpr std::size_t kHeaderBytes = 12, kKeyBytesMax = 200, kValuesMax = 10'000;

void put_word(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
}

struct IndexNode {
  std::string prefix;
  std::array<std::uint32_t, 128> children{};                  // 0: none
  std::vector<std::pair<std::uint32_t, std::string>> values;  // priority, text
};

/// Reads bytes one after the other; `failed` once they end too early.
struct Reader {
  const std::string& bytes;
  std::size_t at = 0;
  bool failed = false;

  unsigned byte() {
    failed = failed || at >= bytes.size();
    return failed ? 0 : static_cast<unsigned char>(bytes[at++]);
  }
  std::uint32_t word() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }
  std::string text() {
    const std::size_t end = failed ? std::string::npos : bytes.find('\0', at);
    failed = failed || end == std::string::npos;
    if (failed) return {};
    std::string read = bytes.substr(at, end - at);
    at = end + 1;
    return read;
  }
};

std::optional<IndexNode> read_node(const std::string& bytes, std::uint32_t offset) {
  Reader reader{bytes, offset & kOffset};
  IndexNode node;
  if (offset & kHasPrefix) node.prefix = reader.text();
  if (offset & kHasChildren) {
    const unsigned first = reader.byte(), last = reader.byte();
    if (first > last || last >= node.children.size()) return std::nullopt;
    for (unsigned i = first; i <= last; ++i) node.children[i] = reader.word();
  }
  if (offset & kHasValues) {
    const std::uint32_t count = reader.word();
    for (std::uint32_t i = 0; i < count && i < kValuesMax && !reader.failed; ++i) {
      const std::uint32_t priority = reader.word();
      node.values.emplace_back(priority, reader.text());
    }
  }
  if (reader.failed) return std::nullopt;
  return node;
}

std::uint32_t write_node(std::string& bytes, const IndexNode& node) {
  auto offset = static_cast<std::uint32_t>(bytes.size());
  if (!node.prefix.empty()) {
    offset |= kHasPrefix;
    bytes += node.prefix + '\0';
  }
  unsigned first = 0, last = node.children.size() - 1;
  while (first < last && node.children[first] == 0) ++first;
  while (last > first && node.children[last] == 0) --last;
  if (node.children[first] != 0) {
    offset |= kHasChildren;
    bytes += static_cast<char>(first), bytes += static_cast<char>(last);
    for (unsigned i = first; i <= last; ++i) put_word(bytes, node.children[i]);
  }
  if (node.values.empty()) return offset;
  put_word(bytes, static_cast<std::uint32_t>(node.values.size()));
  for (const auto& [priority, value] : node.values) put_word(bytes, priority), bytes += value + '\0';
  return offset | kHasValues;
}

/// The offset of a node like the one at `offset` that also holds the entry; nothing where the index is
/// damaged.
std::optional<std::uint32_t> insert(std::string& bytes, std::uint32_t offset, std::string_view key,
                                    const std::string& value) {
  IndexNode node;
  if (offset == 0) {
    node.prefix = key;
    node.values = {{0, value}};
    return write_node(bytes, node);
  }
  auto read = read_node(bytes, offset);
  if (!read) return std::nullopt;
  std::size_t common = 0;
  while (common < read->prefix.size() && common < key.size() && read->prefix[common] == key[common]) ++common;
  if (common < read->prefix.size()) {  // the node's prefix goes on where the key ends or differs
    const auto next = static_cast<unsigned char>(read->prefix[common]);
    if (next >= node.children.size()) return std::nullopt;
    node.prefix = read->prefix.substr(0, common);
    read->prefix.erase(0, common + 1);
    node.children[next] = write_node(bytes, *read);
  } else {
    node = std::move(*read);
  }
  key.remove_prefix(common);
  if (key.empty()) {
    node.values = {{0, value}};
  } else {
    const auto next = static_cast<unsigned char>(key[0]);
    if (next >= node.children.size()) return std::nullopt;
    const auto child = insert(bytes, node.children[next], key.substr(1), value);
    if (!child) return std::nullopt;
    node.children[next] = *child;
  }
  return write_node(bytes, node);
}

}  // namespace

std::optional<std::string> add_to_module_index(std::string index, const std::vector<IndexEntry>& entries) {
  std::uint32_t root = 0;
  if (index.empty()) {
    put_word(index, kMagic), put_word(index, kVersion), put_word(index, 0);
    root = write_node(index, {});
  } else {
    Reader reader{index};
    const bool known = reader.word() == kMagic && reader.word() == kVersion;
    root = reader.word();
    if (!known || reader.failed) return std::nullopt;
  }
  for (const auto& [key, value] : entries) {
    if (key.size() > kKeyBytesMax || index.size() > kOffset / 2) return std::nullopt;
    const auto added = insert(index, root, key, value);
    if (!added) return std::nullopt;
    root = *added;
  }
  std::string word;
  put_word(word, root);
  return index.replace(kHeaderBytes - 4, 4, word);
}

}  // namespace nvstack::virt
