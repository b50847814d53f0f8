#include "history/condition.hpp"

#include <cctype>

#include "base/text.hpp"
#include "history/duration.hpp"

namespace nvstack::history {

namespace {

constexpr std::size_t kSourceMax = 4096, kTermsMax = 256, kDepthMax = 64;

struct Token {
  std::size_t column = 0;  // from 0
  std::string text;
  bool quoted = false;
};

bool is_word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '_' ||
         letter == '%' || letter == '/' || letter == '-';
}

struct Comparator {
  std::string_view word;
  Operation operation;
};
constexpr Comparator kComparators[] = {{"<=", Operation::kLessEqual}, {">=", Operation::kGreaterEqual},
                                       {"==", Operation::kEqual},     {"!=", Operation::kUnequal},
                                       {"<", Operation::kLess},       {">", Operation::kGreater},
                                       {"=", Operation::kEqual}};

/// Units of memory against each other, in KiB; 0 for any other unit.
double kibibytes_of(std::string_view unit) {
  if (unit == "KiB") return 1;
  if (unit == "MiB") return 1024;
  return unit == "GiB" ? 1024.0 * 1024 : 0;
}

/// The names that are about as long as the word: no other can be near.
std::vector<std::string> field_names_like(std::string_view word) {
  std::vector<std::string> names;
  const std::size_t distance = word.size() / 3 + 1;
  for (const smi::FieldRow* row : smi::all_fields())
    for (const std::string_view name : {std::string_view(row->name), std::string_view(row->alias)})
      if (!name.empty() && name.size() + distance >= word.size() && word.size() + distance >= name.size())
        names.emplace_back(name);
  return names;
}

class Parser {
 public:
  explicit Parser(std::string_view source) { made_.source = source; }

  Result<Condition> parse() {
    TRY(split_tokens());
    if (tokens_.empty()) return error(0, "no condition", "as in temperature.gpu > 85 for 30s");
    TRY(parse_timed());
    if (at_ < tokens_.size())
      return error(tokens_[at_].column, "\"" + printable(tokens_[at_].text, 40) + "\" was not expected here");
    return std::move(made_);
  }

 private:
  tl::unexpected<Error> error(std::size_t column, const std::string& what, std::string hint = {}) const {
    if (hint.empty()) hint = printable(made_.source, 100) + "\n" + std::string(column + 6, ' ') + "^";
    return fail(ErrorCode::kUsage, "column " + std::to_string(column + 1) + ": " + what, hint);
  }
  std::size_t end_column() const { return made_.source.size(); }

  Status split_tokens() {
    const std::string& source = made_.source;
    if (source.size() > kSourceMax) return error(0, "longer than 4096 bytes", "split it");
    for (std::size_t i = 0; i < source.size();) {
      if (std::isspace(static_cast<unsigned char>(source[i]))) {
        ++i;
        continue;
      }
      Token token{i, "", false};
      if (source[i] == '"' || source[i] == '\'') {
        const std::size_t end = source.find(source[i], i + 1);
        if (end == std::string::npos) return error(i, "a text has no closing quote");
        token.text = source.substr(i + 1, end - i - 1), token.quoted = true;
        i = end + 1;
      } else if (is_word_letter(source[i])) {
        while (i < source.size() && is_word_letter(source[i])) token.text += source[i++];
      } else {
        const std::string_view two = std::string_view(source).substr(i, 2);
        const bool is_pair =
            two == "<=" || two == ">=" || two == "==" || two == "!=" || two == "&&" || two == "||";
        token.text = is_pair ? std::string(two) : std::string(1, source[i]);
        i += token.text.size();
      }
      tokens_.push_back(std::move(token));
    }
    return {};
  }

  bool next_is(std::string_view word) const {
    return at_ < tokens_.size() && !tokens_[at_].quoted && tokens_[at_].text == word;
  }
  bool take(std::string_view word) {
    if (!next_is(word)) return false;
    ++at_;
    return true;
  }
  Result<std::size_t> add(Term term) {
    if (made_.terms.size() == kTermsMax) return error(0, "more than 256 parts", "split it");
    made_.terms.push_back(std::move(term));
    return made_.terms.size() - 1;
  }

  /// `for` belongs to all before it, up to the parenthesis around it.
  Result<std::size_t> parse_timed() {
    std::size_t term = TRY(parse_or());
    while (take("for")) {
      if (at_ == tokens_.size()) return error(end_column(), "a duration must follow for", "as in for 30s");
      std::string word = tokens_[at_].text;
      const std::size_t column = tokens_[at_++].column;
      if (at_ < tokens_.size() && parse_duration("1" + tokens_[at_].text) &&
          !std::isdigit(static_cast<unsigned char>(tokens_[at_].text[0])))
        word += tokens_[at_++].text;  // "30 s"
      const auto time = parse_duration(word);
      if (!time)
        return error(column, "\"" + printable(word, 40) + "\" is no duration", "as in 500ms, 30s, 5m, 2h");
      term = TRY(add({.operation = Operation::kFor, .left = term, .text = {}, .milliseconds = *time}));
    }
    return term;
  }
  Result<std::size_t> parse_or() {
    std::size_t left = TRY(parse_and());
    while (take("or") || take("||")) {
      const std::size_t right = TRY(parse_and());
      left = TRY(add({.operation = Operation::kOr, .left = left, .right = right, .text = {}}));
    }
    return left;
  }
  Result<std::size_t> parse_and() {
    std::size_t left = TRY(parse_not());
    while (take("and") || take("&&")) {
      const std::size_t right = TRY(parse_not());
      left = TRY(add({.operation = Operation::kAnd, .left = left, .right = right, .text = {}}));
    }
    return left;
  }
  Result<std::size_t> parse_not() {
    if (++depth_ > kDepthMax)
      return error(at_ < tokens_.size() ? tokens_[at_].column : 0, "nested too deep", "fewer parentheses");
    const auto leave = [this](Result<std::size_t> term) {
      --depth_;
      return term;
    };
    if (!take("not") && !take("!")) return leave(parse_primary());
    const std::size_t term = TRY(parse_not());
    return leave(add({.operation = Operation::kNot, .left = term, .text = {}}));
  }
  Result<std::size_t> parse_primary() {
    if (at_ == tokens_.size()) return error(end_column(), "a field must follow");
    const std::size_t column = tokens_[at_].column;
    if (take("(")) {
      const std::size_t term = TRY(parse_timed());
      if (!take(")"))
        return error(at_ < tokens_.size() ? tokens_[at_].column : end_column(),
                     "a ) is missing for the ( at column " + std::to_string(column + 1));
      return term;
    }
    if (take("lost")) return add({.operation = Operation::kLost, .text = {}});
    return parse_comparison();
  }

  Result<std::size_t> parse_comparison() {
    const Token name = tokens_[at_++];
    Term term;
    term.field = TRY(find_or_add(name));
    if (take("changed")) {
      term.operation = Operation::kChanged;
      return add(std::move(term));
    }
    const std::size_t column = at_ < tokens_.size() ? tokens_[at_].column : end_column();
    bool found = false;
    for (const Comparator& comparator : kComparators)
      if (!found && take(comparator.word)) term.operation = comparator.operation, found = true;
    if (!found) return error(column, "< <= > >= == != or changed must follow " + name.text);
    TRY(parse_value(term));
    return add(std::move(term));
  }

  Result<std::size_t> find_or_add(const Token& name) {
    const smi::FieldRow* row = name.quoted ? nullptr : smi::find_field(name.text);
    if (!row) {
      const auto near = nearest_word(name.text, field_names_like(name.text));
      return error(name.column, "no field \"" + printable(name.text, 60) + "\"",
                   near ? "did you mean " + *near + "?" : "nvidia-smi --help-query-gpu lists the fields");
    }
    for (std::size_t i = 0; i < made_.fields.size(); ++i)
      if (made_.fields[i] == row) return i;
    made_.fields.push_back(row);
    return made_.fields.size() - 1;
  }

  /// "85", "85C", "85 C", "8 GiB", "P0", "Not Active" in quotes.
  Status parse_value(Term& term) {
    if (at_ == tokens_.size()) return error(end_column(), "a value must follow");
    const Token value = tokens_[at_++];
    const smi::FieldRow& row = *made_.fields[term.field];
    const std::size_t digits = value.text.find_first_not_of("-0123456789.");
    const auto number =
        value.quoted ? std::nullopt : parse_double(std::string_view(value.text).substr(0, digits));
    term.text = value.text;
    if (!number) {
      const bool ordered = term.operation != Operation::kEqual && term.operation != Operation::kUnequal;
      if (ordered)
        return error(value.column,
                     "a number must follow < or >, \"" + printable(value.text, 40) + "\" is none");
      return {};
    }
    std::string unit = digits == std::string::npos ? "" : value.text.substr(digits);
    std::size_t column = value.column + (digits == std::string::npos ? 0 : digits);
    if (unit.empty() && at_ < tokens_.size() && is_unit(tokens_[at_]))
      column = tokens_[at_].column, unit = tokens_[at_++].text;
    term.is_number = true, term.number = *number;
    const double from = kibibytes_of(unit), to = kibibytes_of(row.unit);
    if (from != 0 && to != 0)
      term.number *= from / to;
    else if (!unit.empty() && *row.unit && unit != row.unit && !is_degrees(unit, row))
      return error(column, std::string(row.name) + " is in " + row.unit + ", not in " + printable(unit, 20));
    return {};
  }
  static bool is_degrees(std::string_view unit, const smi::FieldRow& row) {
    return (unit == "C" || unit == "°C") && std::string_view(row.name).starts_with("temperature");
  }
  static bool is_unit(const Token& token) {
    static constexpr std::string_view kUnits[] = {"%",   "C",  "W",  "mW", "MHz",  "KiB", "MiB",
                                                  "GiB", "us", "ms", "s",  "KB/s", "MB/s"};
    for (const std::string_view unit : kUnits)
      if (!token.quoted && token.text == unit) return true;
    return false;
  }

  Condition made_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0, depth_ = 0;
};

}  // namespace

Result<Condition> parse_condition(std::string_view source) {
  return Parser(source).parse();
}

}  // namespace nvstack::history
