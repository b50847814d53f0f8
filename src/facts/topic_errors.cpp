#include "facts/topics.hpp"

namespace nvstack::facts {

namespace {

/// What is not there, or cannot be asked here, hides nothing.
bool hides_something(const Error& error) {
  return error.code != ErrorCode::kNotFound && error.code != ErrorCode::kNotAvailable;
}

}  // namespace

std::vector<TopicError> topic_errors(const HostFacts& facts) {
  std::vector<TopicError> found;
  for_each_topic(facts, [&](const char* name, const auto& topic) {
    if (!topic && hides_something(topic.error())) found.push_back({name, topic.error()});
  });
  // Topics that answered, but not for every file they looked at.
  if (facts.modprobe)
    for (const Error& error : facts.modprobe->unreadable)
      if (hides_something(error)) found.push_back({"modprobe", error});
  if (facts.packages)
    for (const Error& error : facts.packages->unread) found.push_back({"packages", error});
  if (facts.libraries && facts.libraries->cache_error)
    found.push_back({"libraries", *facts.libraries->cache_error});
  return found;
}

}  // namespace nvstack::facts
