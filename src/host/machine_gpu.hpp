// The `gpu` line of machine.txt: one line that stands for the two dozen sysfs files of a PCI function.
#pragma once

#include <string_view>

#include "host/image.hpp"

namespace nvstack::host {

/// "0000:01:00.0 10de:2684:10de:16f3 driver=nvidia class=030000 numa=0 speed=16.0 speed_max=16.0 width=16
/// width_max=16 power=active control=on iommu=12 bar1=32768 boot_vga=1 vf_of=0000:01:00.0 vfs=16" minor=0
/// model=NVIDIA_H100 gsp=580.95.05 excluded=No power_state=D0". All but the first two optional; any other key
/// is a mistake.
Status put_gpu_files(MachineImage& image, std::string_view line);

}  // namespace nvstack::host
