#include "virt/page.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::Page;

void copy_text(char* target, std::size_t size, const std::string& text) {
  std::strncpy(target, text.c_str(), size - 1);
  target[size - 1] = '\0';
}

void fill_page(Page& page, const Scenario& scenario) {
  page.layout = channel::kLayout;
  page.gpu_size = sizeof(Gpu);
  page.gpu_count = page.gpu_capacity = static_cast<std::uint32_t>(scenario.gpus.size());
  page.switches = static_cast<std::uint32_t>(scenario.switches.size());
  page.speed = 1;
  page.base_ns = page.base_real_ns = channel::monotonic_ns();
  copy_text(page.driver_version, sizeof page.driver_version, scenario.driver.version);
  set_library_version(page, scenario.driver.library_version);
}

}  // namespace

Result<StatePage> StatePage::create(const Scenario& scenario) {
  StatePage state;
  state.bytes_ = sizeof(Page) + scenario.gpus.size() * sizeof(Gpu);
  state.memory_ = Fd(::memfd_create("nvstack-virt-state", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!state.memory_.valid() || ::ftruncate(state.memory_.number(), static_cast<off_t>(state.bytes_)) != 0)
    return fail(errno_error(errno, "make the state page"));
  void* mapped = ::mmap(nullptr, state.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, state.memory_.number(), 0);
  if (mapped == MAP_FAILED) return fail(errno_error(errno, "map the state page"));
  state.page_ = new (mapped) Page;  // the file's zeros are the values of all members
  // No later mapping may write: a client that could would be a driver.
  ::fcntl(state.memory_.number(), F_ADD_SEALS,
          F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  const std::string path = "/proc/self/fd/" + std::to_string(state.memory_.number());
  state.read_only_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!state.read_only_.valid()) return fail(errno_error(errno, "open the state page for reading"));
  fill_page(*state.page_, scenario);
  for (std::size_t i = 0; i < scenario.gpus.size(); ++i) fill_gpu(state.gpu(i), scenario, i);
  return state;
}

StatePage::StatePage(StatePage&& other) noexcept
    : memory_(std::move(other.memory_)),
      read_only_(std::move(other.read_only_)),
      page_(std::exchange(other.page_, nullptr)),
      bytes_(other.bytes_) {}

StatePage::~StatePage() {
  if (page_) ::munmap(page_, bytes_);
}

void set_library_version(Page& page, const std::string& version) {
  copy_text(page.library_version, sizeof page.library_version, version);
  const auto versions = branch_versions(version);
  if (!versions) return;
  page.library_branch = versions->branch;
  page.cuda_version = static_cast<std::uint32_t>(versions->cuda);
  copy_text(page.nvml_version, sizeof page.nvml_version,
            std::to_string(versions->cuda / 1000) + "." + version);
  copy_text(page.driver_branch, sizeof page.driver_branch, "r" + std::to_string(versions->branch) + "_00");
}

void set_reading(Gpu& gpu, channel::ReadingId id, std::int64_t value) {
  channel::Reading& reading = channel::reading(gpu, id);
  __atomic_store_n(&reading.value, value, __ATOMIC_RELAXED);  // clients read it meanwhile
  __atomic_store_n(&reading.code, 0, __ATOMIC_RELAXED);
}

std::int64_t value_or(const Gpu& gpu, channel::ReadingId id, std::int64_t otherwise) {
  const channel::Reading& reading = channel::reading(gpu, id);
  const bool known = __atomic_load_n(&reading.code, __ATOMIC_RELAXED) == 0;
  return known ? __atomic_load_n(&reading.value, __ATOMIC_RELAXED) : otherwise;
}

}  // namespace nvstack::virt
