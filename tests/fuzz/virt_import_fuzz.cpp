#include "fuzz.hpp"
#include "virt/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::virt::import_xml(text, "fuzz"));
  use(nvstack::virt::import_query(text, "fuzz"));
  auto machine = nvstack::virt::import_text(text, "fuzz");
  if (!machine || machine->gpus.size() > 4) return 0;
  nvstack::virt::merge_import(*machine, *machine);
  static const nvstack::virt::BuiltinLibrary library;
  // What is written can be read: TOML at least, though a value in it may be one that no board can have.
  const auto scenario = nvstack::virt::parse_scenario(nvstack::virt::render_import(*machine, "fuzz", library), "fuzz", library);
  use(scenario);
  return 0;
}
