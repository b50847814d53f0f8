// --query-gpu: who a GPU is and how it is set. Names, aliases and units are those of R590 to R610
// --help-query-gpu.
#include "smi/fields.hpp"

namespace nvstack::smi {

namespace {

// clang-format off
constexpr FieldRow kRows[] = {
    {"timestamp", "", "", read_timestamp, {}, "When the question was asked, as YYYY/MM/DD HH:MM:SS.msec."},
    {"driver_version", "", "", read_driver_version, {}, "Version of the driver. R610 and later call it kmd_version."},
    {"kmd_version", "", "", read_driver_version, {}, "Version of the kernel mode driver.", 610},
    {"vgpu_driver_capability.heterogenous_multivGPU", "", "", read_vgpu_capability, {.part = 0, .location = 1},
     "Whether the driver can run vGPUs of different types for one virtual machine."},
    {"count", "", "", read_count, {}, "How many GPUs the driver has."},
    {"name", "gpu_name", "", read_text, {.function = "nvmlDeviceGetName"}, "Product name."},
    {"serial", "gpu_serial", "", read_text, {.function = "nvmlDeviceGetSerial"},
     "Serial number that is printed on the board."},
    {"uuid", "gpu_uuid", "", read_text, {.function = "nvmlDeviceGetUUID"},
     "Identifier that never changes and belongs to this GPU alone."},
    {"pci.bus_id", "gpu_bus_id", "", read_pci, {.part = kBusId},
     "PCI address as domain:bus:device.function, hexadecimal."},
    {"pci.domain", "", "", read_pci, {.part = kDomain}, "PCI domain, hexadecimal."},
    {"pci.bus", "", "", read_pci, {.part = kBus}, "PCI bus, hexadecimal."},
    {"pci.device", "", "", read_pci, {.part = kDevice}, "PCI device, hexadecimal."},
    {"pci.baseClass", "", "", read_pci, {.part = kBaseClass}, "PCI base class, hexadecimal."},
    {"pci.subClass", "", "", read_pci, {.part = kSubClass}, "PCI sub class, hexadecimal."},
    {"pci.device_id", "", "", read_pci, {.part = kDeviceId}, "PCI device and vendor id, hexadecimal."},
    {"pci.sub_device_id", "", "", read_pci, {.part = kSubsystem}, "PCI subsystem device and vendor id, hexadecimal."},
    {"vgpu_device_capability.fractional_multiVgpu", "", "", read_vgpu_capability, {.part = 0},
     "Whether fractional vGPUs may share one virtual machine."},
    {"vgpu_device_capability.heterogeneous_timeSlice_profile", "", "", read_vgpu_capability, {.part = 1},
     "Whether time-sliced vGPUs of different types may run together."},
    {"vgpu_device_capability.heterogeneous_timeSlice_sizes", "", "", read_vgpu_capability, {.part = 2},
     "Whether time-sliced vGPUs with different memory sizes may run together."},
    {"vgpu_device_capability.homogeneous_placements", "", "", read_vgpu_capability, {.part = 9},
     "Whether placements of equal time-sliced vGPUs are reported."},
    {"vgpu_device_capability.mig_timeSlicing", "", "", read_vgpu_capability, {.part = 10},
     "Whether vGPUs can be time-sliced on MIG."},
    {"vgpu_device_capability.mig_timeSlicing_mode", "", "", read_vgpu_capability, {.part = 11},
     "Whether time slicing on MIG is on."},
    {"pcie.link.gen.current", "", "", read_number, {.function = "nvmlDeviceGetCurrPcieLinkGeneration"},
     "PCIe generation the link runs at now; lower when idle. Use pcie.link.gen.gpucurrent."},
    {"pcie.link.gen.gpucurrent", "", "", read_number, {.function = "nvmlDeviceGetCurrPcieLinkGeneration"},
     "PCIe generation the link runs at now; lower when idle."},
    {"pcie.link.gen.max", "", "", read_number, {.function = "nvmlDeviceGetMaxPcieLinkGeneration"},
     "Highest PCIe generation that GPU and slot can do together."},
    {"pcie.link.gen.gpumax", "", "", read_number, {.function = "nvmlDeviceGetGpuMaxPcieLinkGeneration"},
     "Highest PCIe generation of the GPU."},
    {"pcie.link.gen.hostmax", "", "", read_host_link_max, {}, "Highest PCIe generation of the port above the GPU."},
    {"pcie.link.width.current", "", "", read_number, {.function = "nvmlDeviceGetCurrPcieLinkWidth"},
     "PCIe lanes in use."},
    {"pcie.link.width.max", "", "", read_number, {.function = "nvmlDeviceGetMaxPcieLinkWidth"},
     "PCIe lanes that GPU and slot can use together."},
    {"index", "", "", read_index, {}, "Number of the GPU, from 0; may change at each start."},
    {"display_mode", "", "", read_display_mode, {}, "Deprecated."},
    {"display_attached", "", "", read_display_attached, {}, "Whether a monitor is connected to the GPU."},
    {"display_active", "", "", read_enabled, {.function = "nvmlDeviceGetDisplayActive"},
     "Whether memory is set aside for a display, with or without a monitor."},
    {"persistence_mode", "", "", read_enabled, {.function = "nvmlDeviceGetPersistenceMode"},
     "Whether the driver stays initialized while nobody uses the GPU."},
    {"addressing_mode", "", "", read_addressing_mode, {}, "How the GPU reaches system memory: HMM, ATS or None."},
    {"accounting.mode", "", "", read_enabled, {.function = "nvmlDeviceGetAccountingMode"},
     "Whether what each process used is kept."},
    {"accounting.buffer_size", "", "", read_number, {.function = "nvmlDeviceGetAccountingBufferSize"},
     "How many processes accounting keeps."},
    {"driver_model.current", "", "", read_nothing, {}, "Driver model in use; only Windows has several."},
    {"driver_model.pending", "", "", read_nothing, {}, "Driver model after the next start; only Windows has several."},
    {"vbios_version", "", "", read_text, {.function = "nvmlDeviceGetVbiosVersion"}, "Version of the board BIOS."},
    {"inforom.img", "inforom.image", "", read_text, {.function = "nvmlDeviceGetInforomImageVersion"},
     "Version of the infoROM image."},
    {"inforom.oem", "", "", read_inforom, {.part = NVML_INFOROM_OEM}, "Version of the infoROM OEM object."},
    {"inforom.ecc", "", "", read_inforom, {.part = NVML_INFOROM_ECC}, "Version of the infoROM ECC object."},
    {"inforom.pwr", "inforom.power", "", read_inforom, {.part = NVML_INFOROM_POWER},
     "Version of the infoROM power object."},
    {"inforom.checksum_validation", "", "", read_inforom_valid, {}, "Whether the infoROM checksum is right."},
    {"reset_status.reset_required", "", "", read_reset_status, {.part = NVML_FI_DEV_RESET_STATUS},
     "Whether the GPU needs a reset (R525 to R575)."},
    {"reset_status.drain_and_reset_recommended", "", "", read_reset_status, {.part = NVML_FI_DEV_DRAIN_AND_RESET_STATUS},
     "Whether draining and a reset are advised (R525 to R575)."},
    {"gpu_recovery_action", "", "", read_recovery_action, {}, "What would bring the GPU back from a bad state."},
    {"gom.current", "gpu_operation_mode.current", "", read_operation_mode, {.part = 0}, "GPU operation mode in use."},
    {"gom.pending", "gpu_operation_mode.pending", "", read_operation_mode, {.part = 1},
     "GPU operation mode after the next start."},
};
// clang-format on

}  // namespace

std::span<const FieldRow> identity_fields() {
  return kRows;
}

}  // namespace nvstack::smi
