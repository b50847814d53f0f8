#include "fuzz.hpp"
#include "history/watcher.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto condition = history::parse_condition(as_text(bytes, size));
  if (!condition) return 0;
  history::Watcher watcher(*condition);
  for (int step = 0; step < 4; ++step) {
    history::Reading reading{.lost = step == 2, .values = {}};
    for (std::size_t i = 0; i < condition->fields.size(); ++i)
      reading.values.push_back(step % 2 ? smi::number_value(static_cast<std::int64_t>(step) * 40)
                                        : smi::not_supported());
    use(watcher.step(step * 1000, reading));
  }
  return 0;
}
