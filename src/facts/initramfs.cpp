#include "facts/initramfs.hpp"

#include "base/text.hpp"
#include "facts/modules.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kKernelsMax = 16;  // the newest; each image may take seconds to unpack
constexpr std::size_t kNamesMax = 2000;  // of one kind

/// Where the distributions put the image of a kernel. Arch names it by the kernel's package.
std::vector<std::string> candidates(const host::Host& host, const std::string& kernel) {
  std::vector<std::string> paths = {"/boot/initrd.img-" + kernel, "/boot/initramfs-" + kernel + ".img",
                                    "/boot/initrd-" + kernel, "/lib/modules/" + kernel + "/initrd"};
  const auto base = host::read_line(host, "/lib/modules/" + kernel + "/pkgbase");
  if (base && !base->empty() && !contains(*base, "/") && !has_control_bytes(*base))
    paths.push_back("/boot/initramfs-" + *base + ".img");
  else if (contains(kernel, "-arch"))
    paths.push_back("/boot/initramfs-linux.img");
  return paths;
}

void add(std::vector<std::string>& names, std::string_view name) {
  if (names.size() < kNamesMax) names.push_back(printable(name));
}

}  // namespace

Initramfs parse_initramfs_names(std::string_view names, const std::string& kernel, const std::string& path) {
  Initramfs image;
  image.kernel = kernel, image.path = path;
  for (const std::string_view name : split_lines(names)) {
    if (contains(name, "lib/firmware/nvidia/")) add(image.firmware, name);
    if (contains(name, "modprobe.d/") && name.ends_with(".conf")) add(image.modprobe_files, name);
    const auto module = module_file_name(name);
    if (!module) continue;
    if (module == "nouveau") image.has_nouveau = true;
    if (module->starts_with("nvidia") && module != "nvidiafb") add(image.nvidia_modules, name);
  }
  return image;
}

Result<std::vector<Initramfs>> read_initramfs(const host::Host& host,
                                              const std::vector<std::string>& kernels) {
  std::vector<Initramfs> images;
  const std::size_t first = kernels.size() > kKernelsMax ? kernels.size() - kKernelsMax : 0;
  for (std::size_t i = first; i < kernels.size(); ++i) {
    for (const std::string& path : candidates(host, kernels[i])) {
      if (!host::exists(host, path)) continue;
      const auto names = host.view(path, host::View::kArchive);
      if (!names && names.error().code == ErrorCode::kNotFound) continue;
      images.push_back(parse_initramfs_names(names ? std::string_view(*names) : "", kernels[i], path));
      if (!names) images.back().error = names.error();
      break;
    }
  }
  return images;
}

}  // namespace nvstack::facts
