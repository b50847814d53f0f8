// Goal: the JSON of what uses the driver has exactly the fields of its structs, and texts stay bounded.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/test_json.hpp"
#include "facts/topic_json.hpp"

using namespace nvstack;
using namespace nvstack::facts;

using test::first;
using test::keys;

TEST_CASE("services: running is true, false, or not known") {
  Services services;
  services.services.resize(3);
  services.services[0].running = true, services.services[1].running = false;
  services.persistence_pid = 812;
  const Json json = topic_json(services);
  CHECK(keys(json) ==
        "services persistence_socket persistence_pid persistence_pid_stale open_files_limit "
        "fabric_manager_version display "
        "x_running");
  CHECK(keys(first(json["services"])) == "name unit_file enabled masked running exec_start");
  const Json::Array& list = *json["services"].items();
  CHECK(list[0]["running"].dump() == "true");
  CHECK(list[1]["running"].dump() == "false");
  CHECK(list[2]["running"].dump() == "null");
  CHECK(*json["persistence_pid"].integer() == 812);
}

TEST_CASE("toolkits, Python and the torch in it") {
  Toolkits toolkits;
  toolkits.cuda.emplace_back(), toolkits.cudnn.emplace_back();
  const Json json = topic_json(toolkits);
  CHECK(keys(json) == "cuda cudnn cuda_home path");
  CHECK(keys(first(json["cuda"])) == "path version has_nvcc has_compat is_default");
  CHECK(keys(first(json["cudnn"])) == "version path");

  std::vector<PythonEnvironment> environments(1);
  environments[0].torch = TorchInstall{"2.6.0+cu124", "12.4", "/t", {"nvidia-cudnn-cu12 9.1.0.70"}};
  const Json python = topic_json(environments);
  CHECK(keys(python) == "environments");
  CHECK(keys(first(python["environments"])) == "prefix version kind torch shadowing");
  CHECK(
      first(python["environments"])["torch"].dump() ==
      R"({"version":"2.6.0+cu124","cuda":"12.4","path":"/t","nvidia_wheels":["nvidia-cudnn-cu12 9.1.0.70"]})");
}

TEST_CASE("containers and their engines") {
  Containers containers;
  containers.engines.emplace_back();
  containers.cdi_specs = {"/etc/cdi/nvidia.yaml"};
  const Json json = topic_json(containers);
  CHECK(keys(json) ==
        "engines toolkit_binary toolkit_config cdi_specs cdi_driver_version inside_container inside_hint "
        "cgroup_driver");
  CHECK(keys(first(json["engines"])) == "name binary config nvidia_runtime nvidia_default config_error");
  CHECK(first(json["engines"])["config_error"].is_null());
  CHECK(json["cdi_specs"].dump() == R"(["/etc/cdi/nvidia.yaml"])");
}

TEST_CASE("the driver's own answer is the recorded one") {
  nvml::Answer answer;
  answer.init_code = 18, answer.library = "/l", answer.gpus.resize(1);
  const Json json = topic_json(answer);
  CHECK(keys(json) == "init_code library driver_version cuda_version gpus");
  CHECK(json.dump() == nvml::answer_json(answer).dump());
  CHECK(json["cuda_version"].is_null());
  CHECK(keys(first(json["gpus"])) == "index handle_code");
}

TEST_CASE("a log is told by its length alone") {
  LogText log;
  log.where = "dmesg", log.text = std::string(1u << 20, 'x'), log.cut = true;
  const std::string text = topic_json(log).dump();
  CHECK(text == R"({"where":"dmesg","text_bytes":1048576,"cut":true})");
}

TEST_CASE("the end of a log begins with a whole line, when one fits") {
  CHECK(log_end("").empty());
  const std::string full(4096, 'x');
  CHECK(log_end(full) == full);
  CHECK(log_end("first\n" + full.substr(0, 4090)) == "first\n" + full.substr(0, 4090));
  CHECK(log_end("first line\nsecond\n" + full.substr(0, 4080)) == "second\n" + full.substr(0, 4080));
  CHECK(log_end(full + "\n") == full.substr(1) + "\n");
  CHECK(log_end(full + full + "\nlast\n") == "last\n");
}

TEST_CASE("an error carries its context in its message") {
  const Json json =
      error_json({ErrorCode::kTimedOut, "no answer", "wait", {"asking dmesg", "reading the log"}});
  CHECK(keys(json) == "code message hint");
  CHECK(json.text("code") == "timed-out");
  CHECK(json.text("message") == "reading the log: asking dmesg: no answer");
  CHECK(json.text("hint") == "wait");
}
