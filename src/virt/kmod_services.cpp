// systemctl as a staged machine has it.
#include "base/text.hpp"
#include "virt/kmod.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kPersistencePid = "/run/nvidia-persistenced/nvidia-persistenced.pid";

int refuse(const KmodWorld& world, const std::string& message, int code = 1) {
  world.err(message + "\n");
  return code;
}

int run_fabric(bool on, const KmodWorld& world) {
  const auto done = world.ask({"fault", "fabric-manager", "0", on ? "on" : "off"});
  return done ? 0 : refuse(world, "Failed to start nvidia-fabricmanager.service: " + done.error().message);
}

int run_persistence(bool on, bool anew, const KmodWorld& world) {
  if (!on || anew) world.end(kPersistencePid);
  if (!on) return 0;
  const int code = world.run({"nvidia-persistenced"});
  // Started already: as with systemd, no error.
  return code == 0 || !anew ? 0
                            : refuse(world,
                                     "Job for nvidia-persistenced.service failed because the control process "
                                     "exited with error code.");
}

}  // namespace

int run_systemctl(const std::vector<std::string>& words, const KmodWorld& world) {
  std::vector<std::string> units;
  std::string verb;
  bool now = false;
  for (const std::string& word : words) {
    now = now || word == "--now";
    if (word.starts_with("-")) continue;
    if (verb.empty())
      verb = word;
    else
      units.push_back(word.substr(0, word.rfind(".service")));
  }
  const bool on = verb == "start" || verb == "restart" || verb == "enable",
             off = verb == "stop" || verb == "disable";
  if (!on && !off)
    return refuse(world,
                  "systemctl: a virtual host has start, restart, stop, enable --now and disable --now");
  if ((verb == "enable" || verb == "disable") && !now) return 0;
  for (const std::string& unit : units) {
    if (unit != "nvidia-fabricmanager" && unit != "nvidia-persistenced")
      return refuse(world,
                    "Failed to " + verb + " " + unit + ".service: Unit " + unit +
                        ".service not found in this virtual host.",
                    5);
    const int code = unit == "nvidia-fabricmanager" ? run_fabric(on, world)
                                                    : run_persistence(on, verb == "restart", world);
    if (code != 0) return code;
  }
  return 0;
}

}  // namespace nvstack::virt
