// A kernel in a test: PTX text, a flat piece of global memory, and the launch.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "virtcuda/ptx_machine.hpp"

namespace nvstack::virtcuda::test {

inline constexpr std::uint64_t kBase = 0x7f0000000000;

struct Kernel {
  Program program;
  Diagnostics diagnostics;
  std::vector<std::uint8_t> memory, parameters;
  Launch launch;

  explicit Kernel(std::string_view text, std::size_t memory_bytes = 1 << 16, Accepts accepts = {})
      : memory(memory_bytes) {
    compile(text, accepts, program, diagnostics);
    launch.program = &program;
    launch.memory = {find, this};
    place_variables();
  }
  static bool find(const void* owner, std::uint64_t address, MemoryWindow& window) {
    auto& memory = const_cast<Kernel*>(static_cast<const Kernel*>(owner))->memory;
    window = {kBase, memory.size(), memory.data()};
    return address >= kBase && address < kBase + memory.size();
  }
  /// Variables lie at the end of memory, one after another.
  void place_variables() {
    std::vector<std::uint64_t> places;
    std::uint64_t top = memory.size();
    for (const GlobalVariable& variable : program.variables) {
      top += (16 - top % 16) % 16;
      places.push_back(kBase + top);
      memory.resize(top + variable.bytes);
      std::copy(variable.initial.begin(), variable.initial.end(), memory.begin() + static_cast<long>(top));
      top = memory.size();
    }
    for (const Relocation& relocation : program.relocations) {
      const std::uint64_t value = places[relocation.variable] + static_cast<std::uint64_t>(relocation.addend);
      if (relocation.function != kInVariable)
        program.functions[relocation.function].frame[relocation.at] = value;
      else
        std::memcpy(&memory[places[relocation.holder] - kBase + relocation.at], &value, 8);
    }
  }
  template <typename T>
  Kernel& with(T value) {
    const std::size_t at = (parameters.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    parameters.resize(at + sizeof(T));
    std::memcpy(&parameters[at], &value, sizeof(T));
    return *this;
  }
  template <typename T>
  T* at(std::size_t offset) {
    return reinterpret_cast<T*>(memory.data() + offset);
  }
  Outcome run(std::string_view name, std::initializer_list<std::uint32_t> grid,
              std::initializer_list<std::uint32_t> block) {
    for (std::size_t i = 0; i < program.functions.size(); ++i)
      if (program.functions[i].name == name) launch.entry = static_cast<std::uint32_t>(i);
    std::copy(grid.begin(), grid.end(), launch.grid);
    std::copy(block.begin(), block.end(), launch.block);
    parameters.resize(
        std::max<std::size_t>(parameters.size(), program.functions[launch.entry].parameter_bytes));
    launch.parameters = parameters.data();
    return virtcuda::run(launch);
  }
};

/// The body of a kernel `k` with one pointer parameter, loaded into %rd1; its thread's number is in %r1.
inline std::string body(std::string_view statements) {
  std::string text = R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry k(.param .u64 k_param_0)
{
  .reg .pred %p<16>;
  .reg .b16 %rs<32>;
  .reg .b32 %r<64>;
  .reg .f32 %f<32>;
  .reg .b64 %rd<32>;
  .reg .f64 %fd<32>;
  ld.param.u64 %rd1, [k_param_0];
  mov.u32 %r1, %tid.x;
)";
  text += statements;
  text += "\n  ret;\n}\n";
  return text;
}

}  // namespace nvstack::virtcuda::test
