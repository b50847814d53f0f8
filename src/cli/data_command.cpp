// nvstack data: the tables that answers rest on, their age, and a new one from an index.
#include <sys/stat.h>

#include <ctime>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/index_source.hpp"
#include "cli/machine.hpp"
#include "framework/snapshot.hpp"

namespace nvstack::cli {

namespace {

struct DataWords {
  MachineOptions machine;
  std::vector<std::string> from;
  std::string out, date;
  bool json = false, offline = false, help = false;
};

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

int show(const DataWords& words, const catalog::Catalog& catalog, const std::string& only,
         Terminal& terminal) {
  Json list = Json::array();
  std::string text;
  for (const std::string& name : catalog::Catalog::names()) {
    if (!only.empty() && name != only) continue;
    const catalog::Table& table = catalog.get(name);
    list.add(Json::object()
                 .set("name", name)
                 .set("date", table.date())
                 .set("rows", static_cast<std::int64_t>(table.size()))
                 .set("source", table.source()));
    std::string line = name;
    line.resize(std::max<std::size_t>(24, name.size() + 1), ' ');
    text += line + table.date() + "  " + std::to_string(table.size()) + "\n";
    if (!only.empty()) text += wrap(table.source(), terminal.columns, 0) + "\n";
  }
  terminal.out(words.json ? list.dump(2) + "\n" : text);
  return kOk;
}

/// Writes DIR/torch_releases.tsv, which --data DIR then puts in the place of the built-in table.
Result<int> refresh(const DataWords& words, const catalog::Catalog& catalog, Terminal& terminal) {
  if (words.from.empty() || words.out.empty())
    return fail(ErrorCode::kUsage, "refresh takes --from and --out",
                "nvstack data refresh --from torch.html --out DIR, then nvstack torch --data DIR");
  const framework::ReleaseTable& table = *TRY(framework::ReleaseTable::shared(catalog));
  const IndexSource source =
      TRY(read_indexes(words.from, words.offline ? Network::kForbidden : Network::kAllowed));
  const std::string date = words.date.empty() ? today() : words.date;
  const framework::Snapshot snapshot = TRY(framework::refreshed_releases(table, source.indexes, date));
  TRY_AS("checking the new table", catalog::Table::parse("torch_releases.tsv", snapshot.text));
  const std::string path = words.out + "/torch_releases.tsv";
  if (::mkdir(words.out.c_str(), 0755) != 0 && errno != EEXIST)
    return fail(errno_error(errno, "make the directory " + words.out));
  TRY(write_file_atomically(path, snapshot.text));
  if (words.json) {
    terminal.out(Json::object()
                     .set("file", path)
                     .set("date", date)
                     .set("new_releases", static_cast<std::int64_t>(snapshot.new_releases))
                     .set("new_variants", static_cast<std::int64_t>(snapshot.new_variants))
                     .dump(2) +
                 "\n");
  } else {
    terminal.out(wrap(render({N_("{path}: {releases} new releases, {variants} new variants of known ones. "
                                 "--data {folder} answers from it."),
                              {{"path", path},
                               {"releases", std::to_string(snapshot.new_releases)},
                               {"variants", std::to_string(snapshot.new_variants)},
                               {"folder", words.out}}}),
                      terminal.columns, 0) +
                 "\n");
  }
  return kOk;
}

}  // namespace

Result<int> data_command(const std::vector<std::string>& words, Terminal& terminal) {
  DataWords wanted;
  const std::vector<Option> rows = {
      {"--json", "", N_("print JSON"), &wanted.json},
      {"--from", "WHERE", N_("refresh: an index's address, saved page or directory; repeat for more"),
       &wanted.from},
      {"--out", "DIR", N_("refresh: write the new table into DIR"), &wanted.out},
      {"--date", "DAY", N_("refresh: the day of the index, today by default"), &wanted.date},
      {"--offline", "", N_("fetch nothing"), &wanted.offline},
      {"--data", "DIR", N_("tables that replace the built-in ones"), &wanted.machine.data},
      {"-h,--help", "", N_("print this help"), &wanted.help},
  };
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 2));
  if (wanted.help) {
    terminal.out(render_help("data show|refresh [TABLE] [OPTION]...",
                             N_("Lists the tables that answers rest on with their dates and sources, or "
                                "makes a new one from a package index."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const std::string way = more.empty() ? "show" : more[0];
  if (way == "refresh") return refresh(wanted, catalog, terminal);
  const std::string only = more.size() > 1 ? more[1] : "";
  if (way != "show")
    return fail(ErrorCode::kUsage, "no command \"data " + printable(way, 40) + "\"",
                "nvstack data show or refresh");
  if (!only.empty()) TRY(catalog.table(only));
  return show(wanted, catalog, only, terminal);
}

}  // namespace nvstack::cli
