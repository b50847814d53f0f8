// Operands become slots of the frame: registers where they were declared, constants once each, special
// registers and addresses of variables.
#include <array>
#include <bit>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kNoSlot = ~0u;

struct SpecialRow {
  std::string_view name;
  Slot slot;
};
constexpr SpecialRow kSpecials[] = {
    {"%tid.x", kTidX},
    {"%tid.y", kTidY},
    {"%tid.z", kTidZ},
    {"%ntid.x", kNtidX},
    {"%ntid.y", kNtidY},
    {"%ntid.z", kNtidZ},
    {"%ctaid.x", kCtaidX},
    {"%ctaid.y", kCtaidY},
    {"%ctaid.z", kCtaidZ},
    {"%nctaid.x", kNctaidX},
    {"%nctaid.y", kNctaidY},
    {"%nctaid.z", kNctaidZ},
    {"%laneid", kLaneId},
    {"%warpid", kWarpId},
    {"%nwarpid", kNwarpId},
    {"%smid", kSmId},
    {"%nsmid", kNsmId},
    {"%gridid", kGridId},
    {"%lanemask_eq", kLanemaskEq},
    {"%lanemask_le", kLanemaskLe},
    {"%lanemask_lt", kLanemaskLt},
    {"%lanemask_ge", kLanemaskGe},
    {"%lanemask_gt", kLanemaskGt},
    {"%dynamic_smem_size", kDynamicSharedBytes},
    {"%total_smem_size", kTotalSharedBytes},
    {"%clusterid.x", kCtaidX},
    {"%clusterid.y", kCtaidY},
    {"%clusterid.z", kCtaidZ},
    {"%cluster_ctarank", kZero},
};

}  // namespace

const Symbol* Compiler::find_in_range(Scope& scope, std::string_view name) {
  for (const RegisterRange& range : scope.ranges) {
    if (!name.starts_with(range.prefix)) continue;
    std::uint64_t number = 0;
    const std::string_view digits = name.substr(range.prefix.size());
    bool fits = !digits.empty() && digits.size() < 10 && (digits[0] != '0' || digits.size() == 1);
    for (const char c : digits) {
      fits = fits && c >= '0' && c <= '9';
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (!fits || number >= range.count) continue;
    const Symbol symbol{Symbol::Kind::kRegister, range.type, Space::kGeneric, new_slot(), 0, false};
    return &scope.symbols.emplace(name, symbol).first->second;
  }
  return nullptr;
}

const Symbol* Compiler::find(std::string_view name) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->symbols.find(name);
    if (found != scope->symbols.end()) return &found->second;
    if (const Symbol* symbol = find_in_range(*scope, name)) return symbol;
  }
  return nullptr;
}

std::uint32_t Compiler::new_slot(std::uint64_t value) {
  auto& frame = program_.functions[function_].frame;
  frame.push_back(value);
  return static_cast<std::uint32_t>(frame.size() - 1);
}

std::uint32_t Compiler::constant(std::uint64_t value) {
  if (value == 0) return kZero;
  const auto [place, fresh] = constants_.emplace(value, 0);
  if (fresh) place->second = new_slot(value);
  return place->second;
}

/// The slot that holds a variable's address in its own space.
std::uint32_t Compiler::address_of(const Symbol& symbol, std::int64_t addend) {
  if (symbol.space == Space::kGlobal || symbol.space == Space::kConst) {
    const std::uint32_t slot = new_slot();
    program_.relocations.push_back({function_, slot, 0, symbol.index, addend});
    return slot;
  }
  const auto offset = static_cast<std::uint64_t>(symbol.dynamic ? addend : addend + symbol.index);
  if (symbol.space != Space::kLocal && !symbol.dynamic) return constant(offset);
  const std::uint32_t slot = new_slot();
  emit(Code::add_u64, 0, slot, symbol.dynamic ? kDynamicShared : kFrame, constant(offset));
  return slot;
}

bool Compiler::check_width(const Instruction& instruction, const Symbol& symbol, Type type) {
  const bool same =
      (symbol.type == Type::kPred) == (type == Type::kPred) && bytes_of(symbol.type) == bytes_of(type);
  return type == Type::kNone || same ||
         fail_at(instruction.line,
                 "Arguments mismatch for instruction '" + std::string(instruction.words[0]) + "'");
}

/// type: what the instruction wants to read; kNone for any width.
std::uint32_t Compiler::source(const Instruction& instruction, const Operand& operand, Type type) {
  std::uint32_t slot = kNoSlot;
  if (operand.kind == Operand::Kind::kInteger) {
    slot = constant(operand.bits);
  } else if (operand.kind == Operand::Kind::kFloat32) {
    const double wide = std::bit_cast<float>(static_cast<std::uint32_t>(operand.bits));
    slot = constant(type == Type::kF64 ? std::bit_cast<std::uint64_t>(wide) : operand.bits);
  } else if (operand.kind == Operand::Kind::kFloat64) {
    const auto narrow = static_cast<float>(std::bit_cast<double>(operand.bits));
    slot = constant(type == Type::kF32 ? std::bit_cast<std::uint32_t>(narrow) : operand.bits);
  } else if (operand.kind == Operand::Kind::kName) {
    if (operand.name == "WARP_SZ") return constant(kWarpThreads);
    for (const SpecialRow& row : kSpecials)
      if (row.name == operand.name) return row.slot;
    const Symbol* symbol = find(operand.name);
    if (!symbol) {
      const bool special = operand.name.starts_with('%') && operand.name.find('.') != std::string_view::npos;
      fail_at(instruction.line, (special ? "outside what this virtual GPU knows: '" : "Unknown symbol '") +
                                    std::string(operand.name) + "'");
    } else if (symbol->kind == Symbol::Kind::kRegister) {
      if (check_width(instruction, *symbol, type)) slot = symbol->index;
    } else if (symbol->kind == Symbol::Kind::kVariable) {
      slot = address_of(*symbol, operand.offset);
    } else {
      fail_at(instruction.line, "the address of a function is outside what this virtual GPU runs: '" +
                                    std::string(operand.name) + "'");
    }
  } else {
    fail_at(instruction.line,
            "Arguments mismatch for instruction '" + std::string(instruction.words[0]) + "'");
  }
  if (slot != kNoSlot && operand.negated) {
    const std::uint32_t turned = new_slot();
    emit(Code::not_pred, instruction.line, turned, slot);
    return turned;
  }
  return slot;
}

std::uint32_t Compiler::destination(const Instruction& instruction, const Operand& operand, Type type) {
  if (operand.kind == Operand::Kind::kSink) return kSink;
  const Symbol* symbol = operand.kind == Operand::Kind::kName ? find(operand.name) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::kRegister) {
    fail_at(instruction.line, "Unknown symbol '" + std::string(operand.name) + "'");
    return kNoSlot;
  }
  return check_width(instruction, *symbol, type) ? symbol->index : kNoSlot;
}

/// Where [..] points: a space, a slot with the base, and an offset. `space` comes in as the instruction says
/// it.
bool Compiler::address(const Instruction& instruction, const Operand& operand, Space& space,
                       std::uint32_t& base, std::int64_t& offset) {
  if (operand.kind != Operand::Kind::kAddress)
    return fail_at(instruction.line,
                   "Arguments mismatch for instruction '" + std::string(instruction.words[0]) + "'");
  offset = operand.offset;
  base = kZero;
  if (operand.name.empty()) return true;
  const Symbol* symbol = find(operand.name);
  if (!symbol || symbol->kind == Symbol::Kind::kFunction || symbol->kind == Symbol::Kind::kTargets)
    return fail_at(instruction.line, "Unknown symbol '" + std::string(operand.name) + "'");
  base = symbol->index;
  if (symbol->kind == Symbol::Kind::kRegister)
    return bytes_of(symbol->type) >= (space < Space::kShared ? 8u : 4u) ||
           fail_at(instruction.line, "an address in this state space needs 64 bits");
  // A function's own parameters and those it passes on lie in its frame.
  if (symbol->space == Space::kLocal && space == Space::kParam) space = Space::kLocal;
  const bool global = symbol->space == Space::kGlobal || symbol->space == Space::kConst;
  if (space == Space::kGeneric) space = symbol->space;
  if (space != symbol->space && !(global && (space == Space::kGlobal || space == Space::kConst)))
    return fail_at(instruction.line, "State space mismatch for '" + std::string(operand.name) + "'");
  if (global) {
    base = address_of(*symbol, 0);
  } else {
    base = symbol->space == Space::kLocal ? kFrame : symbol->dynamic ? kDynamicShared : kZero;
    offset += symbol->dynamic ? 0 : symbol->index;
  }
  return true;
}

}  // namespace nvstack::virtcuda
