// Model is the driver's state and its rules: modules, GPUs and their life, work and faults. It knows no
// sockets and no files; the server feeds it and tells others what it says. Time is driver time in
// nanoseconds.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channel/wire.hpp"
#include "virt/kernel_log.hpp"
#include "virt/machine.hpp"
#include "virt/page.hpp"
#include "virt/physics.hpp"

namespace nvstack::virt {

/// One process's work on one GPU, as `nvstack virt load` or libcuda causes it.
struct Work {
  std::uint64_t owner = 0;  // connection; the work ends with it
  std::size_t gpu = 0;
  unsigned pid = 0;
  unsigned kinds = channel::kCompute;
  unsigned sm_percent = 0, memory_percent = 0, encoder_percent = 0, decoder_percent = 0;
  unsigned pcie_mbps = 0, nvlink_mbps = 0;
  std::uint64_t memory_bytes = 0;
  unsigned gpu_instance = channel::kNoInstance, compute_instance = channel::kNoInstance;
  std::string name;
  std::int64_t started_ns = 0;
  bool holds_gpu = false;  // it keeps the GPU open; libcuda opens it by itself
};

/// What opening a GPU comes to: a code now, or an initialisation that ends at `ready_ns`.
struct Opening {
  int code = 0;
  std::int64_t ready_ns = 0;  // 0: at once
};

struct LoadedModule {
  std::string name;  // as lsmod
  std::vector<std::string> uses;
};

/// Does a machine like this one have a fabric manager?
FabricManager installed_fabric_manager(const Scenario& scenario);

class Model {
 public:
  /// Errors: those of StatePage::create.
  static Result<std::unique_ptr<Model>> create(Scenario scenario);

  channel::Page& page() { return state_.page(); }
  const channel::Page& page() const { return state_.page(); }
  const StatePage& state() const { return state_; }
  const Scenario& scenario() const { return scenario_; }
  const KernelLog& log() const { return log_; }
  std::int64_t now() const { return channel::driver_now_ns(page()); }

  /// What a library that asks to attach is told: 0, 9 (module not loaded), 18 (other version), or the staged
  /// code.
  int attach_code() const;

  /// The first open initialises; every open counts. An open that failed counts nothing.
  Opening open(std::size_t gpu);
  /// The last close lets the GPU fall back to its defaults, unless persistence holds it.
  void close(std::size_t gpu);
  /// An initialisation whose time has come; 0 or the code that opening then answers.
  int finish_initialization(std::size_t gpu);
  /// Turning it on initialises the GPU. Returns the code of that.
  int set_persistence(std::size_t gpu, bool enabled);
  /// open() that waits for nobody: the initialisation is over at once.
  int open_now(std::size_t gpu);
  int reset(std::size_t gpu);
  /// Binds to a driver by name, "" unbinds. False when somebody holds the GPU.
  bool bind(std::size_t gpu, const std::string& driver);
  /// Takes the GPU off the bus, as a write to its sysfs `remove`. False when somebody holds it.
  bool remove(std::size_t gpu);
  /// Finds again what was removed, and lets the loaded driver take what no driver has.
  void rescan();

  /// Loads or unloads a module with what it needs. Errors: kUsage (no such module), kDenied (in use).
  Status load_module(const std::string& name);
  Status unload_module(const std::string& name);
  bool is_loaded(const std::string& name) const;
  /// Starts or stops the fabric manager. A GPU has joined its fabric while one runs. False where none is
  /// installed.
  bool run_fabric_manager(FabricManager wanted);
  /// New libraries on disk, as a package upgrade brings them; the loaded module stays.
  void upgrade_libraries(const std::string& version);

  /// A process that works holds its GPU open. Returns the code of that open.
  int add_work(Work work);
  void change_work(std::uint64_t owner, std::size_t gpu, unsigned pid,
                   const std::function<void(Work&)>& change);
  void end_work(std::uint64_t owner);
  /// Ends what this owner does on one GPU.
  void end_work(std::uint64_t owner, std::size_t gpu);
  /// Writes the processes and utilisation that follow from the work.
  void publish_work(std::size_t gpu);
  const std::vector<Work>& works() const { return works_; }

  /// One step of the physics. False when nothing moves any more and nobody needs to call again.
  bool step(std::int64_t now_ns);
  bool moving() const { return moving_; }
  /// Something changed: the physics goes on from now, not from when it came to rest.
  void wake();
  /// A GPU keeps the values of its file until something touches it: work, a limit, a fault.
  void touch(std::size_t gpu) { touched_[gpu] = 1, wake(); }
  /// Driver seconds per second.
  void set_speed(double speed);
  /// The scenario's own MIG instances, counters and processes; these hold their GPUs, and the values of the
  /// file stay.
  void start_recorded();

  /// A line of the staged kernel, and an event for those who wait for its kind.
  void print(unsigned priority, const std::string& text);
  void raise(std::size_t gpu, std::uint64_t type, std::uint64_t data);
  void on_event(std::function<void(const channel::Event&)> tell) { tell_ = std::move(tell); }
  /// "0000:01:00" as the driver writes it into its log.
  std::string log_name(std::size_t gpu) const;
  void xid(std::size_t gpu, unsigned number, const std::string& text, unsigned pid = 0);

  /// Everything changed that /proc, /sys or /dev show since the last call.
  bool take_machine_change() { return std::exchange(machine_changed_, false); }
  void machine_changed() { machine_changed_ = true; }
  /// The same for what only opens and closes changed: use counts, files that a GPU has while it is
  /// initialised.
  bool take_use_change() { return std::exchange(use_changed_, false); }
  Machine machine() const;

  // What faults stage.
  bool nodes_present = true, firmware_present = true, persistence_daemon = false;
  unsigned node_mode = 0666;
  ModuleFiles module_files = ModuleFiles::kGood;
  FabricManager fabric_manager = FabricManager::kNone;
  std::vector<int> init_failure;         // by GPU: the code that initialising answers, 0 for none
  std::vector<unsigned> init_ms;         // by GPU
  std::vector<std::string> bound;        // by GPU: driver
  std::vector<std::string> numa_status;  // by GPU: of its memory as a NUMA node
  std::vector<char> power_brake;         // by GPU

  // What root wrote into files of sysfs and procfs.
  std::vector<std::string> driver_override;  // by GPU; "" for none
  std::vector<std::string> gpu_registry;     // by GPU: "key1, key2"
  std::string registry;                      // of the module
  std::string power_state;                   // "suspend" or "hibernate" until "resume"; "" while it runs
  std::map<std::string, std::vector<std::pair<unsigned, unsigned>>> new_ids;  // by driver: vendor and device
  /// Would the kernel offer this GPU to the driver? By its override, else by the driver's table and new_id.
  bool matches(std::size_t gpu, const std::string& driver) const;
  PhysicalState& physical(std::size_t gpu) { return physical_[gpu]; }

 private:
  Model(Scenario scenario, StatePage state);
  void initialize(std::size_t gpu);
  void deinitialize(std::size_t gpu);
  void apply_pending(channel::Gpu& gpu);
  void forget_volatile(std::size_t gpu);
  void forget_module(std::size_t gpu);
  void count_client(channel::Gpu& gpu, int change);
  void reset_readings(std::size_t gpu, channel::Life life);
  void print_load_lines();
  /// Binds every GPU that waits for the nvidia driver. Errors: kDenied when none is left to it.
  Status probe_gpus();
  std::optional<int> legacy_branch(std::size_t index) const;
  void say_legacy(std::size_t index, int last);
  /// What the kernel, or modprobe before it, says against the installed file.
  Status check_module_file(const std::string& name);
  Status start_driver();
  bool lacks_gsp(std::size_t gpu) const;           // which the open modules need
  bool needs_open_modules(std::size_t gpu) const;  // Blackwell has no others
  void say_needs_open(std::size_t gpu);
  std::vector<MachineModule> machine_modules() const;
  MachineGpu machine_gpu(std::size_t index) const;
  std::vector<MachineInstance> machine_capabilities() const;

  std::shared_ptr<Scenario> owned_;  // shared with the machines that machine() gave away, for their boards
  Scenario& scenario_;
  StatePage state_;
  KernelLog log_;
  std::vector<LoadedModule> modules_;
  std::vector<std::int64_t> ready_ns_;  // by GPU, while initialising
  std::vector<Work> works_;
  std::vector<PhysicalState> physical_;  // by GPU
  std::function<void(const channel::Event&)> tell_;
  std::vector<char> touched_;    // by GPU
  std::vector<char> minors_;     // taken
  std::vector<char> announced_;  // by GPU: its UUID is in the log
  std::int64_t start_ns_ = 0, last_step_ns_ = 0;
  bool moving_ = true, machine_changed_ = true, use_changed_ = false;
};

}  // namespace nvstack::virt
