#include "base/message.hpp"

#include <libintl.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>

namespace nvstack {

namespace {

constexpr const char* kDomain = "nvstack";

/// Places whose values are words of ours ("open", "required") and are translated with the sentence.
constexpr std::string_view kWordPlaces[] = {"flavor", "support"};

using Values = std::vector<std::pair<std::string, std::string>>;

std::string fill(std::string_view text, const Values& values, bool translated) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    const std::string_view name = close == std::string_view::npos ? "" : text.substr(1, close - 1);
    const std::string* value = nullptr;
    for (const auto& [key, replacement] : values)
      if (key == name) value = &replacement;
    if (value) {
      const bool word =
          std::find(std::begin(kWordPlaces), std::end(kWordPlaces), name) != std::end(kWordPlaces);
      out += translated && word ? translate(*value) : *value;
      text.remove_prefix(close + 1);
    } else {
      out += '{', text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string translate(std::string_view english) {
  if (english.empty()) return {};  // gettext answers "" with the catalogue's header
  const std::string key(english);
  return dgettext(kDomain, key.c_str());
}

std::string render(const Message& message) {
  return fill(translate(message.text), message.values, true);
}
std::string render_english(const Message& message) {
  return fill(message.text, message.values, false);
}

void choose_language(std::string_view language, const std::string& locale_directory) {
  // glibc looks translations up only under a locale that exists and is not "C"; C.UTF-8 is on every machine,
  // and LANGUAGE then says which catalogue. LC_NUMERIC stays "C": our numbers are read by programs.
  bool keep_list = false;  // LANGUAGE is a list of the user's own, before LANG, unless the locale is "C"
  if (language.empty()) {
    const char* list = std::getenv("LANGUAGE");
    keep_list = list && *list;
    for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
      const char* value = std::getenv(variable);
      if (value && *value) {
        language = value;
        break;
      }
    }
  }
  const std::string name(language.substr(0, language.find('.')));
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::setlocale(LC_MESSAGES, "C.UTF-8");
  if (name.empty() || name == "C" || name == "POSIX") {
    unsetenv("LANGUAGE");
  } else if (!keep_list) {
    setenv("LANGUAGE", name.c_str(), 1);
  }
  bindtextdomain(kDomain, locale_directory.c_str());
  bind_textdomain_codeset(kDomain, "UTF-8");
}

}  // namespace nvstack
