// Which reader of the subset takes an instruction, and how a guard is put around it.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::string_view kIds[] = {
#define OP(id, result, argument, expression) #id,
#include "virtcuda/ptx_ops.inc"
#undef OP
};

constexpr std::size_t kSlotsMax = 65'536;

}  // namespace

bool find_code(std::string_view id, Code& code) {
  static const auto* const codes = [] {
    auto* table = new std::unordered_map<std::string_view, Code>;
    for (std::size_t i = 0; i < std::size(kIds); ++i) table->emplace(kIds[i], static_cast<Code>(i));
    return table;
  }();
  const auto found = codes->find(id);
  if (found == codes->end()) return false;
  code = found->second;
  return true;
}

const Compiler::LowerRow* Compiler::find_lower(std::string_view mnemonic) {
  static constexpr LowerRow kRows[] = {
      {"mov", &Compiler::lower_move},
      {"setp", &Compiler::lower_compare},
      {"set", &Compiler::lower_set},
      {"selp", &Compiler::lower_select},
      {"slct", &Compiler::lower_select},
      {"cvt", &Compiler::lower_convert},
      {"cvta", &Compiler::lower_address_convert},
      {"isspacep", &Compiler::lower_space_test},
      {"lop3", &Compiler::lower_logic3},
      {"bfi", &Compiler::lower_bit_insert},
      {"addc", &Compiler::lower_carry},
      {"subc", &Compiler::lower_carry},
      {"madc", &Compiler::lower_carry},
      {"ld", &Compiler::lower_load},
      {"ldu", &Compiler::lower_load},
      {"st", &Compiler::lower_store},
      {"atom", &Compiler::lower_atomic},
      {"red", &Compiler::lower_atomic},
      {"bra", &Compiler::lower_branch},
      {"brx", &Compiler::lower_branch_table},
      {"call", &Compiler::lower_call},
      {"ret", &Compiler::lower_return},
      {"exit", &Compiler::lower_exit},
      {"trap", &Compiler::lower_trap},
      {"bar", &Compiler::lower_barrier},
      {"barrier", &Compiler::lower_barrier},
      {"shfl", &Compiler::lower_shuffle},
      {"vote", &Compiler::lower_vote},
      {"activemask", &Compiler::lower_vote},
      {"match", &Compiler::lower_vote},
      {"redux", &Compiler::lower_warp_reduce},
      {"membar", &Compiler::lower_nothing},
      {"fence", &Compiler::lower_nothing},
      {"prefetch", &Compiler::lower_nothing},
      {"prefetchu", &Compiler::lower_nothing},
      {"nanosleep", &Compiler::lower_nothing},
      {"pmevent", &Compiler::lower_nothing},
      {"brkpt", &Compiler::lower_nothing},
      {"discard", &Compiler::lower_nothing},
      {"applypriority", &Compiler::lower_nothing},
  };
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const LowerRow& r) { return r.mnemonic == mnemonic; });
  return row == std::end(kRows) ? nullptr : row;
}

Operation& Compiler::emit(Code code, std::uint32_t line, std::uint32_t d, std::uint32_t a, std::uint32_t b,
                          std::uint32_t c) {
  Operation operation;
  operation.code = code;
  operation.line = line;
  operation.d = d;
  operation.a = a;
  operation.b = b;
  operation.c = c;
  program_.operations.push_back(operation);
  return program_.operations.back();
}

bool Compiler::refuse(const Instruction& instruction) {
  return fail_at(instruction.line, "'" + std::string(instruction.text.substr(0, 100)) +
                                       "' is outside what this virtual GPU runs");
}

bool Compiler::expect_operands(const Instruction& instruction, std::size_t least, std::size_t most) {
  const std::size_t count = instruction.operands.size();
  return (count >= least && count <= most) ||
         fail_at(instruction.line,
                 "Wrong number of operands for '" + std::string(instruction.text.substr(0, 100)) + "'");
}

bool Compiler::lower_unguarded(const Instruction& instruction) {
  const LowerRow* row = find_lower(instruction.words[0]);
  return row ? (this->*row->lower)(instruction) : lower_arithmetic(instruction);
}

/// A guarded instruction becomes a jump around it; a branch takes the guard itself.
bool Compiler::lower(const Instruction& instruction) {
  const bool branch = instruction.words[0] == "bra";
  std::size_t skip = 0;
  if (!instruction.guard.empty() && !branch) {
    Operand guard;
    guard.kind = Operand::Kind::kName;
    guard.name = instruction.guard;
    const std::uint32_t slot = source(instruction, guard, Type::kPred);
    skip = program_.operations.size();
    emit(instruction.guard_negated ? Code::kBranchIf : Code::kBranchUnless, instruction.line, kSink, slot);
  }
  if (!lower_unguarded(instruction)) return fail_at(instruction.line, "Parsing error");
  if (!instruction.guard.empty() && !branch)
    program_.operations[skip].wide = static_cast<std::int64_t>(program_.operations.size());
  if (program_.functions[function_].frame.size() > kSlotsMax)
    return fail_at(instruction.line, "too many registers");
  return diagnostics_.code == CUDA_SUCCESS;
}

bool Compiler::lower_nothing(const Instruction& instruction) {
  for (const std::string_view word : instruction.words)
    if (word == "proxy" || word == "mbarrier_init" || word == "cluster") return refuse(instruction);
  return true;
}

std::uint32_t Compiler::flushed(std::uint32_t slot, std::uint32_t line) {
  const std::uint32_t fresh = new_slot();
  emit(Code::flush_f32, line, fresh, slot);
  return fresh;
}

}  // namespace nvstack::virtcuda
