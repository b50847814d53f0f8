// Views: small texts drawn out of large binary files, so that a capture carries 2 kB instead of a 50 MB
// module. The parsers take hostile bytes: every offset is checked, every archive bounded in size, entries and
// time.
#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace nvstack::host {

/// Reads the open file and reduces it. Errors: kMalformed (names the file), kTooLarge, kTimedOut.
Result<std::string> make_view(int number, const std::string& path, View view);

/// kModule: "license=NVIDIA\nversion=580.95.05\n..." plus "nvstack.signed=yes" and "nvstack.signer=CN" when a
/// signature is appended (struct module_signature, "~Module signature appended~\n").
Result<std::string> module_view(std::string_view elf);
/// kElf: machine=, class=, soname=, needed= lines.
Result<std::string> elf_view(std::string_view elf);
/// kArchive: the names in all concatenated archives, "./" stripped, sorted, once each.
Result<std::string> archive_view(std::string_view bytes);

/// Unpacks a single compressed stream (gzip, xz, zstd, bzip2, lz4); plain bytes come back unchanged.
Result<std::string> decompress(std::string_view bytes, std::size_t bytes_max);

std::string_view view_name(View view);

}  // namespace nvstack::host
