// Addresses of index pages and the links on them: resolved, decoded, and taken apart without trusting them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nvstack::framework {

/// "https" of "https://host/x", "" when the text has no scheme.
std::string url_scheme(std::string_view url);
/// "host" of "https://user@host:8080/x", lower case; "" without one.
std::string url_host(std::string_view url);
/// A link against the address of its page. ".." never climbs above the host.
std::string resolve_url(std::string_view page, std::string_view link);
/// %2B -> "+"; a broken escape stays as it is.
std::string percent_decoded(std::string_view text);
/// The decoded last part of the path, without query and fragment; nothing when it hides a separator or
/// control bytes.
std::optional<std::string> url_file_name(std::string_view url);

}  // namespace nvstack::framework
