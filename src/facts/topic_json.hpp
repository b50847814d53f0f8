// Each topic as JSON: an object whose keys are the struct's field names. facts_json puts them together.
#pragma once

#include "base/json.hpp"
#include "facts/facts.hpp"

namespace nvstack::facts {

Json topic_json(const Os& os);
Json topic_json(const Kernel& kernel);
Json topic_json(const Platform& platform);
Json topic_json(const PciGpus& gpus);
Json topic_json(const Modules& modules);
Json topic_json(const ProcDriver& driver);
Json topic_json(const Modprobe& modprobe);
Json topic_json(const std::vector<Initramfs>& images);
Json topic_json(const SecureBoot& secure_boot);
Json topic_json(const Dkms& dkms);
Json topic_json(const Packages& packages);
Json topic_json(const Runfile& runfile);
Json topic_json(const Libraries& libraries);
Json topic_json(const Devices& devices);
Json topic_json(const Firmware& firmware);
Json topic_json(const Services& services);
Json topic_json(const nvml::Answer& answer);
Json topic_json(const Toolkits& toolkits);
Json topic_json(const std::vector<PythonEnvironment>& environments);
Json topic_json(const Containers& containers);
/// Without the text itself, which can be megabytes: its length instead.
Json topic_json(const LogText& log);

/// {"code","message","hint"}; the message with its context.
Json error_json(const Error& error);
/// The last lines of a log, for a reader of JSON: at most 4 KiB.
std::string log_end(std::string_view text);
/// The version's text, null when it is not known.
Json version_json(const std::optional<Version>& version);

/// Each element through `make`, as an array.
template <typename T, typename Make>
Json array_of(const std::vector<T>& values, const Make& make) {
  Json array = Json::array();
  for (const T& value : values) array.add(make(value));
  return array;
}

}  // namespace nvstack::facts
