#include "framework/request.hpp"

#include "base/text.hpp"

namespace nvstack::framework {

std::string_view channel_name(Channel channel) {
  switch (channel) {
    case Channel::kStable: return "stable";
    case Channel::kTest: return "test";
    case Channel::kNightly: return "nightly";
  }
  return "";
}

Result<Channel> parse_channel(std::string_view word) {
  for (const Channel channel : {Channel::kStable, Channel::kTest, Channel::kNightly})
    if (channel_name(channel) == word) return channel;
  return fail(ErrorCode::kUsage, "no channel \"" + printable(word, 40) + "\"", "stable, nightly or test");
}

}  // namespace nvstack::framework
