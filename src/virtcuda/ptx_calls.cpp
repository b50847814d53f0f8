// Calls of .func: frames, and arguments copied from local memory to local memory.
#include <cstring>

#include "virtcuda/ptx_block.hpp"

namespace nvstack::virtcuda {

bool enter(Block& block, Thread& thread, const Operation* next, std::uint32_t call) {
  const Call& made = block.program->calls[call];
  const Function &caller = block.program->functions[thread.function],
                 &callee = block.program->functions[made.function];
  const std::uint32_t base = thread.local_base, fresh = (base + caller.local_bytes + 15) / 16 * 16;
  // A call without local memory costs 64 bytes too: an endless recursion must end.
  const std::size_t end = std::size_t{fresh} + callee.local_bytes + 64;
  if (end > kLocalBytesMax) return false;
  if (thread.local.size() < end) thread.local.resize(end);
  for (std::size_t i = 0; i < made.arguments.size(); ++i)
    std::memmove(&thread.local[fresh + callee.parameters[i].offset], &thread.local[base + made.arguments[i]],
                 callee.parameters[i].bytes);
  Frame frame;
  frame.next = next;
  frame.slots = thread.slots;
  frame.function = thread.function;
  frame.local_base = base;
  frame.call = call;
  frame.callee.reset(new std::uint64_t[callee.frame.size()]);
  std::memcpy(frame.callee.get(), callee.frame.data(), callee.frame.size() * sizeof(std::uint64_t));
  std::memcpy(frame.callee.get(), thread.slots, kFirstFree * sizeof(std::uint64_t));
  thread.slots = frame.callee.get();
  thread.slots[kFrame] = fresh;
  thread.local_base = fresh;
  thread.function = made.function;
  thread.next = block.program->operations.data() + callee.first;
  thread.frames.push_back(std::move(frame));
  return true;
}

void leave(Block& block, Thread& thread) {
  const Frame frame = std::move(thread.frames.back());
  thread.frames.pop_back();
  const Call& made = block.program->calls[frame.call];
  const Function& callee = block.program->functions[made.function];
  for (std::size_t i = 0; i < made.results.size(); ++i)
    std::memmove(&thread.local[frame.local_base + made.results[i]],
                 &thread.local[thread.local_base + callee.results[i].offset], callee.results[i].bytes);
  thread.slots = frame.slots;
  thread.local_base = frame.local_base;
  thread.function = frame.function;
  thread.next = frame.next;
}

}  // namespace nvstack::virtcuda
