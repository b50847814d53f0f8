#include "smi/compat.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/version.hpp"

namespace nvstack::smi {

Layout Compat::layout() const {
  constexpr std::array<std::pair<unsigned, Layout>, 7> kFirst = {{{610, Layout::k610},
                                                                  {580, Layout::k580},
                                                                  {570, Layout::k570},
                                                                  {550, Layout::k550},
                                                                  {535, Layout::k535},
                                                                  {530, Layout::k530},
                                                                  {450, Layout::k450}}};
  for (const auto& [first, layout] : kFirst)
    if (branch >= first) return layout;
  return Layout::k410;
}

unsigned long long Compat::mebibytes(unsigned long long bytes) const {
  constexpr unsigned long long kMebibyte = 1ull << 20;
  return bytes / kMebibyte + (rounds_up_memory() && bytes % kMebibyte ? 1 : 0);
}

Result<Compat> parse_compat(std::string_view text) {
  const auto version = parse_version(text);
  if (!version || version->branch() < 390 || version->branch() > 999)
    return fail(ErrorCode::kUsage,
                "--compat takes a driver branch such as 580, not \"" + printable(text, 40) + "\"");
  return Compat{version->branch()};
}

Compat compat_of(std::string_view driver_version) {
  const auto version = parse_version(driver_version);
  return version && version->branch() >= 100 ? Compat{version->branch()} : Compat{};
}

}  // namespace nvstack::smi
