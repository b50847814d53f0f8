// One value that nvidia-smi shows becomes a reading, a text or an identity of a GPU. Private to the
// importers.
#pragma once

#include "virt/import.hpp"

namespace nvstack::virt {

enum class ImportFormat { kXml, kQuery, kCsv };

/// "69.85 W" of power in watts as 69850; "N/A", "[N/A]" and their kin as the code they stand for; words of
/// modes as their numbers. Nothing when it is none of these.
std::optional<BoardValue> parse_shown(std::string_view shown, const std::string& reading, std::int64_t scale);

/// Takes what stands at `path` (a CSV's field without its unit) of one GPU. An unknown path is left alone; a
/// known one whose value is not understood is counted in `machine`.
void take_shown(ImportedMachine& machine, ImportedGpu& gpu, ImportFormat format, std::string_view path,
                std::string_view shown);

/// The same for what belongs to a part of the GPU: a process, a MIG device, a counter. False: it does not.
bool take_part(ImportedGpu& gpu, ImportFormat format, std::string_view path, std::string_view shown);

/// The counter (channel::AccrualId by name) that is shown at `path` in microseconds and kept in nanoseconds;
/// "" none.
std::string_view counter_at(ImportFormat format, std::string_view path);

/// What depends on the branch that printed it: part numbers, and bytes whose sum rounds to the free memory as
/// shown; the share of processes is taken out.
void settle_by_branch(ImportedGpu& gpu, unsigned branch);
/// [gpu.counters], [[gpu.process]] and [[gpu.instance]]; instances by the profiles of `board`.
std::string render_start(const ImportedGpu& gpu, const Board* board);
std::string toml_quoted(const std::string& text);

/// One more of the graphics clocks that belong to a memory clock; `count` is how many there are with it. The
/// clocks are shown as whole numbers: steps of 7.5 MHz are known by their mean.
void add_graphics_clock(BoardClocks& row, unsigned mhz, unsigned count);

/// "00000000:01:00.0" as sysfs writes it; "" when it is no address.
std::string shown_address(std::string_view text);

/// "610.57.04 [Deprecated; ...]" as "610.57.04".
std::string shown_version(std::string_view text);

}  // namespace nvstack::virt
