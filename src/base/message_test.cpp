// Goal: messages find their translation in the chosen language, and stay English where there is none.
#include "base/message.hpp"

#include <doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/process.hpp"

using namespace nvstack;
namespace fs = std::filesystem;

namespace {

void put(std::string& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 255);
}

/// A catalogue of one sentence, in the format of gettext's .mo files.
std::string catalogue(const std::string& english, const std::string& translated) {
  const std::string header = "Content-Type: text/plain; charset=UTF-8\n";
  const std::string texts[] = {"", english, header, translated};
  std::string bytes, body;
  for (const std::uint32_t word : {0x950412deu, 0u, 2u, 28u, 44u, 0u, 60u}) put(bytes, word);
  for (const std::string& text : texts) {
    put(bytes, static_cast<std::uint32_t>(text.size()));
    put(bytes, static_cast<std::uint32_t>(60 + body.size()));
    body += text + '\0';
  }
  return bytes + body;
}

struct Locales {
  std::string path = fs::temp_directory_path() / ("nvstack-locale-" + std::to_string(::getpid()));
  Locales() {
    for (const auto& [language, text] :
         {std::pair{"zh_CN", "驱动 {v} 已加载"}, std::pair{"de", "Treiber {v} geladen"}}) {
      const std::string folder = path + "/" + language + "/LC_MESSAGES";
      fs::create_directories(folder);
      std::ofstream(folder + "/nvstack.mo", std::ios::binary) << catalogue("driver {v} is loaded", text);
    }
  }
  ~Locales() { fs::remove_all(path); }
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Renders in a child: a language is chosen once in a process.
std::string rendered(const Locales& locales, const std::string& language, const Environment& variables) {
  const auto done = run_in_child([&] {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"}) ::unsetenv(name);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    choose_language(language, locales.path);
    return render({"driver {v} is loaded", {{"v", "580"}}}) + "|" + render({"no such text {v}"});
  });
  return done ? done->out : done.error().text();
}

}  // namespace

TEST_CASE("the language that was asked for") {
  const Locales locales;
  CHECK(rendered(locales, "zh_CN", {}) == "驱动 580 已加载|no such text {v}");
  CHECK(rendered(locales, "de_AT.UTF-8", {}) == "Treiber 580 geladen|no such text {v}");
  for (const char* english : {"en", "C", "POSIX", "../../etc", "xx_YY"})
    CHECK(rendered(locales, english, {}) == "driver 580 is loaded|no such text {v}");
}

TEST_CASE("the environment's language, in the order of its variables") {
  const Locales locales;
  CHECK(rendered(locales, "", {}).find("driver 580") == 0);
  CHECK(rendered(locales, "", {{"LANG", "zh_CN.UTF-8"}}).find("驱动 580") == 0);
  CHECK(rendered(locales, "", {{"LANG", "zh_CN.UTF-8"}, {"LC_ALL", "de_DE"}}).find("Treiber") == 0);
  CHECK(rendered(locales, "", {{"LC_MESSAGES", "C"}, {"LANG", "de"}}).find("driver 580") == 0);
  CHECK(rendered(locales, "", {{"LC_ALL", ""}, {"LANG", "de"}}).find("Treiber") == 0);
}

TEST_CASE("LANGUAGE is the user's own list, but not in the C locale") {
  const Locales locales;
  CHECK(rendered(locales, "", {{"LANGUAGE", "fr:de"}, {"LANG", "zh_CN.UTF-8"}}).find("Treiber") == 0);
  CHECK(rendered(locales, "", {{"LANGUAGE", "de"}, {"LC_ALL", "C"}}).find("driver 580") == 0);
  CHECK(rendered(locales, "zh_CN", {{"LANGUAGE", "de"}}).find("驱动 580") == 0);
}

TEST_CASE("a broken catalogue leaves English") {
  const Locales locales;
  std::ofstream(locales.path + "/de/LC_MESSAGES/nvstack.mo", std::ios::binary) << "\xde\x12\x04\x95 cut";
  CHECK(rendered(locales, "de", {}).find("driver 580") == 0);
}

TEST_CASE("places: filled once, unknown and unclosed ones stay") {
  CHECK(render_english({"{a}{a}", {{"a", "{b}"}, {"b", "x"}}}) == "{b}{b}");
  CHECK(render_english({"{} {a {b} }", {{"b", "2"}}}) == "{} {a 2 }");
  CHECK(render_english({"{a", {{"a", "1"}}}) == "{a");
  CHECK(render_english({"{驱}", {{"驱", "1"}}}) == "1");
  CHECK(render_english({"}{a}", {{"a", "1"}}}) == "}1");
  CHECK(Message().empty());
  CHECK(translate("").empty());
}
