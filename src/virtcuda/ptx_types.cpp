#include "virtcuda/ptx_types.hpp"

#include <array>

namespace nvstack::virtcuda {

namespace {

struct TypeRow {
  std::string_view name;
  std::uint8_t bytes;
};
// In the order of Type.
constexpr std::array<TypeRow, 18> kTypes = {{{"", 0},
                                             {"pred", 1},
                                             {"b8", 1},
                                             {"u8", 1},
                                             {"s8", 1},
                                             {"b16", 2},
                                             {"u16", 2},
                                             {"s16", 2},
                                             {"f16", 2},
                                             {"b32", 4},
                                             {"u32", 4},
                                             {"s32", 4},
                                             {"f32", 4},
                                             {"f16x2", 4},
                                             {"b64", 8},
                                             {"u64", 8},
                                             {"s64", 8},
                                             {"f64", 8}}};
static_assert(static_cast<std::size_t>(Type::kF64) + 1 == kTypes.size());

}  // namespace

Type find_type(std::string_view word) {
  for (std::size_t i = 1; i < kTypes.size(); ++i)
    if (kTypes[i].name == word) return static_cast<Type>(i);
  return Type::kNone;
}

std::string_view name_of(Type type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}
std::uint32_t bytes_of(Type type) {
  return kTypes[static_cast<std::size_t>(type)].bytes;
}

bool is_float(Type type) {
  return type == Type::kF16 || type == Type::kF32 || type == Type::kF64 || type == Type::kF16x2;
}

bool is_signed(Type type) {
  return type == Type::kS8 || type == Type::kS16 || type == Type::kS32 || type == Type::kS64;
}

bool Diagnostics::fail(std::uint32_t line, std::string_view message, CUresult why) {
  if (code != CUDA_SUCCESS) return false;
  code = why;
  // The shape of ptxas' own lines, which programs show to people as they are.
  log = "ptxas application ptx input, line " + std::to_string(line) + "; error   : ";
  log.append(message.substr(0, 400));
  log += "\nptxas fatal   : Ptx assembly aborted due to errors";
  return false;
}

}  // namespace nvstack::virtcuda
