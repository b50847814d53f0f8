#include "fuzz.hpp"
#include "virt/scenario.hpp"

namespace {

/// One small board, so that thousands of them cost little.
class SmallLibrary : public nvstack::virt::ScenarioLibrary {
 public:
  nvstack::Result<std::string> board_text(const std::string& id) const override {
    if (id.size() > 3) return nvstack::fail(nvstack::ErrorCode::kNotFound, "no board");
    return "like = \"" + (id == "b" ? std::string("a") : "") +
           "\"\n[readings]\nfans = 2\n[texts]\nserial = \"100\"\n";
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::virt::parse_scenario(text, "fuzz.toml", SmallLibrary()));
  use(nvstack::virt::parse_board(text, "fuzz.toml"));
  return 0;
}
