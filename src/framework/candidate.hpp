// One torch build that could be installed: from an index, where one was read, or from the release table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/index.hpp"
#include "framework/release_table.hpp"
#include "framework/request.hpp"

namespace nvstack::framework {

struct Candidate {
  PythonVersion torch;          // the public version: 2.6.0
  std::string variant;          // "cu124", "cpu"
  std::optional<Version> cuda;  // 12.4; nothing for cpu
  std::string wheel;            // the file's name
  std::string url, sha256;      // of an index
  const Release* release = nullptr;
  std::size_t tag_rank = 0;
  std::optional<BuildTag> build;  // of the file's name: of two with the same tags the later build counts
  bool beside = false;            // only on the index, not in the release's list, and no index was read
  bool from_index = false;
  bool python_fits = true;    // an interpreter and ABI of the name are the target's
  bool platform_fits = true;  // the whole tag is
  std::string needs;          // what the name asks for: "cp312-cp312-manylinux_2_28_x86_64"
};

/// What the tables know, for this Python, platform and architecture and for others.
std::vector<Candidate> candidates_of_table(const ReleaseTable& table, const Request& request);
/// The torch wheels of the indexes.
std::vector<Candidate> candidates_of_indexes(const std::vector<Index>& indexes, const ReleaseTable& table,
                                             const Request& request);

}  // namespace nvstack::framework
