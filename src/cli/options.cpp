#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.hpp"

namespace nvstack::cli {

namespace {

void declare(CLI::App& app, const Option& option) {
  if (auto* const* flag = std::get_if<bool*>(&option.target)) app.add_flag(option.name, **flag);
  if (auto* const* text = std::get_if<std::string*>(&option.target))
    app.add_option(option.name, **text)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  if (auto* const* list = std::get_if<std::vector<std::string>*>(&option.target))
    app.add_option(option.name, **list)->allow_extra_args(option.placeholder.ends_with("..."));
}

}  // namespace

Status parse_options(const std::vector<Option>& options, const std::vector<std::string>& words,
                     std::vector<std::string>& positionals, std::size_t positionals_max) {
  CLI::App app;
  app.set_help_flag();
  for (const Option& option : options) declare(app, option);
  app.allow_extras();
  try {
    std::vector<std::string> reversed(words.rbegin(),
                                      words.rend());  // the library takes its words from the back
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage, error.what());
  }
  for (const std::string& word : app.remaining()) {
    if (word == "--") continue;
    if (word.size() > 1 && word[0] == '-') {
      std::vector<std::string> names;
      for (const Option& option : options) names.push_back(option.name.substr(option.name.find("--")));
      const auto near = nearest_word(word, names);
      return fail(ErrorCode::kUsage, "no option " + printable(word, 60),
                  near ? "did you mean " + *near + "?" : "");
    }
    if (positionals.size() == positionals_max)
      return fail(ErrorCode::kUsage, "unexpected word " + printable(word, 60));
    positionals.push_back(word);
  }
  return {};
}

std::string render_options(const std::vector<Option>& options, std::size_t columns) {
  std::size_t width = 0;
  const auto head = [](const Option& option) {
    return option.name + (option.placeholder.empty() ? "" : " " + option.placeholder);
  };
  for (const Option& option : options) width = std::max(width, head(option).size());
  std::string text;
  for (const Option& option : options) {
    std::string line = "  " + head(option);
    line.resize(width + 4, ' ');
    const std::string help = wrap(render(option.help), columns - width - 4, 0);
    text += line + replace_all(help, "\n", "\n" + std::string(width + 4, ' ')) + "\n";
  }
  return text;
}

}  // namespace nvstack::cli
