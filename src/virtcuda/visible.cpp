#include "virtcuda/visible.hpp"

#include <strings.h>

#include <algorithm>
#include <tuple>

namespace nvstack::virtcuda {

namespace {

using channel::Gpu, channel::Page, channel::ReadingId;

bool usable(const Gpu& gpu) {
  constexpr std::uint32_t kWanted = channel::kPresent | channel::kBound;
  return (gpu.flags & kWanted) == kWanted && !(gpu.flags & (channel::kExcluded | channel::kLost));
}

std::int64_t number(const Gpu& gpu, ReadingId id) {
  return channel::reading(gpu, id).code ? 0 : channel::reading(gpu, id).value;
}

bool in_mig_mode(const Gpu& gpu) {
  return number(gpu, ReadingId::mig_mode) == 1;
}

/// What FASTEST_FIRST compares: arithmetic units times clock.
double speed_of(const Gpu& gpu) {
  const std::int64_t clock =
      std::max(number(gpu, ReadingId::clock_sm_max_mhz), number(gpu, ReadingId::clock_graphics_max_mhz));
  return static_cast<double>(number(gpu, ReadingId::cores)) *
         static_cast<double>(std::max<std::int64_t>(clock, 1));
}

std::vector<VisibleDevice> instances_of(const Page& page) {
  std::vector<VisibleDevice> found;
  for (unsigned i = 0; i < page.gpu_count; ++i) {
    if (!usable(page.gpus[i]) || !in_mig_mode(page.gpus[i])) continue;
    for (unsigned g = 0; g < channel::kInstancesMax; ++g)
      for (unsigned c = 0; c < channel::kComputeInstancesMax; ++c)
        if (page.gpus[i].instances[g].used && page.gpus[i].instances[g].compute[c].used)
          found.push_back({i, g, c});
  }
  return found;
}

std::vector<VisibleDevice> whole_gpus(const Page& page, const char* order) {
  std::vector<VisibleDevice> found;
  for (unsigned i = 0; i < page.gpu_count; ++i)
    if (usable(page.gpus[i]) && !in_mig_mode(page.gpus[i])) found.push_back({i});
  const auto by_address = [&](const VisibleDevice& a, const VisibleDevice& b) {
    const Gpu &x = page.gpus[a.position], &y = page.gpus[b.position];
    return std::tie(x.domain, x.bus, x.device) < std::tie(y.domain, y.bus, y.device);
  };
  std::stable_sort(found.begin(), found.end(), by_address);
  if (!order || ::strcasecmp(order, "PCI_BUS_ID") != 0)
    std::stable_sort(found.begin(), found.end(), [&](const VisibleDevice& a, const VisibleDevice& b) {
      return speed_of(page.gpus[a.position]) > speed_of(page.gpus[b.position]);
    });
  return found;
}

bool same(const VisibleDevice& a, const VisibleDevice& b) {
  return a.position == b.position && a.gpu_instance == b.gpu_instance &&
         a.compute_instance == b.compute_instance;
}

std::string_view trimmed(std::string_view word) {
  while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
  while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
  return word;
}

/// A number among `gpus`, or the beginning of exactly one UUID. False when the word names none.
bool find_device(const Page& page, std::string_view word, const std::vector<VisibleDevice>& gpus,
                 const std::vector<VisibleDevice>& instances, VisibleDevice& device) {
  if (word.starts_with("GPU-") || word.starts_with("MIG-")) {
    const auto& candidates = word.starts_with("MIG-") ? instances : gpus;
    unsigned matches = 0;
    for (const VisibleDevice& candidate : candidates)
      if (std::string_view(uuid_of(page, candidate)).starts_with(word)) {
        device = candidate;
        ++matches;
      }
    return matches == 1;
  }
  std::size_t index = 0;
  if (word.empty() || word.size() > 6) return false;
  for (const char c : word) {
    if (c < '0' || c > '9') return false;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  if (index >= gpus.size()) return false;
  device = gpus[index];
  return true;
}

}  // namespace

const char* uuid_of(const Page& page, const VisibleDevice& device) {
  const Gpu& gpu = page.gpus[device.position];
  return device.is_mig() ? gpu.instances[device.gpu_instance].compute[device.compute_instance].uuid
                         : channel::text(gpu, channel::TextId::uuid);
}

std::vector<VisibleDevice> visible_devices(const Page& page, const VisibleWords& words) {
  const std::vector<VisibleDevice> gpus = whole_gpus(page, words.order), instances = instances_of(page);
  if (!words.devices) {
    if (!gpus.empty() || instances.empty()) return gpus;
    return {instances.front()};  // one process, one instance
  }
  std::vector<VisibleDevice> chosen;
  std::string_view rest = words.devices;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view word = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    VisibleDevice device;
    if (!find_device(page, word, gpus, instances, device)) break;
    if (std::any_of(chosen.begin(), chosen.end(),
                    [&](const VisibleDevice& other) { return same(other, device); }))
      return {};
    if (!chosen.empty() && (device.is_mig() || chosen.front().is_mig())) break;
    chosen.push_back(device);
  }
  return chosen;
}

}  // namespace nvstack::virtcuda
