// nvstack cuda needs: the CUDA libraries that a program asks for by name.
#include "base/text.hpp"
#include "cli/cuda_commands.hpp"
#include "cli/machine.hpp"
#include "facts/libraries.hpp"
#include "framework/cuda_needs.hpp"

namespace nvstack::cli {

namespace {

std::vector<std::string> needed_of_view(std::string_view view) {
  std::vector<std::string> out;
  for (const std::string_view line : split_lines(view))
    if (line.starts_with("needed=")) out.emplace_back(line.substr(7));
  return out;
}

/// Where the loader would find it: LD_LIBRARY_PATH, then its cache. A RUNPATH in the program is not followed.
void find_files(const host::Host& host, framework::CudaNeeds& needs) {
  std::vector<facts::CachedLibrary> cache;
  if (const auto bytes = host.read("/etc/ld.so.cache", {.bytes_max = 8u << 20}))
    if (auto parsed = facts::parse_ld_cache(*bytes)) cache = std::move(*parsed);
  const std::string variable = host.environment("LD_LIBRARY_PATH").value_or("");
  for (framework::CudaNeed& need : needs.needs) {
    for (const std::string_view folder : split(variable, ':')) {
      const std::string path = std::string(folder) + "/" + need.soname;
      if (need.found.empty() && folder.starts_with('/') && host::exists(host, path)) need.found = path;
    }
    for (const facts::CachedLibrary& library : cache)
      if (need.found.empty() && library.soname == need.soname) need.found = library.path;
  }
}

}  // namespace

Result<int> cuda_needs_command(const std::vector<std::string>& words, Terminal& terminal) {
  MachineOptions machine_options;
  bool json = false, help = false;
  std::vector<Option> rows = {{"--json", "", N_("print JSON (docs/formats/torch.md)"), &json}};
  for (Option& row : machine_option_rows(machine_options)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> programs;
  TRY(parse_options(rows, words, programs, 1));
  if (help) {
    terminal.out(
        render_help("cuda needs PROGRAM [OPTION]...",
                    N_("Says which CUDA libraries a program or library asks for, which small package or "
                       "wheel brings each, and which driver they need. Exit code 3 when one is missing."),
                    rows, terminal.columns));
    return kOk;
  }
  if (programs.empty()) return fail(ErrorCode::kUsage, "which program?", "nvstack cuda needs ./my-program");
  const catalog::Catalog catalog = TRY(open_catalog(machine_options));
  const framework::CudaTable& cuda = *TRY(framework::CudaTable::shared(catalog));
  const Machine machine = TRY(open_machine(machine_options));
  std::string path = programs[0];
  if (!path.starts_with('/')) path = machine.host->environment("PWD").value_or("") + "/" + path;
  const std::string view = TRY_AS("reading " + programs[0], machine.host->view(path, host::View::kElf));
  framework::CudaNeeds needs = framework::find_needs(needed_of_view(view), catalog, cuda);
  find_files(*machine.host, needs);
  terminal.out(json ? framework::needs_json(needs, path).dump(2) + "\n"
                    : framework::render_needs(needs, path, terminal.columns));
  for (const framework::CudaNeed& need : needs.needs)
    if (need.found.empty()) return kFindings;
  return kOk;
}

}  // namespace nvstack::cli
