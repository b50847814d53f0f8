// The builds of one torch release by what they compute on: cu126 is CUDA 12.6; cpu, rocm6.4 and xpu are the
// others. A file's variant is in its local version, or else in the path it was found at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/version.hpp"
#include "framework/pep440.hpp"

namespace nvstack::framework {

/// "12.6", "cu126", "126", "cuda12.6" -> 12.6; the last digit is the minor. kUsage otherwise.
Result<Version> parse_cuda_word(std::string_view text);
/// "cu126" of 12.6 and 12.6.3.
std::string variant_of_cuda(const Version& cuda);
/// 12.6 of "cu126"; nothing for "cpu".
std::optional<Version> cuda_of_variant(std::string_view variant);
/// A path part or a local version's first part that names a variant: cu126, cpu, rocm6.4, xpu; "" none.
std::string variant_of_word(std::string_view word);
/// The variant named by a wheel's local version ("+cu117.with.pypi.cudnn" is cu117); "" none.
std::string variant_of_version(const PythonVersion& version);
/// The last part of a URL or path that names a variant; "" none.
std::string variant_of_path(std::string_view path);

}  // namespace nvstack::framework
