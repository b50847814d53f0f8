// Which reading holds the clock of each domain (nvmlClockType_t), for each kind of clock. kCount: no such
// clock.
#pragma once

#include "abi/nvml.h"
#include "channel/state.hpp"

namespace nvstack::virtml {

struct ClockReadings {
  channel::ReadingId by_domain[NVML_CLOCK_COUNT];
};
inline constexpr ClockReadings kCurrentClocks = {
    {channel::ReadingId::clock_graphics_mhz, channel::ReadingId::clock_sm_mhz,
     channel::ReadingId::clock_memory_mhz, channel::ReadingId::clock_video_mhz}};
inline constexpr ClockReadings kMaxClocks = {
    {channel::ReadingId::clock_graphics_max_mhz, channel::ReadingId::clock_sm_max_mhz,
     channel::ReadingId::clock_memory_max_mhz, channel::ReadingId::clock_video_max_mhz}};
inline constexpr ClockReadings kApplicationClocks = {
    {channel::ReadingId::clock_graphics_application_mhz, channel::ReadingId::clock_graphics_application_mhz,
     channel::ReadingId::clock_memory_application_mhz, channel::ReadingId::kCount}};
inline constexpr ClockReadings kDefaultApplicationClocks = {
    {channel::ReadingId::clock_graphics_application_default_mhz,
     channel::ReadingId::clock_graphics_application_default_mhz,
     channel::ReadingId::clock_memory_application_default_mhz, channel::ReadingId::kCount}};
inline constexpr ClockReadings kBoostClocks = {
    {channel::ReadingId::clock_graphics_boost_max_mhz, channel::ReadingId::clock_graphics_boost_max_mhz,
     channel::ReadingId::clock_memory_boost_max_mhz, channel::ReadingId::kCount}};

}  // namespace nvstack::virtml
