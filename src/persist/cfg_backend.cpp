#include <algorithm>
#include <cstdlib>
#include <utility>

#include "abi/nvidia_cfg.h"
#include "base/shared_library.hpp"
#include "persist/backend.hpp"

namespace nvstack::persist {

namespace {

constexpr const char* kLibrary = "libnvidia-cfg.so.1";
constexpr int kGpusMax = 256;

struct Calls {
  decltype(&nvCfgGetPciDevices) list = nullptr;
  decltype(&nvCfgOpenPciDevice) open = nullptr;
  decltype(&nvCfgCloseDevice) close = nullptr;
  decltype(&nvCfgEnableUVMPersistence) enable_uvm = nullptr;
  decltype(&nvCfgDisableUVMPersistence) disable_uvm = nullptr;
};

class CfgHold : public Hold {
 public:
  CfgHold(const Calls& calls, NvCfgDeviceHandle handle) : calls_(calls), handle_(handle) {}
  ~CfgHold() override {
    if (handle_) calls_.close(handle_);
  }
  Status close() override {
    if (handle_ && calls_.close(handle_) != NVCFG_TRUE) return fail(ErrorCode::kIo, "failed to close.");
    handle_ = nullptr;
    return {};
  }
  unsigned set_uvm(bool on) override {
    const auto call = on ? calls_.enable_uvm : calls_.disable_uvm;
    return call ? call(handle_) : kUvmNotSupported;
  }

 private:
  const Calls& calls_;
  NvCfgDeviceHandle handle_;
};

class CfgBackend : public Backend {
 public:
  explicit CfgBackend(SharedLibrary library) : library_(std::move(library)) {}

  template <typename Function>
  Status load(const char* symbol, Function& function) {
    const auto address = library_.require(symbol);
    if (!address)
      return fail(ErrorCode::kNotFound, std::string("Failed to load symbol ") + symbol + " from " + kLibrary +
                                            ": " + address.error().message);
    function = reinterpret_cast<Function>(*address);
    return {};
  }
  Status load_all(Uvm uvm) {
    TRY(load("nvCfgGetPciDevices", calls_.list));
    TRY(load("nvCfgOpenPciDevice", calls_.open));
    TRY(load("nvCfgCloseDevice", calls_.close));
    if (uvm == Uvm::kOff) return {};
    TRY(load("nvCfgEnableUVMPersistence", calls_.enable_uvm));
    TRY(load("nvCfgDisableUVMPersistence", calls_.disable_uvm));
    return {};
  }

  std::string_view name() const override { return "cfg"; }

  Result<std::vector<GpuAddress>> list() override {
    int count = 0;
    NvCfgPciDevice* found = nullptr;
    // The first call of the vendor's library makes missing device nodes, the second finds what they belong
    // to.
    if (!std::exchange(listed_, true) && calls_.list(&count, &found) == NVCFG_TRUE)
      std::free(std::exchange(found, nullptr));
    if (calls_.list(&count, &found) != NVCFG_TRUE) {
      listed_ = false;
      return fail(ErrorCode::kNotFound,
                  "Failed to query NVIDIA devices. Please ensure that the NVIDIA device files (/dev/nvidia*) "
                  "exist, and that user " +
                      std::to_string(::getuid()) + " has read and write permissions for those files.");
    }
    std::vector<GpuAddress> gpus;
    for (int i = 0; found && i < std::min(count, kGpusMax); ++i)
      gpus.push_back({found[i].domain, found[i].bus, found[i].slot});
    std::free(found);
    return gpus;
  }

  Result<std::unique_ptr<Hold>> open(const GpuAddress& gpu) override {
    NvCfgDeviceHandle handle = nullptr;
    if (calls_.open(gpu.domain, gpu.bus, gpu.slot, 0, &handle) != NVCFG_TRUE)
      return fail(ErrorCode::kIo, "failed to open.");
    return std::make_unique<CfgHold>(calls_, handle);
  }

 private:
  SharedLibrary library_;
  Calls calls_;
  bool listed_ = false;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_cfg_backend(const std::string& folder, Uvm uvm) {
  const std::string path = folder.empty() ? kLibrary : folder + "/" + kLibrary;
  auto library = SharedLibrary::open(path);
  if (!library)
    return fail(ErrorCode::kNotFound,
                std::string("Failed to open ") + kLibrary + ": " + library.error().message);
  auto backend = std::make_unique<CfgBackend>(std::move(*library));
  TRY(backend->load_all(uvm));
  return backend;
}

}  // namespace nvstack::persist
