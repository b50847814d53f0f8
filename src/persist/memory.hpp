// What the start needed and the life of the daemon does not: freed heap, and the pages of code that ran once.
#pragma once

namespace nvstack::persist {

/// Gives the pages back to the kernel; what is needed again is mapped again from the page cache.
void give_back_start_memory();

}  // namespace nvstack::persist
