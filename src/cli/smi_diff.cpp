// nvstack smi diff: what differs between two recordings or outputs of nvidia-smi -q, or between the ends of
// one recording.
#include <unistd.h>

#include "base/text.hpp"
#include "cli/machine.hpp"
#include "cli/smi_files.hpp"
#include "cli/smi_verbs.hpp"
#include "history/differences.hpp"
#include "history/duration.hpp"

namespace nvstack::cli {

namespace {

struct Side {
  std::string name;
  history::Seen seen;
};

/// "gpus.rec@90s": the file and the moment. A file that really has such a name is that file.
struct FileMoment {
  std::string file;
  std::optional<std::int64_t> ms;
};
FileMoment split_moment(const std::string& word) {
  const std::size_t at = word.rfind('@');
  if (at == std::string::npos || ::access(word.c_str(), F_OK) == 0) return {word, std::nullopt};
  const auto ms = history::parse_duration(std::string_view(word).substr(at + 1));
  return ms ? FileMoment{word.substr(0, at), ms} : FileMoment{word, std::nullopt};
}

Result<std::string> read_whole(const std::string& path) {
  bool was_cut = false;
  std::string text = TRY(read_argument_file(path, kRecordingBytesMax, was_cut));
  if (was_cut) return fail(ErrorCode::kTooLarge, path + " is larger than 512 MiB", "");
  return text;
}

/// The moment that the word names, else the last one.
Result<Side> read_side(const std::string& word) {
  const FileMoment named = split_moment(word);
  const std::string text = TRY(read_whole(named.file));
  if (!history::is_recording(text)) {
    auto seen =
        TRY(history::parse_seen(text, named.file));  // GCC 12 leaks what stands beside TRY in an aggregate
    return Side{word, std::move(seen)};
  }
  const auto recording = TRY(history::parse_recording(text, named.file));
  return Side{word, history::seen_of_state(recording.at(named.ms.value_or(recording.length_ms())))};
}

Result<std::pair<Side, Side>> read_ends(const std::string& path) {
  const std::string text = TRY(read_whole(path));
  if (!history::is_recording(text))
    return fail(ErrorCode::kUsage, path + " is one moment: compare it with what?",
                "nvstack smi diff BEFORE AFTER");
  const auto recording = TRY(history::parse_recording(text, path));
  return std::pair{Side{path + "@0s", history::seen_of_state(recording.first)},
                   Side{path + "@" + std::to_string(recording.length_ms()) + "ms",
                        history::seen_of_state(recording.at(recording.length_ms()))}};
}

}  // namespace

Result<history::Recording> read_recording(const std::string& path) {
  const std::string text = TRY(read_whole(path));
  if (!history::is_recording(text))
    return fail(ErrorCode::kMalformed, path + " is no recording", "nvstack smi record writes one");
  return history::parse_recording(text, path);
}

Result<int> smi_diff(const std::vector<std::string>& words, Terminal& terminal) {
  bool json = false, help = false;
  const std::vector<Option> rows = {{"--json", "", N_("print JSON"), &json},
                                    {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> files;
  TRY(parse_options(rows, words, files, 2));
  if (help) {
    terminal.out(render_smi_help("diff", rows, terminal.columns));
    return kOk;
  }
  if (files.empty())
    return fail(ErrorCode::kUsage, "compare which files?", "nvstack smi diff BEFORE AFTER, or one recording");
  const auto sides = files.size() == 1 ? TRY(read_ends(files[0]))
                                       : std::pair{TRY(read_side(files[0])), TRY(read_side(files[1]))};
  const auto found = history::find_differences(sides.first.seen, sides.second.seen);
  if (json) {
    Json document;
    document.set("before", sides.first.name).set("after", sides.second.name);
    document.set("findings", history::json_of_differences(found)["findings"]);
    terminal.out(document.dump(2) + "\n");
  } else if (found.empty()) {
    terminal.out(render({N_("{before} and {after} differ in nothing that matters."),
                         {{"before", sides.first.name}, {"after", sides.second.name}}}) +
                 "\n");
  } else {
    terminal.out(history::render_differences(found, terminal.columns));
  }
  return found.empty() ? kOk : kFindings;
}

}  // namespace nvstack::cli
