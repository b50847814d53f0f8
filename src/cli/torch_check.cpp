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

Result<int> torch_wheel(const TorchWords& words, const std::vector<std::string>& files, const Tables& tables,
                        Terminal& terminal) {
  if (files.empty())
    return fail(ErrorCode::kUsage, "which wheel?",
                "nvstack torch wheel torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl");
  const TorchAsked asked = TRY(make_torch_request(words, {}, tables));
  const WheelTags tags(asked.request.python, asked.request.libc, asked.request.arch);
  Json list = Json::array();
  bool all_fit = true;
  for (const std::string& file : files) {
    const WheelName name =
        TRY(parse_wheel_name(file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1)));
    const auto rank = tags.rank(name);
    all_fit = all_fit && rank;
    const std::string python = join(name.interpreters, "."), abi = join(name.abis, "."),
                      platform = join(name.platforms, ".");
    list.add(Json::object()
                 .set("file", name.file)
                 .set("project", name.project)
                 .set("version", name.version.text())
                 .set("variant", variant_of_version(name.version))
                 .set("python", python)
                 .set("abi", abi)
                 .set("platform", platform)
                 .set("rank", rank ? Json(static_cast<std::int64_t>(*rank)) : Json()));
    if (words.json) continue;
    terminal.out(name.file + "\n  " + name.project + " " + name.version.text() + ", " + python + "-" + abi +
                 ", " + platform + "\n  " +
                 render({rank ? N_("fits Python {python} on {arch} with {libc}")
                              : N_("does not fit Python {python} on {arch} with {libc}"),
                         {{"python", asked.request.python.text()},
                          {"arch", asked.request.arch},
                          {"libc", asked.request.libc.text()}}}) +
                 "\n");
  }
  if (words.json) terminal.out(list.dump(2) + "\n");
  return all_fit ? kOk : kFindings;
}

}  // namespace nvstack::cli
