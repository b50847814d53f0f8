#include "doctor/log_scan.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace nvstack::doctor {

namespace {

constexpr std::size_t kLineMax = 64 * 1024;  // a longer line is judged in pieces
constexpr std::size_t kEvidenceMax = 12;     // lines a rule keeps of one log; the count goes on
constexpr std::size_t kBefore = 3, kAfter = 8;
constexpr std::size_t kGramLength = 4;

std::uint32_t gram_at(std::string_view text, std::size_t at) {
  std::uint32_t gram = 0;
  std::memcpy(&gram, text.data() + at, kGramLength);
  return gram;
}

std::size_t slot(std::uint32_t gram) {
  return (gram * 2654435761u) >> 16;
}

}  // namespace

// One log on its way through the scanner.
class LogScanner::Pass {
 public:
  Pass(const LogScanner& scanner, std::string_view where, LogHits& hits)
      : scanner_(scanner),
        where_(where.empty() ? "" : std::string(where) + " "),
        hits_(hits),
        tried_(scanner.triggers_count_) {}

  void see(const Line& line) {
    if (line.text.find("Xid (") != std::string_view::npos) hits_.numbers.add(line.text, place(line));
    add_following(line);
    for (std::size_t at = 0; at + kGramLength <= line.text.size(); ++at) {
      const std::uint32_t gram = gram_at(line.text, at);
      if (scanner_.likely_[slot(gram)]) try_triggers(line, at, gram);
    }
    before_[line.piece % kBefore] = line;
  }

 private:
  struct Open {
    std::size_t rule, until;
  };

  std::string place(const Line& line) const { return where_ + "line " + std::to_string(line.number); }

  bool add_evidence(LogHit& hit, const Line& line) {
    if (std::find(hit.lines.begin(), hit.lines.end(), line.piece) != hit.lines.end()) return false;
    if (hit.observation.evidence.size() < kEvidenceMax) {
      hit.lines.push_back(line.piece);
      hit.observation.evidence.push_back({place(line), printable(line.text)});
    }
    return true;
  }

  void try_triggers(const Line& line, std::size_t at, std::uint32_t gram) {
    const auto found = scanner_.triggers_.find(gram);
    if (found == scanner_.triggers_.end()) return;
    for (const Trigger& trigger : found->second) {
      const Pattern& pattern = scanner_.rules_[trigger.rule].patterns[trigger.pattern];
      const std::string_view literal = pattern.literal();
      if (at < trigger.before || tried_[trigger.index] == line.piece) continue;
      if (line.text.compare(at - trigger.before, literal.size(), literal) != 0) continue;
      tried_[trigger.index] = line.piece;  // the answer is the whole line's: once is enough
      try_pattern(line, trigger.rule, pattern);
    }
  }

  void try_pattern(const Line& line, std::size_t rule, const Pattern& pattern) {
    std::map<std::string, std::string> values;
    if (!pattern.match(line.text, &values)) return;
    LogHit& hit = hits_.rules[scanner_.rules_[rule].rank];
    if (last_hit_[rule] == line.piece) return;  // two patterns, one line
    last_hit_[rule] = line.piece;
    ++hit.count;
    if (hit.observation.evidence.size() < kEvidenceMax) add_preceding(hit, rule, line);
    add_evidence(hit, line);
    hit.observation.values.insert(values.begin(), values.end());
    if (!scanner_.rules_[rule].also.empty()) open_.push_back({rule, line.piece + kAfter});
  }

  bool belongs(std::size_t rule, const Line& line) const {
    const auto& also = scanner_.rules_[rule].also;
    return std::any_of(also.begin(), also.end(), [&](const Pattern& p) { return p.match(line.text); });
  }

  void add_preceding(LogHit& hit, std::size_t rule, const Line& line) {
    for (std::size_t back = kBefore; back > 0; --back) {
      if (line.piece <= back) continue;
      const Line& earlier = before_[(line.piece - back) % kBefore];
      if (earlier.piece + back == line.piece && belongs(rule, earlier)) add_evidence(hit, earlier);
    }
  }

  void add_following(const Line& line) {
    std::erase_if(open_, [&](const Open& open) { return open.until < line.piece; });
    for (const Open& open : open_)
      if (belongs(open.rule, line)) add_evidence(hits_.rules[scanner_.rules_[open.rule].rank], line);
  }

  const LogScanner& scanner_;
  std::string where_;
  LogHits& hits_;
  Line before_[kBefore];
  std::vector<Open> open_;
  std::vector<std::size_t> tried_;  // by trigger: the piece it was last tried on
  std::map<std::size_t, std::size_t> last_hit_;
};

LogScanner::LogScanner(const std::vector<Rule>& rules) : likely_(std::size_t{1} << 16, false) {
  std::unordered_map<std::uint32_t, int> uses;
  for (const Rule& rule : rules) {
    if (rule.patterns.empty()) continue;
    RulePatterns entry{rule.rank, {}, {}};
    for (const std::string& text : rule.patterns) entry.patterns.emplace_back(text);
    for (const std::string& text : rule.also) entry.also.emplace_back(text);
    for (const Pattern& pattern : entry.patterns)
      for (std::size_t at = 0; at + kGramLength <= pattern.literal().size(); ++at)
        ++uses[gram_at(pattern.literal(), at)];
    rules_.push_back(std::move(entry));
  }
  for (std::size_t rule = 0; rule < rules_.size(); ++rule)
    for (std::size_t pattern = 0; pattern < rules_[rule].patterns.size(); ++pattern)
      add_trigger(rule, pattern, uses);
}

// Of all four-byte pieces of a literal the one that the fewest patterns share: few lines get further.
void LogScanner::add_trigger(std::size_t rule, std::size_t pattern,
                             std::unordered_map<std::uint32_t, int>& uses) {
  const std::string_view literal = rules_[rule].patterns[pattern].literal();
  if (literal.size() < kGramLength) return;  // too short to mean anything; a test keeps them out of the table
  std::size_t best = 0;
  for (std::size_t at = 1; at + kGramLength <= literal.size(); ++at)
    if (uses[gram_at(literal, at)] < uses[gram_at(literal, best)]) best = at;
  const std::uint32_t gram = gram_at(literal, best);
  triggers_[gram].push_back({rule, pattern, best, triggers_count_++});
  likely_[slot(gram)] = true;
}

void LogScanner::scan(std::string_view text, std::string_view where, LogHits& hits) const {
  Pass pass(*this, where, hits);
  std::size_t number = 0, piece = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    // A crash leaves blocks of NUL bytes in a log, and the next line stands behind them.
    line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));
    ++number;
    do {
      pass.see({line.substr(0, kLineMax), number, ++piece});
      line.remove_prefix(std::min(kLineMax, line.size()));
    } while (!line.empty());
  }
}

}  // namespace nvstack::doctor
