#include "fuzz.hpp"
#include "history/differences.hpp"
#include "history/recorder.hpp"
#include "history/recording.hpp"
#include "history/replay_words.hpp"

using namespace nvstack::history;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto seen = parse_seen(text, "fuzz");
  if (seen) use(find_differences(*seen, *seen));
  const auto recording = parse_recording(text, "fuzz");
  if (!recording) return 0;
  const State last = recording->at(recording->length_ms());
  use(find_differences(seen_of_state(recording->first), seen_of_state(last)));
  for (const GpuState& gpu : last.gpus) use(replay_words(gpu));
  Recorder recorder;
  const std::string again = recorder.begin({}, recording->first) + recorder.add(1, 1, last);
  use(parse_recording(again, "fuzz"));
  return 0;
}
