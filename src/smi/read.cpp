#include "smi/read.hpp"

#include <cmath>

namespace nvstack::smi {

Value read_text(Board& board, const Ask& ask) {
  auto answer = board.text(ask.function);
  return answer.ok() ? text_value(std::move(answer.value)) : missing(answer.code);
}
Value read_number(Board& board, const Ask& ask) {
  const auto answer = board.number(ask.function);
  return answer.ok() ? number_value(std::uint64_t{answer.value}, ask.unit) : missing(answer.code);
}
Value read_enabled(Board& board, const Ask& ask) {
  const auto answer = board.number(ask.function);
  return answer.ok() ? enabled(answer.value != 0) : missing(answer.code);
}
Value read_yes_no(Board& board, const Ask& ask) {
  const auto answer = board.number(ask.function);
  return answer.ok() ? yes_no(answer.value != 0) : missing(answer.code);
}
Value read_enabled_pair(Board& board, const Ask& ask) {
  const std::string_view function = ask.function;
  const auto answer = function == "nvmlDeviceGetMigMode"   ? board.mig_mode()
                      : function == "nvmlDeviceGetEccMode" ? board.ecc_mode()
                                                           : board.pair(ask.function);
  return answer.ok() ? enabled((ask.part == 0 ? answer.value.first : answer.value.second) != 0)
                     : missing(answer.code);
}

namespace {

Answer<double> field_of(Board& board, const Ask& ask) {
  return board.field(static_cast<unsigned>(ask.part), static_cast<unsigned>(ask.scope));
}

}  // namespace

Value read_field(Board& board, const Ask& ask) {
  const auto answer = field_of(board, ask);
  return answer.ok() ? number_value(static_cast<std::int64_t>(answer.value), ask.unit) : missing(answer.code);
}
Value read_field_watts(Board& board, const Ask& ask) {
  const auto answer = field_of(board, ask);
  return answer.ok() ? watts_value(std::llround(answer.value)) : missing(answer.code);
}
Value read_field_yes_no(Board& board, const Ask& ask) {
  const auto answer = field_of(board, ask);
  return answer.ok() ? yes_no(answer.value != 0) : missing(answer.code);
}
Value read_field_enabled(Board& board, const Ask& ask) {
  const auto answer = field_of(board, ask);
  return answer.ok() ? enabled(answer.value != 0) : missing(answer.code);
}
Value read_nothing(Board&, const Ask&) {
  return not_supported();
}
Value read_deprecated(Board&, const Ask&) {
  return missing(NVML_ERROR_DEPRECATED);
}

}  // namespace nvstack::smi
