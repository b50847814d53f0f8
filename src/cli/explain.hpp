// Offline explanations: what a word of this field means, where it is seen, what is normal, what to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "catalog/catalog.hpp"

namespace nvstack::cli {

struct Explanation {
  std::string word;   // "Persistence-M", as it is seen
  std::string group;  // the heading it is listed under: "smi", "topology", "xid", "need", ...
  std::string title;
  Message text;
  Message seen, normal, todo;         // each may be empty
  Message verdict;                    // of an Xid or SXid: severity and NVIDIA's first action
  Message need, not_needed;           // of a use case
  std::vector<std::string> commands;  // of a use case or a doctor rule
  std::vector<std::pair<std::string, std::string>> choices;  // word and title of what "need" lists
  std::vector<std::string> related;
  std::string source;
  std::vector<Explanation> also;  // what else has this name: the doctor rule "cuda-compat" beside the word
};

/// By word or alias, whatever the case; blank, '-' and '_' are the same. Also "xid 79", "79", "sxid 11012", a
/// doctor rule's id, a module parameter, "P8", "NV4". Nothing for any other word.
std::optional<Explanation> find_explanation(const catalog::Catalog& catalog, std::string_view word);

/// Every word that find_explanation knows, aliases last: the candidates for nearest_word.
std::vector<std::string> explanation_words(const catalog::Catalog& catalog);

/// Wrapped at `columns` (40 at least), in the user's language, without trailing blanks.
std::string render_explanation(const Explanation& explanation, std::size_t columns);
/// What a bare `nvstack explain` shows: the words of the tables under their groups.
std::string render_explanation_list(const catalog::Catalog& catalog, std::size_t columns);
Json explanation_json(const Explanation& explanation);

}  // namespace nvstack::cli
