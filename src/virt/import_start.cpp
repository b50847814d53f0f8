// What goes on in an imported GPU, as a scenario's tables: counters, processes, MIG instances; and its
// memory, so that the sums round as they were shown.
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

constexpr std::int64_t kMib = 1 << 20;

std::uint64_t held_by(const ImportedGpu& gpu, std::optional<unsigned> instance) {
  std::uint64_t mib = 0;
  for (const ImportedProcess& process : gpu.processes)
    if (!instance || process.gpu_instance == instance) mib += process.memory_mib;
  return mib;
}

/// The devices of one GPU instance, in order.
std::vector<const ImportedMigDevice*> devices_of(const ImportedGpu& gpu, unsigned instance) {
  std::vector<const ImportedMigDevice*> found;
  for (const ImportedMigDevice& device : gpu.mig_devices)
    if (device.gpu_instance == instance) found.push_back(&device);
  return found;
}

/// By memory and multiprocessors; by memory alone where compute instances do not fill it.
const BoardProfile* profile_of(const Board& board, const std::vector<const ImportedMigDevice*>& devices) {
  unsigned multiprocessors = 0;
  for (const ImportedMigDevice* device : devices) multiprocessors += device->multiprocessors;
  const BoardProfile* found = nullptr;
  for (const BoardProfile& profile : board.profiles) {
    const bool same_memory = profile.memory_mib == devices[0]->total_mib;
    if (same_memory && profile.multiprocessors == multiprocessors) return &profile;
    if (!found && (same_memory || profile.multiprocessors == multiprocessors)) found = &profile;
  }
  return found;
}

/// A MiB more or less in the sum says that what is used was not whole.
std::uint64_t used_bytes(const ImportedMigDevice& device) {
  const auto sum = static_cast<std::int64_t>(device.used_mib) + device.free_mib.value_or(0);
  const std::int64_t off = device.free_mib ? sum - static_cast<std::int64_t>(device.total_mib) : 0;
  const std::uint64_t whole = device.used_mib << 20, half = 1 << 19;
  if (off == 1 && whole >= half) return whole - half;
  return off == -1 ? whole + half : whole;
}

std::string instance_text(const ImportedGpu& gpu, const Board& board, unsigned instance) {
  const auto devices = devices_of(gpu, instance);
  const BoardProfile* profile = devices.empty() ? nullptr : profile_of(board, devices);
  if (!profile || profile->multiprocessors == 0) return "";
  std::vector<std::string> slices;
  for (const ImportedMigDevice* device : devices)
    slices.push_back(std::to_string(std::max(1l, std::lround(static_cast<double>(device->multiprocessors) *
                                                             profile->slices / profile->multiprocessors))));
  const std::uint64_t held = held_by(gpu, instance) << 20, used = used_bytes(*devices[0]);
  return "[[gpu.instance]]\nprofile = \"" + profile->name + "\"\nid = " + std::to_string(instance) +
         "\ncompute_slices = [" + join(slices, ", ") +
         "]\nused_bytes = " + std::to_string(used > held ? used - held : 0) + "\n";
}

std::string process_text(const ImportedProcess& process) {
  const bool known =
      process.type == "C" || process.type == "G" || process.type == "C+G" || process.type == "M+C";
  std::string text = "[[gpu.process]]\npid = " + std::to_string(process.pid) + "\ntype = \"" +
                     (known ? process.type : "C") + "\"\nname = " + toml_quoted(process.name) +
                     "\nmemory_mib = " + std::to_string(process.memory_mib) + "\n";
  if (process.gpu_instance) text += "gpu_instance = " + std::to_string(*process.gpu_instance) + "\n";
  if (process.compute_instance)
    text += "compute_instance = " + std::to_string(*process.compute_instance) + "\n";
  return text;
}

std::int64_t* bytes_of(ImportedGpu& gpu, const char* name) {
  const auto at = gpu.readings.find(name);
  return at == gpu.readings.end() || at->second.code != 0 ? nullptr : &at->second.value;
}

/// Moves the first value, then the second, by less than a MiB each, until what is left of the sum rounds to
/// `free_mib`. Drivers from 550 on round up, older ones down.
void fit_sum(ImportedGpu& gpu, const char* total, std::vector<const char*> parts,
             std::optional<std::int64_t> free_mib, std::int64_t direction) {
  const std::int64_t* all = bytes_of(gpu, total);
  if (!all || !free_mib) return;
  std::int64_t off = *free_mib * kMib - *all;
  std::erase_if(parts, [&](const char* part) { return !bytes_of(gpu, part) || *bytes_of(gpu, part) <= 0; });
  for (const char* part : parts) off += *bytes_of(gpu, part);
  // "off" is how much the shown parts are too much: one MiB means that they were not whole.
  const auto count = static_cast<std::int64_t>(parts.size());
  if (count == 0 || off * direction <= 0 || off * direction > count * kMib) return;
  for (const char* part : parts) *bytes_of(gpu, part) -= direction * (off * direction - kMib / 4) / count;
}

}  // namespace

void settle_by_branch(ImportedGpu& gpu, unsigned branch) {
  // Up to 520 the board's part number was shown under the GPU's name.
  if (branch < 525 && gpu.texts.contains("gpu_part_number"))
    gpu.texts.emplace("board_part_number", gpu.texts["gpu_part_number"]);
  const std::int64_t direction = branch >= 550 ? 1 : -1;
  fit_sum(gpu, "memory_total_bytes", {"memory_reserved_bytes", "memory_used_bytes"}, gpu.free_mib, direction);
  fit_sum(gpu, "bar1_total_bytes", {"bar1_used_bytes"}, gpu.bar1_free_mib, direction);
  // What the processes hold is counted when they are staged.
  if (std::int64_t* used = bytes_of(gpu, "memory_used_bytes"))
    *used = std::max<std::int64_t>(*used - static_cast<std::int64_t>(held_by(gpu, std::nullopt)) * kMib, 0);
}

std::string render_start(const ImportedGpu& gpu, const Board* board) {
  std::string text;
  if (!gpu.counters.empty()) text += "[gpu.counters]\n";
  for (const auto& [name, value] : gpu.counters) text += name + " = " + std::to_string(value) + "\n";
  for (const ImportedProcess& process : gpu.processes)
    if (process.pid != 0) text += process_text(process);
  std::vector<unsigned> made;
  for (const ImportedMigDevice& device : gpu.mig_devices) {
    if (!board || !device.gpu_instance ||
        std::find(made.begin(), made.end(), *device.gpu_instance) != made.end())
      continue;
    made.push_back(*device.gpu_instance);
    text += instance_text(gpu, *board, *device.gpu_instance);
  }
  return text;
}

}  // namespace nvstack::virt
