// The two fences that need tables of their own: system calls (seccomp) and places to write (Landlock).
#pragma once

#include "persist/rights.hpp"

namespace nvstack::persist {

/// Calls that a daemon which holds descriptors never needs are answered with EPERM. False when the kernel
/// refuses.
bool fence_calls(const Fence& fence);
/// Nothing is written outside of the fence's folders and devices. False when the kernel has no Landlock.
bool fence_folders(const Fence& fence);

}  // namespace nvstack::persist
