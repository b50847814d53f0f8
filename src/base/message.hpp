// Message is a sentence for people that is not yet in any language: an English text, which is also its key in
// the gettext catalogues, and the values for its {places}. It becomes text in `render`, at the very end.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nvstack {

struct Message {
  std::string text;
  std::vector<std::pair<std::string, std::string>> values;

  Message() = default;
  Message(std::string english) : text(std::move(english)) {}
  Message(const char* english) : text(english) {}
  Message(std::string english, std::vector<std::pair<std::string, std::string>> places)
      : text(std::move(english)), values(std::move(places)) {}
  bool empty() const { return text.empty(); }
};

/// Marks a text for the catalogues where it stands in a table; the text itself is unchanged.
#define N_(text) text

/// The text in the chosen language; English when there is no translation.
std::string translate(std::string_view english);
/// Translated, with each {name} replaced by its value. A place without a value stays as it stands.
std::string render(const Message& message);
/// The same without translation, for comparisons and logs.
std::string render_english(const Message& message);

/// Chooses the language of `translate`: a locale name such as "zh_CN" or "en"; "" follows the environment.
/// `locale_directory` holds LANGUAGE/LC_MESSAGES/nvstack.mo. Call once, from main.
void choose_language(std::string_view language, const std::string& locale_directory);

}  // namespace nvstack
