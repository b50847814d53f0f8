// Where a GPU sits on the PCI bus, in NVML's layouts and spellings.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

struct BusId {
  unsigned domain = 0, bus = 0, device = 0;
  bool operator==(const BusId&) const = default;
};
BusId bus_id_of(const Gpu& gpu);
/// "00000000:01:00.0" in `out` of 32 bytes, "0000:01:00.0" in `legacy` of 16; either may be NULL.
void write_bus_id(const BusId& id, char* out, char* legacy);
nvmlPciInfo_t pci_of(const Gpu& gpu);
/// The GPU at a place, bound or not; gpu_count when nothing is there.
std::size_t position_at(const channel::Page& state, const BusId& id);
/// The index of a GPU among the visible ones, or of a MIG device on its GPU.
unsigned index_of(const Target& target);

}  // namespace nvstack::virtml
