// Goal: the JSON of a machine holds the topics that answered, the errors of those that failed, and nothing of
// those that were not asked.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/test_json.hpp"
#include "facts/topic_json.hpp"
#include "facts/topics.hpp"

using namespace nvstack;
using namespace nvstack::facts;

namespace {

using test::keys;

/// Every topic with an empty value.
HostFacts all_asked() {
  HostFacts facts;
  facts.os = Result<Os>(Os{}), facts.kernel = Result<Kernel>(Kernel{});
  facts.platform = Result<Platform>(Platform{}), facts.gpus = Result<PciGpus>(PciGpus{});
  facts.modules = Result<Modules>(Modules{}), facts.driver = Result<ProcDriver>(ProcDriver{});
  facts.modprobe = Result<Modprobe>(Modprobe{});
  facts.initramfs = Result<std::vector<Initramfs>>(std::vector<Initramfs>{});
  facts.secure_boot = Result<SecureBoot>(SecureBoot{}), facts.dkms = Result<Dkms>(Dkms{});
  facts.packages = Result<Packages>(Packages{}), facts.runfile = Result<Runfile>(Runfile{});
  facts.libraries = Result<Libraries>(Libraries{}), facts.devices = Result<Devices>(Devices{});
  facts.firmware = Result<Firmware>(Firmware{}), facts.services = Result<Services>(Services{});
  facts.nvml = Result<nvml::Answer>(nvml::Answer{}), facts.toolkits = Result<Toolkits>(Toolkits{});
  facts.python = Result<std::vector<PythonEnvironment>>(std::vector<PythonEnvironment>{});
  facts.containers = Result<Containers>(Containers{}), facts.log = Result<LogText>(LogText{});
  return facts;
}

}  // namespace

TEST_CASE("what was not asked is left out; nothing asked is an empty object") {
  CHECK(facts_json(HostFacts{}).dump() == "{}");
  HostFacts facts;
  facts.runfile = Result<Runfile>(Runfile{});
  CHECK(keys(facts_json(facts)) == "runfile");
}

TEST_CASE("every topic stands under the name of its field, in their order") {
  const Json json = facts_json(all_asked());
  CHECK(keys(json) ==
        "os kernel platform gpus modules driver modprobe initramfs secure_boot dkms packages runfile "
        "libraries devices firmware services nvml toolkits python containers log");
  for (const auto& [name, topic] : *json.members()) {
    CHECK_MESSAGE(topic.members(), name);
    CHECK_MESSAGE(topic["error"].is_null(), name);
  }
}

TEST_CASE("a topic that failed holds its error in place of a value, whatever the code") {
  for (const ErrorCode code :
       {ErrorCode::kNotFound, ErrorCode::kDenied, ErrorCode::kMalformed, ErrorCode::kTooLarge,
        ErrorCode::kTimedOut, ErrorCode::kNotAvailable, ErrorCode::kUsage, ErrorCode::kIo}) {
    HostFacts facts;
    facts.dkms = Result<Dkms>(fail(Error{code, "bad", "do it", {"inner", "outer"}}));
    const Json json = facts_json(facts);
    const std::string word(error_code_name(code));
    CHECK_MESSAGE(keys(json) == "dkms", word);
    CHECK_MESSAGE(keys(json["dkms"]) == "error", word);
    CHECK_MESSAGE(json["dkms"]["error"].dump() ==
                      R"({"code":")" + word + R"(","message":"outer: inner: bad","hint":"do it"})",
                  word);
  }
}

TEST_CASE("'not available' with words of its own was asked") {
  HostFacts facts;
  facts.nvml = Result<nvml::Answer>(fail(ErrorCode::kNotAvailable, "no NVML answer was captured"));
  facts.log = Result<LogText>(fail(not_asked()));
  CHECK(keys(facts_json(facts)) == "nvml");
}

TEST_CASE("hostile bytes in an error leave valid JSON") {
  HostFacts facts;
  facts.os = Result<Os>(fail(ErrorCode::kMalformed, std::string("/x\xff\0\x1b[31m\"\n", 11)));
  const std::string text = facts_json(facts).dump();
  CHECK(is_utf8(text));
  CHECK(!has_control_bytes(text));
  CHECK(parse_json(text));
}

TEST_CASE("the same facts give the same JSON, and it can be read again") {
  const std::string text = facts_json(all_asked()).dump(2);
  CHECK(facts_json(all_asked()).dump(2) == text);
  const auto again = parse_json(text);
  REQUIRE(again);
  CHECK(again->dump(2) == text);
}

TEST_CASE("files that a topic could not read are named: modprobe.d and only what hides something") {
  HostFacts facts = all_asked();
  CHECK(topic_errors(facts).empty());
  facts.modprobe->unreadable.push_back({ErrorCode::kDenied, "cannot open /etc/modprobe.d/a.conf", "", {}});
  facts.modprobe->unreadable.push_back(
      {ErrorCode::kNotAvailable, "/etc/modprobe.d/b.conf was not captured", "", {}});
  const auto errors = topic_errors(facts);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].topic == "modprobe");
  CHECK(contains(errors[0].error.message, "a.conf"));
}

TEST_CASE("topic errors come for every topic, in the order of the topics") {
  HostFacts facts;
  facts.log = Result<LogText>(fail(ErrorCode::kTimedOut, "1"));
  facts.containers = Result<Containers>(fail(ErrorCode::kMalformed, "2"));
  facts.gpus = Result<PciGpus>(fail(ErrorCode::kIo, "3"));
  facts.kernel = Result<Kernel>(fail(ErrorCode::kTooLarge, "4"));
  facts.python = Result<std::vector<PythonEnvironment>>(fail(ErrorCode::kNotFound, "5"));
  std::string names;
  for (const TopicError& error : topic_errors(facts)) names += error.topic + error.error.message + " ";
  CHECK(names == "kernel4 gpus3 containers2 log1 ");
}
