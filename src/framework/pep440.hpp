// Python versions as PEP 440 writes and orders them: epoch, release, pre, post, dev and local parts. Every
// spelling that the standard's appendix accepts is accepted here.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nvstack::framework {

enum class PreKind : std::uint8_t { kAlpha, kBeta, kCandidate };

struct PreRelease {
  PreKind kind = PreKind::kAlpha;
  std::uint64_t number = 0;
  auto operator<=>(const PreRelease&) const = default;
};

/// One part of a local version: a number is later than any word.
struct LocalPart {
  std::optional<std::uint64_t> number;
  std::string word;  // lower case; "" when it is a number
  bool operator==(const LocalPart&) const = default;
  std::strong_ordering operator<=>(const LocalPart& other) const;
};

struct PythonVersion {
  std::uint64_t epoch = 0;
  std::vector<std::uint64_t> release;
  std::optional<PreRelease> pre;
  std::optional<std::uint64_t> post, dev;
  std::vector<LocalPart> local;

  bool is_pre_release() const { return pre || dev; }
  /// Epoch and release alone: 2.6.0 of 2.6.0rc1+cu124.
  PythonVersion base() const;
  /// Without the local part: 2.6.0rc1 of 2.6.0rc1+cu124.
  PythonVersion without_local() const;
  /// Normalized: "V1.0-ALPHA.2" is "1.0a2".
  std::string text() const;
  std::string local_text() const;  // "cu124", "" none
  /// The number at a place of the release, 0 where it has none.
  std::uint64_t part(std::size_t index) const { return index < release.size() ? release[index] : 0; }

  std::strong_ordering operator<=>(const PythonVersion& other) const;
  bool operator==(const PythonVersion& other) const { return (*this <=> other) == 0; }
};

/// Nothing for a text that is no version; a number beyond 64 bits is none.
std::optional<PythonVersion> parse_python_version(std::string_view text);
/// The same with an error that shows the text.
Result<PythonVersion> read_python_version(std::string_view text);

}  // namespace nvstack::framework
