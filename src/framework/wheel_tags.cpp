#include "framework/wheel_tags.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/version.hpp"

namespace nvstack::framework {

namespace {

constexpr unsigned kMinorMax = 200;  // of a libc or a Python: what is beyond it is no version

struct Alias {
  unsigned minor;
  const char* name;
};
/// The names before PEP 600.
constexpr std::array<Alias, 3> kAliases = {{{17, "manylinux2014"}, {12, "manylinux2010"}, {5, "manylinux1"}}};

void add_manylinux(const LibcTarget& libc, const std::string& arch, std::vector<std::string>& out) {
  if (libc.major != 2) return;
  // The oldest that PEP 600 names: 2.5 on x86, 2.17 where the architecture is younger.
  const unsigned oldest = arch == "x86_64" || arch == "i686" ? 5 : 17;
  for (unsigned minor = libc.minor; minor >= oldest; --minor) {
    out.push_back("manylinux_2_" + std::to_string(minor) + "_" + arch);
    for (const Alias& alias : kAliases)
      if (alias.minor == minor) out.push_back(std::string(alias.name) + "_" + arch);
  }
}

}  // namespace

std::string PythonTarget::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + (free_threaded ? "t" : "");
}

std::string PythonTarget::interpreter() const {
  return "cp" + std::to_string(major) + std::to_string(minor);
}

std::string PythonTarget::abi() const {
  const bool pymalloc = major == 3 && minor < 8;
  return interpreter() + (free_threaded ? "t" : "") + (pymalloc ? "m" : "");
}

Result<PythonTarget> parse_python_target(std::string_view text) {
  std::string word = to_lower(trim(text));
  const std::string shown = printable(text, 40);
  for (const std::string_view head : {"cpython", "python", "cp", "py"})
    if (word.starts_with(head)) {
      word = word.substr(head.size());
      break;
    }
  PythonTarget target;
  if (word.ends_with("t")) target.free_threaded = true, word.pop_back();
  if (word.find('.') == std::string::npos && word.size() >= 2 && word.size() <= 4)
    word.insert(1, ".");  // cp311
  const auto version = parse_version(word);
  const auto bad = [&] {
    return fail(ErrorCode::kUsage, "\"" + shown + "\" is no Python version", "write 3.11, 3.12 or 3.13t");
  };
  if (!version || version->parts.size() < 2 || version->parts[0] != 3 || version->parts[1] > kMinorMax)
    return bad();
  target.major = version->parts[0], target.minor = version->parts[1];
  if (target.free_threaded && target.minor < 13) return bad();
  return target;
}

std::string LibcTarget::text() const {
  return (kind == Kind::kGlibc ? "glibc " : "musl ") + std::to_string(major) + "." + std::to_string(minor);
}

Result<LibcTarget> parse_libc_target(std::string_view text, LibcTarget::Kind kind) {
  const auto version = parse_version(trim(text));
  if (!version || version->parts.size() < 2 || version->parts[0] > 2 || version->parts[1] > kMinorMax)
    return fail(ErrorCode::kUsage, "\"" + printable(text, 40) + "\" is no version of a C library",
                kind == LibcTarget::Kind::kGlibc ? "write --glibc 2.31" : "write --musl 1.2");
  return LibcTarget{kind, version->parts[0], version->parts[1]};
}

std::vector<std::string> platform_tags(const LibcTarget& libc, const std::string& arch) {
  std::vector<std::string> out;
  if (libc.kind == LibcTarget::Kind::kGlibc) {
    add_manylinux(libc, arch, out);
  } else {
    for (unsigned minor = libc.minor + 1; minor-- > 0;)
      out.push_back("musllinux_" + std::to_string(libc.major) + "_" + std::to_string(minor) + "_" + arch);
  }
  out.push_back("linux_" + arch);
  return out;
}

void WheelTags::add(const std::string& interpreter, const std::string& abi, const std::string& platform) {
  std::string tag = interpreter + "-" + abi + "-" + platform;
  if (rank_.emplace(tag, ordered_.size()).second) ordered_.push_back(std::move(tag));
}

WheelTags::WheelTags(const PythonTarget& python, const LibcTarget& libc, const std::string& arch)
    : own_(python.interpreter()) {
  const auto platforms = platform_tags(libc, arch);
  const std::string own = python.interpreter(), major = std::to_string(python.major);
  const auto add_all = [&](const std::string& interpreter, const std::string& abi) {
    for (const std::string& platform : platforms) add(interpreter, abi, platform);
  };
  add_all(own, python.abi());
  if (!python.free_threaded) add_all(own, "abi3");  // the stable ABI is not that of a free-threaded build
  add_all(own, "none");
  if (!python.free_threaded)
    for (unsigned minor = python.minor; minor-- > 2;) add_all("cp" + major + std::to_string(minor), "abi3");
  std::vector<std::string> generic = {"py" + major + std::to_string(python.minor), "py" + major};
  for (unsigned minor = python.minor; minor-- > 0;) generic.push_back("py" + major + std::to_string(minor));
  for (const std::string& interpreter : generic) add_all(interpreter, "none");
  add(own, "none", "any");
  for (const std::string& interpreter : generic) add(interpreter, "none", "any");
}

std::optional<std::size_t> WheelTags::rank(const WheelName& name) const {
  std::optional<std::size_t> best;
  std::string tag;
  for (const std::string_view interpreter : name.interpreters)
    for (const std::string_view abi : name.abis) {
      // Most wheels of a page are for another Python: told without making a tag.
      if (interpreter != own_ && abi != "abi3" && abi != "none") continue;
      for (const std::string_view platform : name.platforms) {
        tag = interpreter;
        tag += '-';
        tag += abi;
        tag += '-';
        tag += platform;
        const auto at = rank_.find(tag);
        if (at != rank_.end() && (!best || at->second < *best)) best = at->second;
      }
    }
  return best;
}

}  // namespace nvstack::framework
