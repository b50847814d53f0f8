// HostEvents: what is written to control files of sysfs and procfs. Each answer is what write(2) fails with,
// as the kernel's and the driver's own store functions answer.
#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "virt/host_events.hpp"
#include "virt/page.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kOverrideBytesMax = 4095;  // a page with its end
constexpr std::size_t kKeyBytesMax = 63;

std::vector<std::string_view> names_of(const std::string& path) {
  return split(path, '/');
}

using Id = std::pair<unsigned, unsigned>;

/// "10de 2684 ..." in hexadecimal, as sscanf("%x %x") reads it.
std::optional<Id> parse_id(std::string_view text) {
  const auto words = split_words(text);
  if (words.size() < 2 || words.size() > 7) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  for (std::string_view word : words) {
    if (word.starts_with("0x")) word.remove_prefix(2);
    const auto number = parse_hex(word);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers[0] > 0xffff || numbers[1] > 0xffff) return std::nullopt;
  return Id{static_cast<unsigned>(numbers[0]), static_cast<unsigned>(numbers[1])};
}

}  // namespace

std::optional<std::size_t> HostEvents::gpu_at(std::string_view bdf) const {
  for (std::size_t i = 0; i < model_.scenario().gpus.size(); ++i)
    if (model_.scenario().gpus[i].bdf == bdf && (model_.page().gpus[i].flags & channel::kPresent)) return i;
  return std::nullopt;
}

int HostEvents::bind(std::string_view driver, std::string_view bdf) {
  const auto gpu = gpu_at(bdf);
  if (!gpu) return ENODEV;
  if (!model_.bound[*gpu].empty()) return EBUSY;
  if (!model_.matches(*gpu, std::string(driver))) return ENODEV;
  return model_.bind(*gpu, std::string(driver)) ? 0 : EBUSY;
}

int HostEvents::unbind(std::string_view driver, std::string_view bdf) {
  const auto gpu = gpu_at(bdf);
  if (!gpu || model_.bound[*gpu] != driver) return ENODEV;
  return model_.bind(*gpu, "") ? 0 : EBUSY;
}

int HostEvents::new_id(const std::string& driver, std::string_view text) {
  const auto id = parse_id(text);
  if (!id) return EINVAL;
  auto& ids = model_.new_ids[driver];
  if (std::find(ids.begin(), ids.end(), *id) != ids.end()) return EEXIST;
  ids.push_back(*id);
  // The kernel offers at once what no driver has.
  for (std::size_t i = 0; i < model_.bound.size(); ++i)
    if ((model_.page().gpus[i].flags & channel::kPresent) && model_.bound[i].empty() &&
        model_.matches(i, driver))
      model_.bind(i, driver);
  return 0;
}

int HostEvents::remove_id(const std::string& driver, std::string_view text) {
  const auto id = parse_id(text);
  if (!id) return EINVAL;
  return std::erase(model_.new_ids[driver], *id) > 0 ? 0 : ENODEV;
}

/// "NAME=VALUE" adds a registry key; the file lists the names.
int HostEvents::set_registry(const std::string& path, std::string_view text) {
  const auto pair = cut(text, "=");
  if (!pair || pair->first.empty() || pair->first.size() > kKeyBytesMax) return EINVAL;
  const std::string key(trim(pair->first));
  if (key.empty() || key.find_first_of(", \"") != std::string::npos) return EINVAL;
  const auto names = names_of(path);
  std::string* keys = &model_.registry;
  if (names.size() > 2 && names[names.size() - 2] != "nvidia") {
    const auto gpu = gpu_at(names[names.size() - 2]);
    if (!gpu) return ENODEV;
    keys = &model_.gpu_registry[*gpu];
  }
  const auto known = split(*keys, ',');
  if (std::any_of(known.begin(), known.end(), [&](std::string_view name) { return trim(name) == key; }))
    return 0;
  *keys += (keys->empty() ? "" : ", ") + key;
  model_.machine_changed();
  return 0;
}

/// The system's sleep as nvidia-suspend.service tells the driver. Another kind of sleep on top of one is
/// refused.
int HostEvents::set_power_state(std::string_view text) {
  if (text != "suspend" && text != "hibernate" && text != "resume") return EINVAL;
  const bool wakes = text == "resume";
  if (!wakes && !model_.power_state.empty() && model_.power_state != text) return EIO;
  model_.power_state = wakes ? "" : text;
  channel::Page& page = model_.page();
  for (std::size_t i = 0; i < page.gpu_count; ++i) {
    const Writing writing(page.gpus[i]);
    if (wakes)
      page.gpus[i].flags &= ~static_cast<std::uint32_t>(channel::kAsleep);
    else
      page.gpus[i].flags |= channel::kAsleep;
  }
  return 0;
}

int HostEvents::written(const NodeOpen& open, std::string_view text) {
  if (open.uid != 0) return EACCES;
  if (open.path == "/dev/kmsg") {
    model_.print(6, std::string(text));
    return 0;
  }
  const auto names = names_of(open.path);
  const std::string_view file = names.back(), folder = names.size() > 1 ? names[names.size() - 2] : "";
  const std::string_view word = trim(text);
  if (file == "bind") return bind(folder, word);
  if (file == "unbind") return unbind(folder, word);
  if (file == "new_id") return new_id(std::string(folder), word);
  if (file == "remove_id") return remove_id(std::string(folder), word);
  if (file == "registry") return set_registry(open.path, text);
  if (file == "suspend") return set_power_state(word);
  if (file == "suspend_depth") return word == "default" || word == "modeset" || word == "uvm" ? 0 : EINVAL;
  if (file == "rescan") {
    if (word != "1") return word == "0" ? 0 : EINVAL;
    model_.rescan();
    return 0;
  }
  const auto gpu = gpu_at(folder);
  if (file == "driver_override" && gpu) {
    if (text.size() >= kOverrideBytesMax) return EINVAL;
    model_.driver_override[*gpu] = word;
    model_.machine_changed();
    return 0;
  }
  if (file == "reset") return word != "1" ? EINVAL : gpu && model_.reset(*gpu) == 0 ? 0 : EBUSY;
  if (file == "remove")
    return word == "0" ? 0 : word != "1" ? EINVAL : gpu && model_.remove(*gpu) ? 0 : EBUSY;
  return 0;
}

}  // namespace nvstack::virt
