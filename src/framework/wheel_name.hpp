// The name of a wheel file taken apart: torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl is a project,
// a version (its local part names the CUDA variant) and the interpreters, ABIs and platforms it is for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/pep440.hpp"

namespace nvstack::framework {

/// "1", "2abc": 1 < 1a < 2.
struct BuildTag {
  std::uint64_t number = 0;
  std::string rest;
  auto operator<=>(const BuildTag&) const = default;
};

/// A compressed set of tags, lower case, as the name holds it: "py2.py3" is two. One text, since a page has
/// thousands of names and most of their sets hold one tag.
class TagSet {
 public:
  /// Nothing when a tag is empty or there are more than 64.
  static std::optional<TagSet> parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string_view first() const { return std::string_view(text_).substr(0, text_.find('.')); }
  std::size_t size() const;

  class Iterator {
   public:
    explicit Iterator(std::string_view left) : left_(left) {}
    std::string_view operator*() const { return left_.substr(0, left_.find('.')); }
    Iterator& operator++() {
      const std::size_t dot = left_.find('.');
      left_ = dot == std::string_view::npos ? std::string_view() : left_.substr(dot + 1);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return left_.size() != other.left_.size(); }

   private:
    std::string_view left_;
  };
  Iterator begin() const { return Iterator(text_); }
  Iterator end() const { return Iterator({}); }

 private:
  std::string text_;
};

struct WheelName {
  std::string file;     // as it was given, .whl and all
  std::string project;  // normalized: "torch"
  PythonVersion version;
  std::optional<BuildTag> build;
  TagSet interpreters, abis, platforms;
};

/// kMalformed names the file and the part that is wrong.
Result<WheelName> parse_wheel_name(std::string file);
/// PEP 503: lower case, runs of - _ . become one "-".
std::string normalize_project(std::string_view name);

}  // namespace nvstack::framework
