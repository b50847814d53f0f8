// HostFacts as one JSON object: a topic that answered, one that failed as {"error": ...}; one that was not
// asked is left out.
#include "facts/topic_json.hpp"
#include "facts/topics.hpp"

namespace nvstack::facts {

namespace {

bool was_asked(const Error& error) {
  return error.code != ErrorCode::kNotAvailable || error.message != not_asked().message;
}

}  // namespace

Json facts_json(const HostFacts& facts) {
  Json json = Json::object();
  for_each_topic(facts, [&](const char* name, const auto& topic) {
    if (topic) {
      json.set(name, topic_json(*topic));
    } else if (was_asked(topic.error())) {
      json.set(name, Json::object().set("error", error_json(topic.error())));
    }
  });
  return json;
}

}  // namespace nvstack::facts
