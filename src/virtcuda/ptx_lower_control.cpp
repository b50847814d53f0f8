// Branches, calls, barriers and the operations of a warp.
#include <algorithm>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kNoSlot = ~0u;

bool has_word(const Instruction& instruction, std::string_view word) {
  return std::find(instruction.words.begin(), instruction.words.end(), word) != instruction.words.end();
}

std::int64_t pack_slots(std::uint32_t mask, std::uint32_t predicate) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(predicate) << 32 | mask);
}

}  // namespace

bool Compiler::lower_branch(const Instruction& instruction) {
  if (!expect_operands(instruction, 1, 1)) return false;
  const Operand& target = instruction.operands[0];
  if (target.kind != Operand::Kind::kName) return refuse(instruction);
  std::uint32_t slot = kZero;
  Code code = Code::kBranch;
  if (!instruction.guard.empty()) {
    Operand guard;
    guard.kind = Operand::Kind::kName;
    guard.name = instruction.guard;
    slot = source(instruction, guard, Type::kPred);
    code = instruction.guard_negated ? Code::kBranchUnless : Code::kBranchIf;
  }
  Fixup fixup;
  fixup.operation = program_.operations.size();
  fixup.label = target.name;
  fixup.line = instruction.line;
  scopes_.back().fixups.push_back(fixup);
  emit(code, instruction.line, kSink, slot);
  return slot != kNoSlot;
}

/// brx.idx index, targets;
bool Compiler::lower_branch_table(const Instruction& instruction) {
  if (!expect_operands(instruction, 2, 2)) return false;
  const std::uint32_t slot = source(instruction, instruction.operands[0], Type::kB32);
  const Symbol* table = find(instruction.operands[1].name);
  if (slot == kNoSlot) return false;
  if (!table || table->kind != Symbol::Kind::kTargets) return refuse(instruction);
  emit(Code::kBranchTable, instruction.line, kSink, slot).wide = table->index;
  return true;
}

/// Where an argument lies in this frame; a register or a number is put there first.
bool Compiler::store_argument(const Instruction& instruction, const Operand& operand, const Parameter& place,
                              std::uint32_t& offset) {
  const Symbol* symbol = operand.kind == Operand::Kind::kName ? find(operand.name) : nullptr;
  if (symbol && symbol->kind == Symbol::Kind::kVariable) {
    offset = symbol->index;
    return (symbol->space == Space::kLocal && symbol->bytes == place.bytes) ||
           fail_at(instruction.line, "Arguments mismatch for instruction 'call'");
  }
  return fail_at(instruction.line, "arguments in registers are outside what this virtual GPU runs");
}

/// call (result), function, (arguments);
bool Compiler::lower_call(const Instruction& instruction) {
  if (instruction.operands.size() != 1 || instruction.operands[0].kind != Operand::Kind::kName)
    return fail_at(instruction.line, "indirect calls are outside what this virtual GPU runs");
  const Symbol* symbol = find(instruction.operands[0].name);
  if (!symbol || symbol->kind != Symbol::Kind::kFunction)
    return fail_at(instruction.line, "Unknown symbol '" + std::string(instruction.operands[0].name) + "'");
  Call call;
  call.function = symbol->index;
  static const std::vector<Operand> kNone;
  const auto& results = !instruction.lists.empty() ? instruction.lists[0] : kNone;
  const auto& arguments = instruction.lists.size() > 1 ? instruction.lists[1] : kNone;
  const auto parameters = program_.functions[call.function].parameters,
             returned = program_.functions[call.function].results;
  if (program_.functions[call.function].is_entry || results.size() != returned.size() ||
      arguments.size() != parameters.size())
    return fail_at(instruction.line, "Arguments mismatch for instruction 'call'");
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    call.arguments.push_back(0);
    if (!store_argument(instruction, arguments[i], parameters[i], call.arguments.back())) return false;
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    call.results.push_back(0);
    if (!store_argument(instruction, results[i], returned[i], call.results.back())) return false;
  }
  emit(Code::kCall, instruction.line).wide = static_cast<std::int64_t>(program_.calls.size());
  program_.calls.push_back(std::move(call));
  return true;
}

bool Compiler::lower_return(const Instruction& instruction) {
  emit(program_.functions[function_].is_entry ? Code::kExit : Code::kReturn, instruction.line);
  return expect_operands(instruction, 0, 0);
}

bool Compiler::lower_exit(const Instruction& instruction) {
  emit(Code::kExit, instruction.line);
  return expect_operands(instruction, 0, 0);
}

bool Compiler::lower_trap(const Instruction& instruction) {
  emit(Code::kTrap, instruction.line);
  return expect_operands(instruction, 0, 0);
}

/// bar.sync a{, b}; bar.arrive a, b; bar.red.popc.u32 d, a{, b}, p; bar.warp.sync mask; barrier.* the same.
bool Compiler::lower_barrier(const Instruction& instruction) {
  if (has_word(instruction, "cluster")) return refuse(instruction);
  const auto& operands = instruction.operands;
  if (has_word(instruction, "warp")) {
    if (!expect_operands(instruction, 1, 1)) return false;
    const std::uint32_t mask = source(instruction, operands[0], Type::kB32);
    Operation& operation = emit(Code::kWarp, instruction.line);
    operation.how = static_cast<std::uint8_t>(WarpOp::kSync);
    operation.wide = pack_slots(mask, kSink);
    return mask != kNoSlot;
  }
  const bool reduce = has_word(instruction, "red"), arrive = has_word(instruction, "arrive");
  if (!reduce && !arrive && !has_word(instruction, "sync")) return refuse(instruction);
  const std::size_t first = reduce ? 1 : 0, last = operands.size() - (reduce ? 1 : 0);
  if (!expect_operands(instruction, reduce ? 3 : arrive ? 2 : 1, reduce ? 4 : 2)) return false;
  const std::uint32_t id = source(instruction, operands[first], Type::kB32);
  const std::uint32_t count =
      first + 1 < last ? source(instruction, operands[first + 1], Type::kB32) : std::uint32_t{kZero};
  if (id == kNoSlot || count == kNoSlot) return false;
  if (!reduce) {
    emit(arrive ? Code::kArrive : Code::kBarrier, instruction.line, kSink, id, count);
    return true;
  }
  const bool population = has_word(instruction, "popc");
  const std::uint32_t d = destination(instruction, operands[0], population ? Type::kB32 : Type::kPred);
  const std::uint32_t c = source(instruction, operands.back(), Type::kPred);
  if (d == kNoSlot || c == kNoSlot) return false;
  emit(Code::kBarrierReduce, instruction.line, d, id, count, c).how =
      static_cast<std::uint8_t>(population                     ? Reduction::kPopulation
                                : has_word(instruction, "and") ? Reduction::kAnd
                                                               : Reduction::kOr);
  return true;
}

/// shfl{.sync}.down.b32 d|p, a, b, c{, mask};
bool Compiler::lower_shuffle(const Instruction& instruction) {
  const bool sync = has_word(instruction, "sync");
  if (!expect_operands(instruction, sync ? 5 : 4, sync ? 5 : 4)) return false;
  const WarpOp mode = has_word(instruction, "up")     ? WarpOp::kUp
                      : has_word(instruction, "down") ? WarpOp::kDown
                      : has_word(instruction, "bfly") ? WarpOp::kButterfly
                                                      : WarpOp::kIndex;
  if (mode == WarpOp::kIndex && !has_word(instruction, "idx")) return refuse(instruction);
  const Operand& target = instruction.operands[0];
  std::uint32_t slots[5], predicate = kSink;
  for (std::size_t i = 1; i < 4; ++i)
    if ((slots[i] = source(instruction, instruction.operands[i], Type::kB32)) == kNoSlot) return false;
  slots[4] = sync ? source(instruction, instruction.operands[4], Type::kB32) : constant(0xffffffffu);
  slots[0] = destination(instruction, target, Type::kB32);
  if (!target.second.empty()) {
    Operand second;
    second.kind = Operand::Kind::kName;
    second.name = target.second;
    predicate = destination(instruction, second, Type::kPred);
  }
  if (slots[0] == kNoSlot || slots[4] == kNoSlot || predicate == kNoSlot) return false;
  Operation& operation = emit(Code::kWarp, instruction.line, slots[0], slots[1], slots[2], slots[3]);
  operation.how = static_cast<std::uint8_t>(mode);
  operation.wide = pack_slots(slots[4], predicate);
  return true;
}

/// vote{.sync}.ballot.b32 d, p{, mask}; vote.all.pred; activemask.b32 d; match.any.sync.b32 d, a, mask.
bool Compiler::lower_vote(const Instruction& instruction) {
  const bool active = instruction.words[0] == "activemask", match = instruction.words[0] == "match";
  const bool sync = has_word(instruction, "sync"), ballot = has_word(instruction, "ballot");
  const std::size_t count = active ? 1 : sync ? 3 : 2;
  if (!expect_operands(instruction, count, count)) return false;
  WarpOp op = active                         ? WarpOp::kActiveMask
              : ballot                       ? WarpOp::kBallot
              : has_word(instruction, "all") ? WarpOp::kAll
              : has_word(instruction, "any") ? WarpOp::kAny
                                             : WarpOp::kUni;
  if (match && (op != WarpOp::kAny || !sync || instruction.words.back() != "b32")) return refuse(instruction);
  if (op == WarpOp::kUni && !has_word(instruction, "uni")) return refuse(instruction);
  if (match) op = WarpOp::kMatchAny;
  const bool word = active || ballot || match;
  const Type read = match ? find_type(instruction.words.back()) : Type::kPred;
  const std::uint32_t a = active ? std::uint32_t{kZero} : source(instruction, instruction.operands[1], read);
  const std::uint32_t mask =
      sync ? source(instruction, instruction.operands[2], Type::kB32) : constant(0xffffffffu);
  const std::uint32_t d = destination(instruction, instruction.operands[0], word ? Type::kB32 : Type::kPred);
  if (a == kNoSlot || mask == kNoSlot || d == kNoSlot) return false;
  Operation& operation = emit(Code::kWarp, instruction.line, d, a);
  operation.how = static_cast<std::uint8_t>(op);
  operation.type = read;
  operation.wide = pack_slots(mask, kSink);
  return true;
}

/// redux.sync.add.s32 d, a, mask;
bool Compiler::lower_warp_reduce(const Instruction& instruction) {
  static constexpr struct {
    std::string_view word;
    WarpOp plain, with_sign;
  } kOps[] = {{"add", WarpOp::kAdd, WarpOp::kAdd},   {"min", WarpOp::kMinU, WarpOp::kMinS},
              {"max", WarpOp::kMaxU, WarpOp::kMaxS}, {"and", WarpOp::kAnd, WarpOp::kAnd},
              {"or", WarpOp::kOr, WarpOp::kOr},      {"xor", WarpOp::kXor, WarpOp::kXor}};
  const Type type = find_type(instruction.words.back());
  if (instruction.words.size() != 4 || instruction.words[1] != "sync" || bytes_of(type) != 4 ||
      is_float(type))
    return refuse(instruction);
  if (!expect_operands(instruction, 3, 3)) return false;
  const auto* row = std::find_if(std::begin(kOps), std::end(kOps),
                                 [&](const auto& r) { return r.word == instruction.words[2]; });
  if (row == std::end(kOps)) return refuse(instruction);
  const std::uint32_t a = source(instruction, instruction.operands[1], type);
  const std::uint32_t mask = source(instruction, instruction.operands[2], Type::kB32);
  const std::uint32_t d = destination(instruction, instruction.operands[0], type);
  if (a == kNoSlot || mask == kNoSlot || d == kNoSlot) return false;
  Operation& operation = emit(Code::kWarp, instruction.line, d, a);
  operation.how = static_cast<std::uint8_t>(is_signed(type) ? row->with_sign : row->plain);
  operation.wide = pack_slots(mask, kSink);
  return true;
}

}  // namespace nvstack::virtcuda
