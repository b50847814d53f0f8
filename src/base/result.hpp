// Result<T> is a value or an Error; whoever gets one must look at it. TRY passes an Error up, TRY_AS adds
// what was being done. An Error means that the world refused; a broken promise of our own is NV_ASSERT.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace nvstack {

enum class ErrorCode {
  kNotFound,      // the file, directory or program is not there
  kDenied,        // permission refused
  kMalformed,     // foreign bytes that cannot be understood
  kTooLarge,      // more bytes than the limit of this read
  kTimedOut,      // a deadline passed
  kNotAvailable,  // this machine (captured, rooted elsewhere) cannot answer such a question
  kUsage,         // the words on the command line are wrong
  kIo,            // any other refusal of the operating system
};

/// The word for a code in messages and JSON: "not-found", "denied", ...
std::string_view error_code_name(ErrorCode code);

/// What went wrong, for whom, and what the user can do. `context` is outermost last.
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;
  std::string hint;
  std::vector<std::string> context;

  /// "reading /a: parsing line 3: bad number": the context chain, then the message.
  std::string text() const;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Makes the failed side of any Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), {}});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
tl::unexpected<Error> fail_in(Error error, std::string doing);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace nvstack

#define NVSTACK_JOIN_(a, b) a##b
#define NVSTACK_JOIN(a, b) NVSTACK_JOIN_(a, b)

/// auto value = TRY(read(path)); returns the Error from the enclosing function. May be nested.
#define TRY(expression) NVSTACK_TRY_(NVSTACK_JOIN(nvstack_result_, __COUNTER__), expression)
#define NVSTACK_TRY_(result, expression)                            \
  ({                                                                \
    auto result = (expression);                                     \
    if (!result) return ::nvstack::fail(std::move(result).error()); \
    ::nvstack::detail::take(std::move(result));                     \
  })

/// TRY with a sentence about what was being done: TRY_AS("reading " + path, host.read(path)).
#define TRY_AS(doing, expression) \
  NVSTACK_TRY_AS_(NVSTACK_JOIN(nvstack_result_, __COUNTER__), doing, expression)
#define NVSTACK_TRY_AS_(result, doing, expression)                              \
  ({                                                                            \
    auto result = (expression);                                                 \
    if (!result) return ::nvstack::fail_in(std::move(result).error(), (doing)); \
    ::nvstack::detail::take(std::move(result));                                 \
  })

/// A promise of our own code, kept also in release builds. Never for foreign bytes.
#define NV_ASSERT(expression) \
  ((expression) ? void(0) : ::nvstack::assertion_failed(#expression, __FILE__, __LINE__))

namespace nvstack::detail {
template <typename T>
T take(Result<T>&& result) {
  return std::move(*result);
}
inline void take(Result<void>&&) {}
}  // namespace nvstack::detail
