// HostFacts is one machine's whole NVIDIA stack as read at one moment. A topic that failed holds its Error;
// gathering never stops, so that a half-broken machine is still understood.
#pragma once

#include "base/json.hpp"
#include "catalog/catalog.hpp"
#include "facts/containers.hpp"
#include "facts/devices.hpp"
#include "facts/dkms.hpp"
#include "facts/firmware.hpp"
#include "facts/gpus.hpp"
#include "facts/initramfs.hpp"
#include "facts/kernel.hpp"
#include "facts/kernel_log.hpp"
#include "facts/libraries.hpp"
#include "facts/modprobe.hpp"
#include "facts/modules.hpp"
#include "facts/os.hpp"
#include "facts/packages.hpp"
#include "facts/platform.hpp"
#include "facts/python.hpp"
#include "facts/runfile.hpp"
#include "facts/secure_boot.hpp"
#include "facts/services.hpp"
#include "facts/toolkits.hpp"
#include "nvml/snapshot.hpp"

namespace nvstack::facts {

/// A topic that was not asked (a log judged alone, a topic that this machine does not need).
inline Error not_asked() {
  return {ErrorCode::kNotAvailable, "not asked", "", {}};
}

template <typename T>
struct Topic : Result<T> {
  Topic() : Result<T>(fail(not_asked())) {}
  Topic(Result<T> result) : Result<T>(std::move(result)) {}
};

struct HostFacts {
  Topic<Os> os;
  Topic<Kernel> kernel;
  Topic<Platform> platform;
  Topic<PciGpus> gpus;
  Topic<Modules> modules;
  Topic<ProcDriver> driver;
  Topic<Modprobe> modprobe;
  Topic<std::vector<Initramfs>> initramfs;
  Topic<SecureBoot> secure_boot;
  Topic<Dkms> dkms;
  Topic<Packages> packages;
  Topic<Runfile> runfile;
  Topic<Libraries> libraries;
  Topic<Devices> devices;
  Topic<Firmware> firmware;
  Topic<Services> services;
  Topic<nvml::Answer> nvml;
  Topic<Toolkits> toolkits;
  Topic<std::vector<PythonEnvironment>> python;
  Topic<Containers> containers;
  Topic<LogText> log;

  /// The value, or an empty one: for rules that only add what they find.
  template <typename T>
  static const T& value_or_empty(const Topic<T>& topic) {
    static const T empty{};
    return topic ? *topic : empty;
  }
};

/// What one topic answered, for "could not be read" findings.
struct TopicError {
  std::string topic;
  Error error;
};
/// Topics that failed for a reason that hides something: not kNotFound, not "not asked".
std::vector<TopicError> topic_errors(const HostFacts& facts);

/// Asks everything. `nvml` answers for the driver. The initramfs, log and Python are only read when the
/// machine has an NVIDIA GPU or a trace of the driver.
HostFacts gather(const host::Host& host, const nvml::Source& nvml, const catalog::Catalog& catalog);

/// The whole of it as JSON (nvstack detect --json). docs/formats/detect.md is its schema.
Json facts_json(const HostFacts& facts);

}  // namespace nvstack::facts
