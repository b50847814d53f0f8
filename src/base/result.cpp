#include "base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace nvstack {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound: return "not-found";
    case ErrorCode::kDenied: return "denied";
    case ErrorCode::kMalformed: return "malformed";
    case ErrorCode::kTooLarge: return "too-large";
    case ErrorCode::kTimedOut: return "timed-out";
    case ErrorCode::kNotAvailable: return "not-available";
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kIo: return "io";
  }
  return "io";
}

std::string Error::text() const {
  std::string out;
  for (auto it = context.rbegin(); it != context.rend(); ++it) out += *it + ": ";
  return out + message;
}

tl::unexpected<Error> fail_in(Error error, std::string doing) {
  error.context.push_back(std::move(doing));
  return tl::unexpected<Error>(std::move(error));
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "nvstack: bug: %s does not hold (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace nvstack
