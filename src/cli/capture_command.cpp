// nvstack capture: everything the facts read of this machine, redacted, in one archive.
#include <cerrno>

#include "base/fd.hpp"
#include "cli/command.hpp"
#include "cli/machine.hpp"
#include "cli/redact.hpp"
#include "facts/facts.hpp"
#include "host/capture.hpp"
#include "host/recording_host.hpp"

namespace nvstack::cli {

namespace {

std::string recorded_nvml(const Result<nvml::Answer>& answer) {
  if (answer) return nvml::answer_json(*answer).dump(1) + "\n";
  Json error, json;
  error.set("code", error_code_name(answer.error().code)).set("message", answer.error().text());
  return json.set("error", std::move(error)).dump(1) + "\n";
}

bool is_archive_name(const std::string& name) {
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tar.zst");
}

}  // namespace

Result<int> capture_command(const std::vector<std::string>& words, Terminal& terminal) {
  MachineOptions machine_options;
  bool keep = false, help = false;
  std::vector<Option> rows = {
      {"--no-redact", "", N_("keep serial numbers, UUIDs, host names, MAC and IP addresses"), &keep}};
  for (Option& row : machine_option_rows(machine_options)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> names;
  TRY(parse_options(rows, words, names, 1));
  if (help) {
    terminal.out(render_help(
        "capture OUT.tar.zst [OPTION]...",
        N_("Writes what doctor, detect and plan read of this machine into an archive. They accept it by "
           "--from and answer as they do here. Names and numbers that identify the machine are replaced."),
        rows, terminal.columns));
    return kOk;
  }
  if (names.size() != 1 || !is_archive_name(names[0]))
    return fail(ErrorCode::kUsage, "capture takes the name of one archive",
                "its name ends in .tar.zst, .tar.gz or .tar, as nvstack capture machine.tar.zst");
  const catalog::Catalog catalog = TRY(open_catalog(machine_options));
  const Machine machine = TRY(open_machine(machine_options));
  const host::RecordingHost recording(*machine.host);
  const facts::HostFacts facts = facts::gather(recording, *machine.nvml, catalog);
  host::MachineImage image = recording.image();
  image.attachments["nvml.json"] = recorded_nvml(facts.nvml);
  if (!keep) redact(image);
  const std::string bytes = TRY(host::render_capture(image, names[0]));
  TRY(write_file_atomically(names[0], bytes, 0600));
  terminal.err(render({keep ? N_("wrote {file}: {count} files, nothing redacted\n")
                            : N_("wrote {file}: {count} files, identifying words replaced\n"),
                       {{"file", names[0]}, {"count", std::to_string(image.entries.size())}}}));
  return kOk;
}

}  // namespace nvstack::cli
