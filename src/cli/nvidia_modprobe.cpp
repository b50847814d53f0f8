#include "cli/nvidia_modprobe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "cli/device_nodes.hpp"

namespace nvstack::cli {

namespace {

constexpr const char* kParameters = "/proc/driver/nvidia/params";
constexpr const char* kSwitchPermissions = "/proc/driver/nvidia-nvswitch/permissions";
constexpr const char* kLinkPermissions = "/proc/driver/nvidia-nvlink/permissions";
constexpr const char* kAutoOnline = "/sys/devices/system/memory/auto_online_blocks";
constexpr int kMajor = 195, kControl = 255, kModeset = 254, kMinorMax = 255;

/// The first line of a file; "" when it cannot be read.
std::string first_line(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 1024> buffer;
  const ssize_t count = file.valid() ? ::read(file.number(), buffer.data(), buffer.size()) : -1;
  if (count <= 0) return "";
  const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  return std::string(text.substr(0, text.find('\n')));
}

/// Any NVIDIA display controller on the bus? Without one, modprobe would only fill the log. Nothing when
/// nobody knows.
std::optional<bool> has_gpu(const std::string& root) {
  const std::string folder = root + "/sys/bus/pci/devices";
  const std::unique_ptr<DIR, int (*)(DIR*)> devices(::opendir(folder.c_str()), ::closedir);
  if (!devices) return std::nullopt;
  for (const dirent* entry = ::readdir(devices.get()); entry; entry = ::readdir(devices.get())) {
    const std::string device = folder + "/" + entry->d_name;
    if (first_line(device + "/vendor") == "0x10de" && first_line(device + "/class").starts_with("0x03"))
      return true;
  }
  return false;
}

bool is_loaded(const std::string& root, std::string module) {
  struct stat status {};
  return ::stat((root + "/sys/module/" + replace_all(std::move(module), "-", "_") + "/initstate").c_str(),
                &status) == 0;
}

/// The program that the kernel itself would start, silently, and with nothing of the caller's environment.
void run_kernel_modprobe(const std::string& module) {
  std::string program = first_line("/proc/sys/kernel/modprobe");
  if (program.empty()) program = "/sbin/modprobe";
  struct stat status {};
  if (::geteuid() != 0 || ::stat(program.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDOUT_FILENO), ::dup2(null, STDERR_FILENO);
    const char* environment[] = {"PATH=/sbin", nullptr};
    ::execle(program.c_str(), "modprobe", module.c_str(), nullptr, environment);
    ::_exit(1);
  }
  // Whether it helped is seen by the module alone.
  while (pid > 0 && ::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status make_gpu_node(const ModprobeMachine& machine, int minor) {
  if (minor > kMinorMax) return fail(ErrorCode::kUsage, "there is no minor number " + std::to_string(minor));
  const std::string name = minor == kControl   ? "nvidiactl"
                           : minor == kModeset ? "nvidia-modeset"
                                               : "nvidia" + std::to_string(minor);
  return make_device_node(machine.root, {"/dev/" + name, kMajor, static_cast<unsigned>(minor), kParameters});
}

Status make_memory_nodes(const ModprobeMachine& machine, int base) {
  const auto minor = static_cast<unsigned>(base);
  for (const auto& [name, offset] :
       {std::pair{"/dev/nvidia-uvm", 0u}, std::pair{"/dev/nvidia-uvm-tools", 1u}}) {
    const DeviceNode node = TRY(dynamic_node(machine.root, "nvidia-uvm", {name, 0, minor + offset, ""}));
    TRY(make_device_node(machine.root, node));
  }
  return {};
}

Status make_switch_node(const ModprobeMachine& machine, int minor) {
  const std::string path =
      minor == kControl ? "/dev/nvidia-nvswitchctl" : "/dev/nvidia-nvswitch" + std::to_string(minor);
  const DeviceNode node = TRY(dynamic_node(machine.root, "nvidia-nvswitch",
                                           {path, 0, static_cast<unsigned>(minor), kSwitchPermissions}));
  return make_device_node(machine.root, node);
}

Status online_as_movable(const ModprobeMachine& machine) {
  constexpr std::string_view kWish = "online_movable";
  const std::string path = machine.root + kAutoOnline;
  if (first_line(path) == kWish) return {};
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  if (::write(file.number(), kWish.data(), kWish.size()) < 0)
    return fail(errno_error(errno, "write " + path));
  return {};
}

/// -l, -s, -u, -a stand instead of the plain module and its nodes, in this order.
Status fulfil_first(const ModprobeMachine& machine, const ModprobeWish& wish) {
  if (wish.auto_online_movable && !wish.nvlink && !wish.nvswitch && !wish.unified_memory)
    return online_as_movable(machine);
  const bool memory = wish.unified_memory && !wish.nvlink && !wish.nvswitch;
  TRY(load_module(machine, memory ? "nvidia-uvm" : "nvidia"));
  if (wish.nvlink) {
    const DeviceNode node =
        TRY(dynamic_node(machine.root, "nvidia-nvlink", {"/dev/nvidia-nvlink", 0, 0, kLinkPermissions}));
    return make_device_node(machine.root, node);
  }
  for (const int minor : wish.minors)
    TRY(wish.nvswitch ? make_switch_node(machine, minor)
        : memory      ? make_memory_nodes(machine, minor)
                      : make_gpu_node(machine, minor));
  return {};
}

}  // namespace

ModprobeMachine this_machine() {
  return {"", run_kernel_modprobe};
}

Status load_module(const ModprobeMachine& machine, const std::string& module) {
  if (is_loaded(machine.root, module)) return {};
  if (has_gpu(machine.root) == false) return fail(ErrorCode::kNotFound, "no NVIDIA devices found");
  machine.run_modprobe(module);
  if (is_loaded(machine.root, module)) return {};
  return fail(ErrorCode::kNotFound, "the module " + module + " is not loaded");
}

Status fulfil_modprobe(const ModprobeMachine& machine, const ModprobeWish& wish) {
  TRY(fulfil_first(machine, wish));
  if (wish.modeset) {
    TRY(load_module(machine, "nvidia-modeset"));
    TRY(make_gpu_node(machine, kModeset));
  }
  for (const std::string& path : wish.capabilities) {
    const DeviceNode node = TRY(capability_node(machine.root, path));
    TRY(make_device_node(machine.root, node));
  }
  for (int i = 0; i < wish.imex_count; ++i) {
    const int channel = wish.imex_first + i;
    const DeviceNode node =
        TRY(dynamic_node(machine.root, "nvidia-caps-imex-channels",
                         {"/dev/nvidia-caps-imex-channels/channel" + std::to_string(channel), 0,
                          static_cast<unsigned>(channel), kParameters}));
    TRY(make_device_node(machine.root, node));
  }
  return {};
}

int nvidia_modprobe_main(int argc, char** argv) {
  ::umask(0);
  const std::string program = argc > 0 ? argv[0] : "nvidia-modprobe";
  const auto wish = parse_modprobe_options(program, {argv + (argc > 0 ? 1 : 0), argv + argc});
  if (const auto* text = std::get_if<ModprobeText>(&wish)) {
    std::fputs(render_modprobe_text(*text).c_str(), stdout);
    return 0;
  }
  if (const auto* error = std::get_if<std::string>(&wish)) {
    std::fprintf(stderr, "\nERROR: %s\n\n", error->c_str());
    return 1;
  }
  // Like the original it says nothing when it fails: libraries call it on every start.
  return fulfil_modprobe(this_machine(), std::get<ModprobeWish>(wish)) ? 0 : 1;
}

}  // namespace nvstack::cli
