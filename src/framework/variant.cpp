#include "framework/variant.hpp"

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

/// "126" -> 12.6, "92" -> 9.2: the last digit is the minor.
std::optional<Version> cuda_of_digits(std::string_view digits) {
  if (digits.size() < 2 || digits.size() > 3 || !parse_uint(digits)) return std::nullopt;
  return parse_version(std::string(digits.substr(0, digits.size() - 1)) + "." + digits.back());
}

}  // namespace

Result<Version> parse_cuda_word(std::string_view text) {
  std::string word = to_lower(trim(text));
  for (const std::string_view head : {"cuda-", "cuda", "cu"})
    if (word.starts_with(head)) {
      word = word.substr(head.size());
      break;
    }
  std::optional<Version> version = cuda_of_digits(word);
  if (!version && word.find('.') != std::string::npos) version = parse_version(word);
  if (!version || version->parts.size() > 3 || version->parts[0] < 5 || version->parts[0] > 99)
    return fail(ErrorCode::kUsage, "\"" + printable(text, 40) + "\" is no CUDA version",
                "write 12.6 or cu126");
  const std::string short_text = std::to_string(version->parts[0]) + "." + std::to_string(version->parts[1]);
  return *parse_version(short_text);
}

std::string variant_of_cuda(const Version& cuda) {
  const std::uint32_t minor = cuda.parts.size() > 1 ? cuda.parts[1] : 0;
  return "cu" + std::to_string(cuda.branch()) + std::to_string(minor);
}

std::optional<Version> cuda_of_variant(std::string_view variant) {
  return variant.starts_with("cu") ? cuda_of_digits(variant.substr(2)) : std::nullopt;
}

std::string variant_of_word(std::string_view word) {
  if (word.size() < 3 || word.size() > 24) return "";
  const std::string low = to_lower(word);
  const std::string_view digits = std::string_view(low).substr(2);
  const bool is_cuda = low.starts_with("cu") && digits.size() >= 2 && digits.size() <= 3 &&
                       digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (low == "cpu" || low == "xpu" || is_cuda) return low;
  if (low.starts_with("rocm") && parse_version(low.substr(4))) return low;
  return "";
}

std::string variant_of_version(const PythonVersion& version) {
  if (version.local.empty()) return "";
  if (version.local[0].word.starts_with("rocm")) return variant_of_word(version.local_text());
  return variant_of_word(version.local[0].word);
}

std::string variant_of_path(std::string_view path) {
  std::string found;
  for (const std::string_view part : split(path, '/'))
    if (std::string variant = variant_of_word(part); !variant.empty()) found = std::move(variant);
  return found;
}

}  // namespace nvstack::framework
