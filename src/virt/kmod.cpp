#include "virt/kmod.hpp"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/process.hpp"
#include "base/text.hpp"
#include "channel/state.hpp"
#include "virt/remote.hpp"

namespace nvstack::virt {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.substr(0, 200);
}

/// "…/nvidia-uvm.ko.xz" and "nvidia-uvm" are the module nvidia_uvm.
std::string module_of(const std::string& word) {
  std::string name = word.substr(word.rfind('/') + 1);
  name = name.substr(0, name.find(".ko"));
  return replace_all(std::move(name), "-", "_");
}

struct ModprobeWords {
  bool remove = false, quiet = false, dry_run = false;
  std::vector<std::string> modules;
};

/// Options as kmod's modprobe has them; what follows a module's name are its parameters, except after -a and
/// -r.
Result<ModprobeWords> read_modprobe(const std::vector<std::string>& words) {
  ModprobeWords read;
  bool all = false;
  for (const std::string& word : words) {
    if (word == "-r" || word == "--remove")
      read.remove = true;
    else if (word == "-a" || word == "--all")
      all = true;
    else if (word == "-q" || word == "--quiet")
      read.quiet = true;
    else if (word == "-n" || word == "--dry-run" || word == "--show")
      read.dry_run = true;
    else if (word == "-v" || word == "--verbose" || word == "-f" || word == "-i" || word == "--first-time")
      continue;
    else if (word.starts_with("-"))
      return fail(ErrorCode::kUsage, "unrecognized option '" + printable(word, 60) + "'", "");
    else if (read.modules.empty() || all || read.remove)
      read.modules.push_back(word);
  }
  if (read.modules.empty()) return fail(ErrorCode::kUsage, "missing parameters. See -h.", "");
  return read;
}

/// modprobe finds a module by its index alone. Without an index, and for modules that are none of the
/// driver's, who is asked knows.
bool is_indexed(const KmodWorld& world, const std::string& module) {
  std::ifstream index(world.modules + "/" + world.release + "/modules.dep");
  if (!index || !module.starts_with("nvidia")) return true;
  const std::string file = "/" + replace_all(module, "_", "-") + ".ko";
  for (std::string line; std::getline(index, line);)
    if (contains(line.substr(0, line.find(':')), file)) return true;
  return false;
}

int modprobe(const std::vector<std::string>& words, const KmodWorld& world) {
  const auto read = read_modprobe(words);
  if (!read) return world.err("modprobe: " + read.error().message + "\n"), 1;
  if (read->dry_run) return 0;
  for (const std::string& word : read->modules) {
    const std::string name = module_of(word);
    const bool there = fs::exists(world.sysfs + "/" + name);
    if (read->remove ? !there : there) continue;  // as the real one: nothing to do is no error
    const auto done = read->remove || is_indexed(world, name)
                          ? world.ask({"module", read->remove ? "unload" : "load", name})
                          : fail(ErrorCode::kUsage, "not in the index", "");
    if (done) continue;
    const std::string& message = done.error().message;
    if (read->quiet) return 1;
    if (done.error().code == ErrorCode::kUsage && !read->remove)
      world.err("modprobe: FATAL: Module " + word + " not found in directory /lib/modules/" + world.release +
                "\n");
    else
      world.err(message.starts_with("could not insert") ? "modprobe: ERROR: " + message + "\n"
                                                        : "modprobe: FATAL: " + message + ".\n");
    return 1;
  }
  return 0;
}

int rmmod(const std::vector<std::string>& words, const KmodWorld& world) {
  int code = words.empty() ? 1 : 0;
  if (words.empty()) world.err("rmmod: ERROR: missing module name.\n");
  for (const std::string& word : words) {
    if (word.starts_with("-")) continue;
    const auto done = world.ask({"module", "unload", module_of(word)});
    if (done) continue;
    world.err("rmmod: ERROR: " + done.error().message + "\n");
    code = 1;
  }
  return code;
}

int insmod(const std::vector<std::string>& words, const KmodWorld& world) {
  if (words.empty()) return world.err("insmod: ERROR: missing filename.\n"), 1;
  const std::string name = module_of(words[0]);
  const auto done = fs::exists(world.sysfs + "/" + name) ? fail(ErrorCode::kDenied, "File exists", "")
                                                         : world.ask({"module", "load", name});
  if (!done)
    world.err("insmod: ERROR: could not insert module " + words[0] + ": " + done.error().message + "\n");
  return done ? 0 : 1;
}

/// What brings the module files in order again: depmod writes the indexes, dkms builds the files and then has
/// them indexed.
int ask_for_files(const std::string& name, const char* order, const KmodWorld& world) {
  const auto done = world.ask({"module", order});
  if (!done) world.err(name + ": ERROR: " + done.error().message + "\n");
  return done ? 0 : 1;
}

/// "dkms autoinstall", whatever its options: there is one driver, and it is built for the running kernel.
int dkms(const std::vector<std::string>& words, const KmodWorld& world) {
  if (!words.empty() && (words[0] == "autoinstall" || words[0] == "install" || words[0] == "build"))
    return ask_for_files("dkms", "build", world);
  world.err("dkms: ERROR: of dkms, a virtual host has autoinstall\n");
  return 1;
}

int lsmod(const KmodWorld& world) {
  world.out("Module                  Size  Used by\n");
  std::vector<fs::path> modules;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(world.sysfs, ignored))
    if (fs::exists(entry.path() / "refcnt", ignored)) modules.push_back(entry.path());
  std::sort(modules.begin(), modules.end());
  for (const fs::path& module : modules) {
    std::vector<std::string> holders;
    for (const auto& holder : fs::directory_iterator(module / "holders", ignored))
      holders.push_back(holder.path().filename());
    std::sort(holders.begin(), holders.end());
    const std::string size = first_line(module / "coresize");
    char line[256];
    std::snprintf(line, sizeof line, "%-19s %8s  %s", module.filename().c_str(),
                  size.empty() ? "0" : size.c_str(), first_line(module / "refcnt").c_str());
    world.out(std::string(line) + (holders.empty() ? "" : " " + join(holders, ",")) + "\n");
  }
  return 0;
}

/// Ends the process that a pid file names; the file is its own to remove.
bool end_process_of(const std::string& pid_file) {
  const auto pid = parse_uint(trim(first_line(pid_file)));
  if (!pid || *pid <= 1 || *pid > INT32_MAX || ::kill(static_cast<pid_t>(*pid), SIGTERM) != 0) return false;
  constexpr int kRounds = 200;
  for (int i = 0; i < kRounds && ::kill(static_cast<pid_t>(*pid), 0) == 0; ++i) ::usleep(10'000);
  return true;
}

}  // namespace

int run_kmod(const std::string& name, const std::vector<std::string>& words, const KmodWorld& world) {
  if (name == "modprobe") return modprobe(words, world);
  if (name == "rmmod") return rmmod(words, world);
  if (name == "insmod") return insmod(words, world);
  if (name == "lsmod") return lsmod(world);
  if (name == "depmod") return ask_for_files(name, "index", world);
  if (name == "dkms") return dkms(words, world);
  if (name == "systemctl") return run_systemctl(words, world);
  world.err(
      "nvstack-virt-kmod: error: call it as modprobe, rmmod, insmod, lsmod, depmod, dkms or systemctl\n");
  return 1;
}

int kmod_main(int argc, char** argv) {
  const std::string path = argc > 0 ? argv[0] : "";
  KmodWorld world;
  world.out = [](const std::string& text) { std::fputs(text.c_str(), stdout); };
  world.err = [](const std::string& text) { std::fputs(text.c_str(), stderr); };
  utsname system{};
  if (::uname(&system) == 0) world.release = system.release;
  world.ask = [](const std::vector<std::string>& words) -> Result<std::string> {
    Remote remote = TRY(Remote::connect(channel::kSocketPath));
    return remote.ask(words);
  };
  world.run = [](const std::vector<std::string>& words) {
    const auto done = run_process(words, {.deadline = std::chrono::seconds(60)});
    return done ? done->exit_code : 1;
  };
  world.end = end_process_of;
  return run_kmod(path.substr(path.rfind('/') + 1), {argv + std::min(argc, 1), argv + argc}, world);
}

}  // namespace nvstack::virt
