// Goal: the programs behave from outside as the case files say. Method: each *.case file holds blocks of
//   NAME what it shows      RUN shell line ({bin} {source} {tmp})      EXIT code (0)
//   EXPECT a line that must stand in the output, * matches any run      REFUSE a line that must not
//   STDERR the same for standard error      REQUIRES a program, or root      TIMEOUT seconds (20)
// {clients} is the folder of the programs of tests/clients. REQUIRES root: also the right to make namespaces.
// A block ends at an empty line. A skipped block says why.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/text.hpp"

namespace fs = std::filesystem;
using namespace nvstack;

namespace {

struct Case {
  std::string file, name, run, needs;
  int exit_code = 0;
  int timeout_s = 20;
  std::vector<std::string> expect, refuse, stderr_lines;
};

std::vector<Case> read_cases(const fs::path& path) {
  std::vector<Case> cases;
  Case current;
  const auto finish = [&] {
    if (!current.run.empty()) cases.push_back(current);
    current = {};
    current.file = path.filename();
  };
  finish();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto parts = cut(line, " ");
    if (line.empty()) finish();
    if (!parts) continue;
    const std::string value(parts->second);
    if (parts->first == "NAME") current.name = value;
    if (parts->first == "RUN") current.run = value;
    if (parts->first == "REQUIRES") current.needs = value;
    if (parts->first == "EXIT") current.exit_code = static_cast<int>(parse_uint(value).value_or(0));
    if (parts->first == "TIMEOUT") current.timeout_s = static_cast<int>(parse_uint(value).value_or(20));
    if (parts->first == "EXPECT") current.expect.push_back(value);
    if (parts->first == "REFUSE") current.refuse.push_back(value);
    if (parts->first == "STDERR") current.stderr_lines.push_back(value);
  }
  finish();
  return cases;
}

bool has_line(const std::string& text, const std::string& pattern) {
  for (const std::string_view line : split_lines(text))
    if (glob_match("*" + pattern + "*", line)) return true;
  return false;
}

/// What is wrong with a case; empty when it passes.
std::string judge(const Case& wanted, const Result<ProcessOutput>& done) {
  if (!done) return done.error().text();
  std::string wrong;
  if (done->exit_code != wanted.exit_code)
    wrong += "exit " + std::to_string(done->exit_code) + ", not " + std::to_string(wanted.exit_code) + "; ";
  for (const std::string& line : wanted.expect)
    if (!has_line(done->out, line)) wrong += "no line \"" + line + "\"; ";
  for (const std::string& line : wanted.refuse)
    if (has_line(done->out + done->err, line)) wrong += "a line \"" + line + "\"; ";
  for (const std::string& line : wanted.stderr_lines)
    if (!has_line(done->err, line)) wrong += "no line \"" + line + "\" on standard error; ";
  if (!wrong.empty())
    wrong += "\n--- output\n" + done->out.substr(0, 2000) + "--- error\n" + done->err.substr(0, 2000);
  return wrong;
}

bool available(const std::string& program) {
  if (program == "root")
    return run_process({"unshare", "--mount", "--pid", "--fork", "true"})->exit_code == 0;
  return program.empty() || run_process({"sh", "-c", "command -v " + program})->exit_code == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::map<std::string, std::string> places = {
      {"{bin}", fs::absolute(argv[2])},
      {"{clients}", fs::absolute(argv[2]).parent_path() / "unit" / "clients"},
      {"{source}", fs::absolute(argv[3])}};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(argv[1]))
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  int passed = 0, failed = 0, skipped = 0;
  for (const fs::path& path : files) {
    for (const Case& wanted : read_cases(path)) {
      bool ready = true;
      for (const std::string_view need : split_words(wanted.needs))
        ready = ready && available(std::string(need));
      if (!ready) {
        std::printf("skipped %s: %s: no %s here\n", wanted.file.c_str(), wanted.name.c_str(),
                    wanted.needs.c_str());
        ++skipped;
        continue;
      }
      std::string line = wanted.run;
      for (const auto& [place, value] : places) line = replace_all(line, place, value);
      const std::string script = "set -e; t=$(mktemp -d); export t; trap 'rm -rf \"$t\"' EXIT; set +e; " +
                                 replace_all(line, "{tmp}", "$t");
      const auto done =
          run_process({"bash", "-c", script}, {.deadline = std::chrono::seconds(wanted.timeout_s)});
      const std::string wrong = judge(wanted, done);
      ++(wrong.empty() ? passed : failed);
      if (!wrong.empty())
        std::printf("FAILED %s: %s\n  %s\n  %s\n", wanted.file.c_str(), wanted.name.c_str(), line.c_str(),
                    wrong.c_str());
    }
  }
  std::printf("%d cases passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed == 0 && passed > 0 ? 0 : 1;
}
