// A package index as it was read once: the wheels it links to, with hashes and where they really lie. Reads
// PEP 503 pages, PEP 691 JSON, flat pages and plain directory listings; every link is hostile until checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/message.hpp"
#include "base/result.hpp"
#include "framework/wheel_name.hpp"

namespace nvstack::framework {

struct IndexFile {
  WheelName wheel;
  std::string url;     // absolute where the page's own address is known
  std::string sha256;  // 64 hexadecimal digits, "" not published
  std::string requires_python;
  std::string variant;  // "cu126", "cpu", "" not known
  bool yanked = false;
};

/// What is odd about a page, for people: "r2-mirror", "hostile-link", "two-hashes", "wheel-name", ...
struct IndexNote {
  std::string id;
  Message text;
};

struct Index {
  std::string source;     // the address or path it was read from
  std::string published;  // the page's own date, "" none
  std::vector<IndexFile> files;
  std::vector<std::string> folders;  // "torch/": a list of projects
  std::vector<IndexNote> notes;      // each id once
  std::size_t links = 0;             // all links, wheels or not
  std::string interpreter;           // wheels of other CPythons were passed over: "cp311"; "" none were

  void note(std::string id, Message text);
};

/// A page by its bytes. `source` is its address, against which relative links are resolved. kMalformed: it is
/// neither HTML nor JSON of an index, or has more than 200,000 links. `interpreter` "cp311": wheels of other
/// CPythons are passed over, five of six on a page of torch.
Result<Index> parse_index(std::string_view text, const std::string& source,
                          const std::string& interpreter = "");
/// A directory's file names; what is no wheel is passed over.
Index index_of_names(const std::vector<std::string>& names, const std::string& directory);

/// For the two parsers: checks one link and adds its wheel. The texts are the caller's.
struct IndexLink {
  std::string_view href, sha256, requires_python;
  bool yanked = false;
};
void add_link(Index& index, const IndexLink& link);
Result<Index> parse_index_html(std::string_view text, Index index);
Result<Index> parse_index_json(std::string_view text, Index index);

}  // namespace nvstack::framework
