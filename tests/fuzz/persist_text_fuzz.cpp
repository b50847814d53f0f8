// The daemon's texts: wishes (policy and state), control lines, the driver's files, uevents, names in the
// store.
#include "fuzz.hpp"
#include "persist/control.hpp"
#include "persist/driver_tree.hpp"
#include "persist/nodes.hpp"
#include "persist/notify.hpp"
#include "persist/watch.hpp"
#include "persist/wishes.hpp"

using namespace nvstack::persist;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  if (const auto wishes = parse_wishes(text)) {
    const auto again = parse_wishes(render_wishes(*wishes));
    if (!again || again->by_name != wishes->by_name || again->all != wishes->all) __builtin_trap();
  }
  if (const auto request = parse_control(text))
    if (!parse_control(render_control(*request))) __builtin_trap();
  const ControlLine line = parse_control_line(text);
  const std::string rendered = render_control_line({"gpu", {{"value", line.field("last_error")}}});
  if (rendered.find('\n') != rendered.size() - 1) __builtin_trap();
  use(parse_information({}, text));
  use(parse_node_rights(text));
  use(concerns_gpus(text));
  if (const auto gpu = parse_store_name(text))
    if (parse_store_name(store_name(*gpu)) != gpu) __builtin_trap();
  if (const auto gpu = parse_address(text))
    if (parse_address(render_address(*gpu)) != gpu) __builtin_trap();
  return 0;
}
