// Goal: each topic's JSON has the fields of its struct, null for what is not known, bounded logs, valid
// UTF-8.
#include "facts/topic_json.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("packages") {
  Packages packages;
  packages.packages = {{"nvidia-open", "580", "amd64", PackageState::kHalfConfigured, true, "NVIDIA"}};
  packages.streams = {{"nvidia-driver", "open-dkms", "enabled"}};
  packages.repositories.push_back({"/f", "cuda", "https://x", true, true, false});
  packages.unread.push_back({ErrorCode::kDenied, "cannot open /g", "", {"reading"}});
  const Json json = topic_json(packages);
  CHECK(
      json["packages"].dump() ==
      R"([{"name":"nvidia-open","version":"580","arch":"amd64","state":"half-configured","held":true,"origin":"NVIDIA"}])");
  CHECK((*json["streams"].items())[0].text("stream") == "open-dkms");
  CHECK(*(*json["repositories"].items())[0]["nvidia"].boolean());
  CHECK((*json["unread"].items())[0].text("message") == "reading: cannot open /g");
  CHECK(json["locks"].dump() == "[]");
}

TEST_CASE("libraries, devices and firmware") {
  Libraries libraries;
  libraries.all.push_back(
      {"libcuda.so.1", "/a", "/b", parse_version("580.95.05"), LibraryKind::kStub, "x", false, true});
  libraries.all.push_back({});
  const Json json = topic_json(libraries);
  const Json& first = (*json["all"].items())[0];
  CHECK(first.text("version") == "580.95.05");
  CHECK(first.text("kind") == "stub");
  CHECK((*json["all"].items())[1]["version"].is_null());
  CHECK(json["cache_error"].is_null());

  Devices devices;
  devices.nodes.push_back({"/dev/nvidia0", {host::FileType::kCharDevice, 0660, 0, 44, 0, 195, 0}});
  devices.char_majors["nvidia"] = 195;
  CHECK(
      topic_json(devices).dump() ==
      R"({"nodes":[{"path":"/dev/nvidia0","type":"character-device","mode":"0660","uid":0,"gid":44,"device_major":195,"device_minor":0}],"char_majors":{"nvidia":195},"dri":[]})");
  Firmware firmware;
  firmware.versions.push_back({"580.95.05", "/lib/firmware/nvidia/580.95.05", {"gsp_ga10x.bin"}, {}});
  CHECK((*topic_json(firmware)["versions"].items())[0].text("version") == "580.95.05");
}

TEST_CASE("what is not known is null, not false") {
  Services services;
  services.services.push_back({"a.service", "/a", true, false, {}, "/bin/a"});
  const Json json = topic_json(services);
  CHECK((*json["services"].items())[0]["running"].is_null());
  CHECK(json["persistence_pid"].is_null());
  PythonEnvironment environment;
  environment.prefix = "/usr";
  const Json python = topic_json(std::vector<PythonEnvironment>{environment});
  CHECK((*python["environments"].items())[0]["torch"].is_null());
  CHECK(version_json(std::nullopt).is_null());
}

TEST_CASE("toolkits and containers") {
  Toolkits toolkits;
  toolkits.cuda.push_back({"/usr/local/cuda-12.4", parse_version("12.4"), true, false, true});
  toolkits.cudnn.push_back({});
  const Json json = topic_json(toolkits);
  CHECK(*(*json["cuda"].items())[0]["is_default"].boolean());
  CHECK((*json["cudnn"].items())[0]["version"].is_null());
  Containers containers;
  containers.engines.push_back(
      {"docker", "/d", "/c", true, false, Error{ErrorCode::kMalformed, "bad", "fix", {}}});
  const Json error = (*topic_json(containers)["engines"].items())[0]["config_error"];
  CHECK(error.dump() == R"({"code":"malformed","message":"bad","hint":"fix"})");
}

TEST_CASE("logs are cut at a line, and hostile text stays valid") {
  CHECK(log_end("short\n") == "short\n");
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "line " + std::to_string(i) + "\n";
  const std::string end = log_end(lines);
  CHECK(end.size() <= 4096);
  CHECK(end.substr(0, 5) == "line ");
  CHECK(log_end(std::string(10'000, 'x')).size() == 4096);
  Runfile runfile;
  runfile.log_tail = std::string("\xff\0\x1b[31m", 7);
  CHECK(is_utf8(topic_json(runfile).dump()));
  LogText log;
  log.text = "secret", log.where = "dmesg";
  CHECK(topic_json(log).dump() == R"({"where":"dmesg","text_bytes":6,"cut":false})");
}
