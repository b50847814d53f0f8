// nvstack torch check and --requirements: what is wrong with a torch that is installed, or asked for.
#include "base/text.hpp"
#include "cli/torch_commands.hpp"
#include "framework/environment.hpp"
#include "framework/variant.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

constexpr std::size_t kRequirementsBytesMax = 16u << 20;

/// The environment by --env, else the caller's, else the machine's own Python.
std::string prefix_of(const TorchWords& words, const host::Host& host) {
  if (!words.environment.empty()) return words.environment;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (const auto value = host.environment(variable); value && value->starts_with('/')) return *value;
  return "/usr";
}

std::string absolute(const std::string& path, const host::Host& host) {
  return path.starts_with('/') ? path : host.environment("PWD").value_or("") + "/" + path;
}

}  // namespace

Result<int> torch_check(const TorchWords& words, const Tables& tables, Terminal& terminal) {
  const Machine machine = TRY(open_machine(words.machine));
  const std::string prefix = absolute(prefix_of(words, *machine.host), *machine.host);
  const facts::TorchEnvironment environment = TRY(facts::read_torch_environment(*machine.host, prefix));
  TorchWords described = words;
  if (described.python.empty()) described.python = environment.python;
  const TorchAsked asked = TRY(make_torch_request(described, {}, tables));
  const std::string library_path = machine.host->environment("LD_LIBRARY_PATH").value_or("");
  const auto findings = check_environment(environment, asked.request, library_path, tables);
  if (words.json) {
    Json json = Json::object();
    json.set("prefix", environment.prefix).set("python", environment.python);
    json.set("torch", environment.torch ? Json(environment.torch->version) : Json());
    json.set("cuda", environment.torch ? Json(environment.torch->cuda) : Json());
    json.set("healthy", !has_bad(findings)).set("findings", findings_json(findings));
    terminal.out(json.set("data_date", tables.releases->date()).dump(2) + "\n");
  } else {
    const std::string torch =
        environment.torch ? "torch " + environment.torch->version +
                                (environment.torch->cuda.empty() ? "" : ", CUDA " + environment.torch->cuda)
                          : "-";
    terminal.out(environment.prefix + " (Python " + environment.python + "): " + torch + "\n");
    terminal.out(
        findings.empty()
            ? translate(
                  N_("Nothing is wrong with it as far as its files tell. nvstack cuda verify runs it.")) +
                  "\n"
            : render_findings(findings, terminal.columns));
  }
  return has_bad(findings) ? kFindings : kOk;
}

Result<int> torch_requirements(const TorchWords& words, const Tables& tables, Terminal& terminal) {
  bool cut = false;
  const std::string text = TRY(read_argument_file(words.requirements, kRequirementsBytesMax, cut));
  if (cut)
    return fail(ErrorCode::kTooLarge,
                words.requirements + " is larger than a requirements file may be (16 MiB)");
  const Requirements requirements = TRY_AS("reading " + words.requirements, parse_requirements(text));
  TorchWords described = words;
  described.indexes =
      requirements.index_urls;  // asked for CUDA by its index, also on a machine without a GPU
  described.indexes.insert(described.indexes.end(), words.indexes.begin(), words.indexes.end());
  TorchAsked asked = TRY(make_torch_request(described, {}, tables));
  const auto findings = check_requirements(requirements, asked.request, tables);
  Answer answer = TRY(resolve(request_of_requirements(requirements, asked.request), {}, tables));
  answer.warnings.insert(answer.warnings.begin(), asked.cautions.begin(), asked.cautions.end());
  if (words.json) {
    Json json = answer_json(answer);
    json.set("requirements", words.requirements).set("findings", findings_json(findings));
    terminal.out(json.dump(2) + "\n");
  } else {
    terminal.out(findings.empty() ? translate(N_("Nothing is wrong with what it asks for.")) + "\n"
                                  : render_findings(findings, terminal.columns));
    terminal.out("\n" + render_answer(answer, terminal.columns));
  }
  if (answer.refusal) return kRefused;
  return has_bad(findings) ? kFindings : kOk;
}

}  // namespace nvstack::cli
