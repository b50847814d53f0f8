#include "framework/cuda_plan.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/cuda_match.hpp"

namespace nvstack::framework {

namespace {

/// The last release of a CUDA X.Y, with the driver in its installer.
struct Installer {
  std::string release, driver, driver_aarch64;
};

std::optional<Installer> installer_of(const Version& cuda, const catalog::Catalog& catalog) {
  std::optional<Installer> best;
  const auto table = catalog.table("toolkit_releases.tsv");
  for (std::size_t i = 0; table && i < (*table)->size(); ++i) {
    const catalog::Row row = (*table)->row(i);
    if (!row["release"].starts_with(cuda.text + ".") || row["installer_driver"].empty()) continue;
    best = Installer{std::string(row["release"]), std::string(row["installer_driver"]),
                     std::string(row["installer_driver_aarch64"])};
  }
  return best;
}

Result<Version> choose_cuda(const CudaPlanAsked& asked, const Tables& tables) {
  std::optional<Version> chosen;
  const auto own =
      asked.driver ? tables.cuda->cuda_of_driver(*asked.driver, DriverKind::kLinux) : std::nullopt;
  for (const Version& one : tables.cuda->toolkits()) {
    if (asked.cuda && one == *asked.cuda) return one;
    if (!own || one <= *own) chosen = one;
  }
  if (asked.cuda || !chosen)
    return fail(ErrorCode::kUsage,
                "there is no CUDA toolkit " + (asked.cuda ? asked.cuda->text : "for this driver"),
                "nvstack cuda match lists what a driver takes");
  return *chosen;
}

class Filler {
 public:
  Filler(const CudaPlanAsked& asked, const Version& cuda, const Tables& tables)
      : asked_(asked), cuda_(cuda.text) {
    installer_ = installer_of(cuda, *tables.catalog);
    if (const auto compilers = load_compilers(*tables.catalog))
      if (const CompilerRow* row = compilers_of(*compilers, cuda)) gcc_ = std::to_string(row->gcc_max);
  }
  bool has_installer() const { return installer_.has_value(); }

  std::string fill(std::string_view text) const {
    std::string out = replace_all(replace_all(std::string(text), "{cuda}", cuda_), "{dashed}",
                                  replace_all(cuda_, ".", "-"));
    out = replace_all(replace_all(out, "{gcc}", gcc_), "{manager}",
                      asked_.manager == "dnf5" ? "dnf" : asked_.manager);
    const bool arm = asked_.arch == "aarch64";
    out = replace_all(out, "{suffix}", arm ? "_sbsa" : "");
    if (!installer_) return replace_all(out, "{release}", cuda_ + ".0");
    return replace_all(replace_all(out, "{release}", installer_->release), "{driver}",
                       arm ? installer_->driver_aarch64 : installer_->driver);
  }
  Message message(std::string_view text) const {
    Message out{std::string(text)};
    for (const char* place : {"cuda", "dashed", "gcc", "manager", "suffix", "release", "driver"}) {
      const std::string marked = "{" + std::string(place) + "}";
      if (contains(text, marked)) out.values.emplace_back(place, fill(marked));
    }
    return out;
  }

 private:
  const CudaPlanAsked& asked_;
  std::string cuda_, gcc_ = "13";
  std::optional<Installer> installer_;
};

void judge_driver(const CudaPlanAsked& asked, const Tables& tables, CudaPlan& plan) {
  const auto floor = tables.cuda->floor_driver(plan.cuda, DriverKind::kLinux);
  if (!asked.driver) {
    plan.warnings.push_back(
        N_("No driver is known here: nvstack plan installs it first; nothing of CUDA runs without one."));
  } else if (floor && *asked.driver < *floor) {
    plan.warnings.push_back(
        {N_("Driver {driver} is older than CUDA {cuda} accepts ({floor}): nvstack plan brings a newer one."),
         {{"driver", asked.driver->text}, {"cuda", plan.cuda.text}, {"floor", floor->text}}});
  }
}

}  // namespace

Result<CudaPlan> make_cuda_plan(const CudaPlanAsked& asked, const Tables& tables) {
  if (asked.purpose != "run" && asked.purpose != "develop" && asked.purpose != "container")
    return fail(ErrorCode::kUsage, "no purpose \"" + printable(asked.purpose, 40) + "\"",
                "--for run, develop or container");
  CudaPlan plan;
  plan.cuda = TRY(choose_cuda(asked, tables));
  judge_driver(asked, tables, plan);
  const Filler filler(asked, plan.cuda, tables);
  const catalog::Table& table = *TRY(tables.catalog->table("cuda_steps.rec"));
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    const auto managers = split_words(row["manager"]);
    const bool runfile = row["manager"] == "runfile";
    const bool fits = managers.empty() || (runfile && filler.has_installer()) ||
                      std::find(managers.begin(), managers.end(), asked.manager) != managers.end();
    if (row["purpose"] != asked.purpose || !fits) continue;
    CudaStep step{std::string(row["id"]), filler.message(row["what"]), filler.message(row["reason"]), {}};
    for (const std::string_view command : row.values("command"))
      step.commands.push_back(filler.fill(command));
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

Json cuda_plan_json(const CudaPlan& plan) {
  Json steps = Json::array(), warnings = Json::array();
  for (const CudaStep& step : plan.steps)
    steps.add(Json::object()
                  .set("id", step.id)
                  .set("what", render(step.what))
                  .set("commands", Json(step.commands))
                  .set("reason", render(step.reason)));
  for (const Message& warning : plan.warnings) warnings.add(render(warning));
  return Json::object()
      .set("cuda", plan.cuda.text)
      .set("steps", std::move(steps))
      .set("warnings", std::move(warnings));
}

std::string render_cuda_plan(const CudaPlan& plan, std::size_t columns) {
  std::string out;
  for (const Message& warning : plan.warnings)
    out += wrap(translate(N_("Mind:")) + " " + render(warning), columns, 0) + "\n\n";
  std::size_t number = 0;
  for (const CudaStep& step : plan.steps) {
    out += std::to_string(++number) + ". " + render(step.what) + "\n";
    for (const std::string& command : step.commands) out += "     " + command + "\n";
    out += "   " + replace_all(wrap(render(step.reason), columns > 24 ? columns - 3 : 20, 0), "\n", "\n   ") +
           "\n";
  }
  return out;
}

}  // namespace nvstack::framework
