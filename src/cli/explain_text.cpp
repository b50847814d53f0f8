// How an explanation is shown: as text for people, as a list of words, as JSON.
#include "cli/explain.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kColumnsMin = 40;

struct Section {
  std::string label;
  std::string text;
};

/// The heading of each group, in the order of the list.
struct Group {
  std::string_view name;
  std::string heading;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"parts", N_("Parts of the stack")},
      {"driver", N_("The driver: modules, branches, installing")},
      {"state", N_("Driver state and persistence")},
      {"smi", N_("What nvidia-smi shows")},
      {"pstate", N_("Performance states")},
      {"clocks", N_("Why clocks are held back")},
      {"memory", N_("Memory errors")},
      {"topology", N_("How GPUs are connected")},
      {"sharing", N_("Sharing a GPU")},
      {"cuda", N_("CUDA versions and code")},
      {"platform", N_("Machines and firmware")},
      {"parameter", N_("Parameters of the kernel modules")},
      {"errors", N_("Errors")},
      {"need", N_("What a task needs")},
  };
  return all;
}

void add_section(std::vector<Section>& sections, const char* label, const Message& message) {
  if (!message.empty()) sections.push_back({translate(label), render(message)});
}

std::vector<Section> sections_of(const Explanation& explanation) {
  std::vector<Section> all;
  add_section(all, N_("Need"), explanation.need);
  add_section(all, N_("Not needed"), explanation.not_needed);
  add_section(all, N_("Seen"), explanation.seen);
  add_section(all, N_("Normal"), explanation.normal);
  add_section(all, N_("Verdict"), explanation.verdict);
  add_section(all, N_("Do"), explanation.todo);
  if (!explanation.related.empty())
    all.push_back({translate(N_("See also")), join(explanation.related, ", ")});
  if (!explanation.source.empty()) all.push_back({translate(N_("Source")), explanation.source});
  return all;
}

std::string render_sections(const std::vector<Section>& sections, std::size_t columns) {
  std::size_t indent = 0;
  for (const Section& section : sections) indent = std::max(indent, display_width(section.label) + 2);
  std::string out;
  for (const Section& section : sections)
    out += section.label + std::string(indent - display_width(section.label), ' ') +
           wrap(replace_all(section.text, "\n", " "), columns, indent) + "\n";
  return out;
}

std::string without_trailing_blanks(std::string_view text) {
  std::string out;
  for (std::string_view line : split_lines(text)) {
    while (line.ends_with(' ')) line.remove_suffix(1);
    out += line, out += '\n';
  }
  return out;
}

/// The words of one group of a table, separated by commas.
std::string words_of(const catalog::Catalog& catalog, const std::string& table_name, std::string_view group) {
  std::vector<std::string> words;
  const auto table = catalog.table(table_name);
  for (std::size_t i = 0; table && i < (*table)->size(); ++i)
    if ((*table)->row(i)["group"] == group) words.emplace_back((*table)->row(i)["word"]);
  return join(words, ", ");
}

}  // namespace

std::string render_explanation(const Explanation& explanation, std::size_t columns) {
  columns = std::max(columns, kColumnsMin);
  const std::string title = translate(explanation.title);
  std::string out = wrap(title.empty() ? explanation.word : explanation.word + ": " + title, columns, 2);
  out += "\n\n" + wrap(replace_all(render(explanation.text), "\n", " "), columns, 0) + "\n";
  std::vector<Section> sections;
  for (const auto& [word, choice] : explanation.choices) sections.push_back({word, translate(choice)});
  for (Section& section : sections_of(explanation)) sections.push_back(std::move(section));
  if (!sections.empty()) out += "\n" + render_sections(sections, columns);
  // Not wrapped: a command is copied as it stands.
  if (!explanation.commands.empty()) out += "\n" + translate(N_("Commands:")) + "\n";
  for (const std::string& command : explanation.commands) out += "  " + command + "\n";
  for (const Explanation& other : explanation.also) out += "\n" + render_explanation(other, columns);
  return without_trailing_blanks(out);
}

std::string render_explanation_list(const catalog::Catalog& catalog, std::size_t columns) {
  columns = std::max(columns, kColumnsMin);
  std::string out;
  for (const Group& group : groups()) {
    const std::string words =
        words_of(catalog, group.name == "need" ? "use_cases.rec" : "explain.rec", group.name);
    if (!words.empty()) out += translate(group.heading) + "\n  " + wrap(words, columns, 2) + "\n";
  }
  return without_trailing_blanks(out);
}

Json explanation_json(const Explanation& explanation) {
  Json out = Json::object(), choices = Json::array(), also = Json::array();
  for (const Explanation& other : explanation.also) also.add(explanation_json(other));
  for (const auto& [word, title] : explanation.choices)
    choices.add(Json::object().set("word", word).set("title", translate(title)));
  out.set("word", explanation.word).set("group", explanation.group);
  out.set("title", translate(explanation.title)).set("text", render(explanation.text));
  out.set("seen", render(explanation.seen)).set("normal", render(explanation.normal));
  out.set("verdict", render(explanation.verdict));
  out.set("do", render(explanation.todo)).set("need", render(explanation.need));
  out.set("not_needed", render(explanation.not_needed)).set("commands", Json(explanation.commands));
  out.set("choices", std::move(choices)).set("related", Json(explanation.related));
  return out.set("source", explanation.source).set("also", std::move(also));
}

}  // namespace nvstack::cli
