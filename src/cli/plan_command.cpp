// nvstack plan: the plan for this machine, a captured one, or one described by --gpu and --distribution.
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/machine.hpp"
#include "facts/facts.hpp"
#include "plan/plan.hpp"

namespace nvstack::cli {

namespace {

struct Wanted {
  MachineOptions machine;
  std::vector<std::string> gpus;
  std::string distribution, arch, kernel, platform, purpose, flavor, branch, version, cuda, date;
  bool json = false;
  bool help = false;
};

std::vector<Option> option_rows(Wanted& wanted) {
  std::vector<Option> rows = {
      {"--json", "", N_("print JSON (docs/formats/plan.md)"), &wanted.json},
      {"--for", "PURPOSE", N_("run, develop, container or desktop"), &wanted.purpose},
      {"--flavor", "FLAVOR", N_("open or proprietary kernel modules"), &wanted.flavor},
      {"--branch", "N", N_("driver branch: a number, latest or lts"), &wanted.branch},
      {"--version", "V", N_("this very driver version"), &wanted.version},
      {"--cuda", "X.Y", N_("a CUDA toolkit that must run"), &wanted.cuda},
      {"--at", "DATE", N_("what was published by this day, YYYY-MM-DD"), &wanted.date},
      {"--gpu", "ID",
       N_("a GPU of a machine that is not here: 10de:2684 or 10de:2684:10de:16f3; repeat for more"),
       &wanted.gpus},
      {"--distribution", "ID:VERSION", N_("its distribution, as ubuntu:24.04"), &wanted.distribution},
      {"--arch", "ARCH", N_("its architecture: x86_64 or aarch64"), &wanted.arch},
      {"--kernel", "FLAVOR", N_("its kernel: generic, azure, 64k, rt, uek or cloud"), &wanted.kernel},
      {"--platform", "KIND", N_("native, passthrough-guest, vgpu-guest, vgpu-host, wsl or jetson"),
       &wanted.platform},
  };
  for (Option& row : machine_option_rows(wanted.machine)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &wanted.help});
  return rows;
}

Result<plan::Wish> make_wish(const Wanted& wanted) {
  plan::Wish wish;
  wish.branch = wanted.branch, wish.date = wanted.date;
  if (!wanted.purpose.empty()) wish.purpose = TRY(plan::parse_purpose(wanted.purpose));
  if (wanted.flavor == "open") wish.flavor = catalog::Flavor::kOpen;
  if (wanted.flavor == "proprietary") wish.flavor = catalog::Flavor::kProprietary;
  if (!wanted.flavor.empty() && !wish.flavor)
    return fail(ErrorCode::kUsage, "--flavor is open or proprietary");
  if (!wish.branch.empty() && wish.branch != "latest" && wish.branch != "lts" && !parse_uint(wish.branch))
    return fail(ErrorCode::kUsage, "--branch is a number such as 580, latest or lts");
  const auto version_of = [](const std::string& text, const char* option) -> Result<std::optional<Version>> {
    if (text.empty()) return std::optional<Version>();
    const auto version = parse_version(text);
    if (!version)
      return fail(ErrorCode::kUsage, std::string(option) + " is no version: " + printable(text, 40));
    return version;
  };
  wish.version = TRY(version_of(wanted.version, "--version"));
  wish.cuda = TRY(version_of(wanted.cuda, "--cuda"));
  const auto day = split(wish.date, '-');
  const bool is_date = day.size() == 3 && day[0].size() == 4 && day[1].size() == 2 && day[2].size() == 2 &&
                       parse_uint(day[0]) && parse_uint(day[1]) && parse_uint(day[2]);
  if (!wish.date.empty() && !is_date) return fail(ErrorCode::kUsage, "--at is a day as 2026-11-09");
  return wish;
}

Result<plan::PlatformKind> parse_platform(const std::string& word) {
  using enum plan::PlatformKind;
  for (const auto kind : {kNative, kPassthroughGuest, kVgpuGuest, kVgpuHost, kWsl, kJetson})
    if (plan::platform_kind_name(kind) == word) return kind;
  return fail(ErrorCode::kUsage, "no platform \"" + printable(word, 40) + "\"",
              "native, passthrough-guest, vgpu-guest, vgpu-host, wsl or jetson");
}

Status put_words(const Wanted& wanted, const catalog::Catalog& catalog, plan::Target& target) {
  if (!wanted.distribution.empty()) {
    const auto parts = cut(wanted.distribution, ":");
    target.os = {};
    target.os.id = to_lower(parts ? parts->first : wanted.distribution);
    target.os.version_id = parts ? std::string(parts->second) : "";
    facts::classify_os(target.os, catalog);
  }
  if (!wanted.gpus.empty()) {
    const catalog::Gpus& gpus = *TRY(catalog::Gpus::shared(catalog));
    target.gpus.clear();
    for (const std::string& text : wanted.gpus) {
      const catalog::GpuId id = TRY(catalog::parse_gpu_id(text));
      target.gpus.push_back({"", id, gpus.find(id)});
    }
  }
  if (!wanted.arch.empty()) {
    if (wanted.arch != "x86_64" && wanted.arch != "aarch64")
      return fail(ErrorCode::kUsage, "--arch is x86_64 or aarch64");
    target.arch = wanted.arch;
  }
  if (!wanted.kernel.empty()) {
    const auto flavor = facts::kernel_flavor_of(wanted.kernel);
    if (!flavor)
      return fail(ErrorCode::kUsage, "no kernel flavor \"" + printable(wanted.kernel, 40) + "\"",
                  "generic, azure, 64k, rt, uek or cloud");
    target.kernel_flavor = *flavor, target.kernel_release.clear();
  }
  if (!wanted.platform.empty()) target.platform = TRY(parse_platform(wanted.platform));
  return {};
}

}  // namespace

Result<int> plan_command(const std::vector<std::string>& words, Terminal& terminal) {
  Wanted wanted;
  const std::vector<Option> rows = option_rows(wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("plan [OPTION]...",
                             N_("Prints the commands that bring the wished driver onto this machine, each "
                                "with its reason, and changes nothing. A wish that cannot be granted is "
                                "refused with the nearest one that can, exit code 4."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const plan::Wish wish = TRY(make_wish(wanted));
  plan::Target target;
  // A machine that is described in words is not this one: nothing of this one may leak into its plan.
  const bool described = !wanted.gpus.empty() && !wanted.distribution.empty();
  if (!described) {
    const Machine machine = TRY(open_machine(wanted.machine));
    const facts::HostFacts facts = facts::gather(*machine.host, *machine.nvml, catalog);
    if (wanted.distribution.empty()) {
      target = TRY_AS("reading the machine", plan::make_target(facts));
    } else if (const auto read = plan::make_target(facts)) {
      target = *read;
    }
  }
  TRY(put_words(wanted, catalog, target));
  const plan::Plan made = plan::make_plan(target, wish, catalog);
  terminal.out(wanted.json ? plan::plan_json(made).dump(2) + "\n"
                           : plan::render_plan(made, terminal.columns));
  return made.refusals.empty() ? kOk : kRefused;
}

}  // namespace nvstack::cli
