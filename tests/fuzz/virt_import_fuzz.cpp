#include "fuzz.hpp"
#include "virt/import.hpp"

namespace {

/// Every board is one small board: what is fuzzed is the text, not the program's own files.
class OneBoard : public nvstack::virt::ScenarioLibrary {
 public:
  nvstack::Result<std::string> board_text(const std::string&) const override {
    return "[readings]\nfans = 2\n";
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::virt::import_xml(text, "fuzz"));
  use(nvstack::virt::import_query(text, "fuzz"));
  auto machine = nvstack::virt::import_text(text, "fuzz");
  if (!machine || machine->gpus.size() > 4) return 0;
  nvstack::virt::merge_import(*machine, *machine);
  static const auto boards = nvstack::virt::load_known_boards(nvstack::virt::BuiltinLibrary());
  // What is written can be read: TOML at least, though a value in it may be one that no board can have.
  use(nvstack::virt::parse_scenario(nvstack::virt::render_import(*machine, "fuzz", boards), "fuzz",
                                    OneBoard()));
  return 0;
}
