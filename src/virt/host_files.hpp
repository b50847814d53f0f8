// Small steps over files for the host view: reading a text, writing a node of a Tree, removing one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "virt/tree.hpp"

namespace nvstack::virt {

/// The text of a kernel file, at most 8 MiB; "" when it cannot be read.
std::string read_text_file(const std::string& path);
/// The names in a folder, sorted; none when it cannot be listed.
std::vector<std::string> list_folder(const std::string& path);
/// Where a symlink points; "" for anything else.
std::string read_link(const std::string& path);

/// Makes a folder unless it is there.
Status make_folder(const std::string& path, unsigned mode);
/// Makes a folder and its parents below `root`, each like the one of the same name below `model` where there
/// is one.
Status make_folders_like(const std::string& root, const std::string& folder, const std::string& model);
/// Writes a file nobody looks at yet.
Status write_plain_file(const std::string& path, std::string_view bytes, unsigned mode);
/// Copies a program or library; its mode is `mode`.
Status copy_file(const std::string& from, const std::string& to, unsigned mode);

/// Makes the node where nothing is yet, in a folder that nobody looks at: half the calls of write_node.
Status make_node(const std::string& path, const Node& node);
/// Makes the node at `path`; what is there is replaced at once: a reader sees the old or the new. A device
/// node where none may be made (rootless) becomes a second view of /dev/null.
Status write_node(const std::string& path, const Node& node);
/// Removes the node; a folder only when it is empty. A path that is not there is no error.
Status remove_node(const std::string& path, const Node& node);

}  // namespace nvstack::virt
