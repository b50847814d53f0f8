#include <fcntl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "persist/driver_tree.hpp"
#include "persist/numa.hpp"

namespace nvstack::persist {

namespace {

/// The layout before 560: without the byte that says that the kernel onlines by itself.
struct OldNumaMemory {
  std::int32_t nid, status;
  std::uint64_t memblock_size, numa_mem_addr, numa_mem_size;
  nv_offline_addresses_t offline_addresses;
};
static_assert(sizeof(OldNumaMemory) == 552);

class LiveNumaCalls : public NumaCalls {
 public:
  LiveNumaCalls(int node, std::string root) : node_(node), root_(std::move(root)) {}

  int query(nv_ioctl_numa_info_t& memory) override {
    if (::ioctl(node_, NV_IOCTL_REQUEST(NV_ESC_NUMA_INFO, sizeof memory), &memory) == 0) return 0;
    if (errno != EINVAL) return errno;
    OldNumaMemory old{};
    if (::ioctl(node_, NV_IOCTL_REQUEST(NV_ESC_NUMA_INFO, sizeof old), &old) != 0) return errno;
    std::memcpy(&memory, &old, offsetof(OldNumaMemory, offline_addresses));
    memory.use_auto_online = 0;
    memory.offline_addresses = old.offline_addresses;
    return 0;
  }

  int set_status(int status) override {
    nv_ioctl_set_numa_status_t wanted{status};
    return ::ioctl(node_, NV_IOCTL_REQUEST(NV_ESC_SET_NUMA_STATUS, sizeof wanted), &wanted) == 0 ? 0 : errno;
  }

  int read(const std::string& path, std::string& text) override {
    auto read = read_small_file(root_ + path, 4096);
    if (!read) return EIO;
    text = std::move(*read);
    return 0;
  }

  int write(const std::string& path, const std::string& text) override {
    const Fd file(::open((root_ + path).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!file.valid()) return errno;
    return ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
  }

  bool exists(const std::string& path) override { return ::access((root_ + path).c_str(), F_OK) == 0; }
  std::vector<std::string> list(const std::string& path) override {
    return list_folder(root_ + path, 1u << 20);
  }

 private:
  int node_;
  std::string root_;
};

}  // namespace

std::unique_ptr<NumaCalls> make_numa_calls(int node, const std::string& root) {
  return std::make_unique<LiveNumaCalls>(node, root);
}

}  // namespace nvstack::persist
