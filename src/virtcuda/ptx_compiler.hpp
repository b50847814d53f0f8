// Compiler reads PTX in one pass and decodes it into a Program: the reader of modules and statements, and the
// lowering of each instruction, which refuses by name what the virtual GPU does not run.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "virtcuda/ptx_lexer.hpp"
#include "virtcuda/ptx_program.hpp"

namespace nvstack::virtcuda {

struct Operand {
  enum class Kind : std::uint8_t { kName, kInteger, kFloat32, kFloat64, kVector, kAddress, kSink };
  Kind kind = Kind::kSink;
  bool negated = false;
  std::string_view name, second;  // second: of `%r1|%p1`
  std::uint64_t bits = 0;
  std::int64_t offset = 0;  // of an address or a symbol
  std::vector<Operand> parts;
};

struct Instruction {
  std::uint32_t line = 0;
  std::string_view text;                // the opcode with its modifiers
  std::vector<std::string_view> words;  // of the opcode
  std::string_view guard;
  bool guard_negated = false;
  std::vector<Operand> operands;
  std::vector<std::vector<Operand>> lists;  // of a call: results, arguments
};

/// What a name stands for.
struct Symbol {
  enum class Kind : std::uint8_t { kRegister, kVariable, kFunction, kTargets };
  Kind kind = Kind::kRegister;
  Type type = Type::kNone;
  Space space = Space::kGeneric;
  std::uint32_t index = 0;  // slot, global variable, offset in its space, function, table
  std::uint64_t bytes = 0;
  bool dynamic = false;  // extern .shared
};

class Compiler {
 public:
  Compiler(std::string_view text, const Accepts& accepts, Program& program, Diagnostics& diagnostics)
      : lexer_(text), accepts_(accepts), program_(program), diagnostics_(diagnostics) {}
  bool run();

 private:
  struct RegisterRange {
    std::string_view prefix;
    std::uint64_t count = 0;
    Type type = Type::kNone;
  };
  struct Fixup {
    std::size_t operation = 0, table = 0, entry = 0;  // an operation, or an entry of a table
    bool in_table = false;
    std::string_view label;
    std::uint32_t line = 0;
  };
  struct Scope {
    std::unordered_map<std::string_view, Symbol> symbols;
    std::vector<RegisterRange> ranges;
    std::unordered_map<std::string_view, std::size_t> labels;
    std::vector<Fixup> fixups;
  };
  struct Declaration {  // of a variable
    std::string_view name;
    Space space = Space::kGlobal;
    Type type = Type::kNone;
    std::uint64_t count = 1, vector = 1;
    std::uint32_t align = 0;
    bool external = false, unbounded = false;
    std::uint64_t bytes() const { return count * vector * bytes_of(type); }
  };
  using Lower = bool (Compiler::*)(const Instruction&);
  struct LowerRow {
    std::string_view mnemonic;
    Lower lower;
  };

  // ptx_module.cpp
  bool fail(std::string_view message, CUresult code = CUDA_ERROR_INVALID_PTX);
  bool fail_at(std::uint32_t line, std::string_view message, CUresult code = CUDA_ERROR_INVALID_PTX);
  bool expect(char mark);
  bool expect_integer(std::uint64_t& value);
  bool skip_line_of_file();
  bool skip_section();
  bool read_version();
  bool read_target();
  bool read_directive();
  bool read_linked(bool external);
  // ptx_variables.cpp
  bool read_declaration(Declaration& declaration);
  bool read_array(Declaration& declaration);
  bool read_variable(Space space, bool external);
  bool place(const Declaration& declaration, std::uint32_t line);
  bool place_global(const Declaration& declaration, std::uint32_t line);
  bool read_initial(const Declaration& declaration, std::uint32_t variable);
  bool read_element(const Declaration& declaration, std::uint32_t variable, std::uint64_t& element);
  // ptx_function.cpp
  bool read_function(bool is_entry);
  bool read_parameters(std::vector<Declaration>& list);
  bool read_performance(Function& function);
  bool declare_function(std::string_view name, bool is_entry, std::uint32_t line, std::uint32_t& index);
  void lay_parameters(const std::vector<Declaration>& list, std::vector<Parameter>& places, bool in_frame);
  bool read_body();
  bool close_scope();
  bool resolve(const Fixup& fixup, std::size_t target);
  bool read_registers();
  bool read_statement();
  bool read_label_or_instruction();
  bool read_targets(std::string_view label);
  // ptx_operand.cpp
  bool read_instruction(std::string_view opcode, std::uint32_t line, Instruction& instruction);
  bool read_operand(Operand& operand);
  bool read_address(Operand& operand);
  bool read_signed(Operand& operand);
  bool read_list(std::vector<Operand>& list, char close);
  // ptx_slot.cpp: operands to slots. ~0u after a failure.
  const Symbol* find(std::string_view name);
  const Symbol* find_in_range(Scope& scope, std::string_view name);
  std::uint32_t new_slot(std::uint64_t value = 0);
  std::uint32_t constant(std::uint64_t value);
  std::uint32_t address_of(const Symbol& symbol, std::int64_t addend);
  std::uint32_t source(const Instruction& instruction, const Operand& operand, Type type);
  std::uint32_t destination(const Instruction& instruction, const Operand& operand, Type type);
  bool address(const Instruction& instruction, const Operand& operand, Space& space, std::uint32_t& base,
               std::int64_t& offset);
  bool check_width(const Instruction& instruction, const Symbol& symbol, Type type);
  // ptx_lower*.cpp
  bool lower(const Instruction& instruction);
  bool lower_unguarded(const Instruction& instruction);
  Operation& emit(Code code, std::uint32_t line, std::uint32_t d = kSink, std::uint32_t a = 0,
                  std::uint32_t b = 0, std::uint32_t c = 0);
  bool refuse(const Instruction& instruction);
  bool expect_operands(const Instruction& instruction, std::size_t least, std::size_t most);
  bool lower_arithmetic(const Instruction& instruction);
  bool lower_move(const Instruction& instruction);
  bool lower_compare(const Instruction& instruction);
  bool lower_set(const Instruction& instruction);
  bool lower_select(const Instruction& instruction);
  bool lower_convert(const Instruction& instruction);
  bool lower_address_convert(const Instruction& instruction);
  bool lower_space_test(const Instruction& instruction);
  bool lower_logic3(const Instruction& instruction);
  bool lower_bit_insert(const Instruction& instruction);
  bool lower_carry(const Instruction& instruction);
  bool lower_load(const Instruction& instruction);
  bool lower_store(const Instruction& instruction);
  bool lower_access(const Instruction& instruction, bool is_load);
  bool lower_atomic(const Instruction& instruction);
  bool lower_branch(const Instruction& instruction);
  bool lower_branch_table(const Instruction& instruction);
  bool lower_call(const Instruction& instruction);
  bool lower_return(const Instruction& instruction);
  bool lower_exit(const Instruction& instruction);
  bool lower_trap(const Instruction& instruction);
  bool lower_barrier(const Instruction& instruction);
  bool lower_shuffle(const Instruction& instruction);
  bool lower_vote(const Instruction& instruction);
  bool lower_warp_reduce(const Instruction& instruction);
  bool lower_nothing(const Instruction& instruction);
  bool compare_into(const Instruction& instruction, Type type, std::uint32_t d, std::uint32_t negated);
  std::uint32_t flushed(std::uint32_t slot, std::uint32_t line);
  bool store_argument(const Instruction& instruction, const Operand& operand, const Parameter& place,
                      std::uint32_t& offset);
  static const LowerRow* find_lower(std::string_view mnemonic);

  Lexer lexer_;
  const Accepts& accepts_;
  Program& program_;
  Diagnostics& diagnostics_;
  std::vector<Scope> scopes_ = std::vector<Scope>(1);
  std::unordered_map<std::uint64_t, std::uint32_t> constants_;  // of the function being read
  std::uint32_t function_ = 0;
  bool in_function_ = false;
  std::uint64_t shared_module_ = 0, shared_function_ = 0, shared_high_ = 0;  // bytes laid out
};

/// The code of an operation of ptx_ops.inc by its id; false when there is none.
bool find_code(std::string_view id, Code& code);

}  // namespace nvstack::virtcuda
