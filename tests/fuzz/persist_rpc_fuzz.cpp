// A client's stream, cut at a place that its first byte names: what is read must be the same however it is
// cut.
#include "persist/record.hpp"
#include "persist/rpc.hpp"

#include "fuzz.hpp"

using namespace nvstack::persist;

namespace {

std::string read_all(std::initializer_list<std::string_view> parts) {
  RecordReader reader;
  std::string told;
  for (const std::string_view part : parts) {
    if (!reader.add(part)) break;
    while (const auto record = reader.next()) {
      const Parsed parsed = parse_call(*record);
      if (const auto* call = std::get_if<Call>(&parsed)) {
        // What was understood is understood again.
        const Parsed again = parse_call(render_call(*call).substr(4));
        if (!std::holds_alternative<Call>(again) || std::get<Call>(again).gpu != call->gpu) __builtin_trap();
        told += render_call(*call);
      }
      if (const auto* refused = std::get_if<Refused>(&parsed)) told += refused->reply;
      use(parse_reply(*record, Procedure::kGetMode));
      use(parse_reply(*record, Procedure::kNull));
    }
    if (reader.bytes_kept() > 32 * RecordReader::kRecordBytesMax) __builtin_trap();
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream = as_text(bytes + 1, size - 1);
  const std::size_t cut = stream.empty() ? 0 : bytes[0] % stream.size();
  // A stream that breaks is closed: how much was answered before may differ, what was answered may not.
  const std::string whole = read_all({stream}), parts = read_all({stream.substr(0, cut), stream.substr(cut)});
  const std::size_t common = std::min(whole.size(), parts.size());
  if (whole.compare(0, common, parts, 0, common) != 0) __builtin_trap();
  return 0;
}
