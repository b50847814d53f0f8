// Fetches one page or file over HTTP(S) by the curl program: bounded in size, time and redirects, never
// following a link to another scheme.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace nvstack::cli {

struct Fetched {
  std::string body;
  std::string address;  // after redirects
};

struct FetchLimits {
  std::size_t bytes_max = 64u << 20;
  std::chrono::seconds deadline{30};
};

/// Errors: kNotFound (HTTP 404, or no curl), kTooLarge, kTimedOut, kIo (TLS, other HTTP answers, cut off);
/// each names the address.
Result<Fetched> fetch(const std::string& address, const FetchLimits& limits = {});

}  // namespace nvstack::cli
