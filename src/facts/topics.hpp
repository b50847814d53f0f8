// One list of HostFacts' topics by name, so that what goes over all of them cannot forget one.
#pragma once

#include "facts/facts.hpp"

namespace nvstack::facts {

/// Calls visit(name, topic) for each topic, in the order of HostFacts.
template <typename Visit>
void for_each_topic(const HostFacts& facts, const Visit& visit) {
  visit("os", facts.os);
  visit("kernel", facts.kernel);
  visit("platform", facts.platform);
  visit("gpus", facts.gpus);
  visit("modules", facts.modules);
  visit("driver", facts.driver);
  visit("modprobe", facts.modprobe);
  visit("initramfs", facts.initramfs);
  visit("secure_boot", facts.secure_boot);
  visit("dkms", facts.dkms);
  visit("packages", facts.packages);
  visit("runfile", facts.runfile);
  visit("libraries", facts.libraries);
  visit("devices", facts.devices);
  visit("firmware", facts.firmware);
  visit("services", facts.services);
  visit("nvml", facts.nvml);
  visit("toolkits", facts.toolkits);
  visit("python", facts.python);
  visit("containers", facts.containers);
  visit("log", facts.log);
}

}  // namespace nvstack::facts
