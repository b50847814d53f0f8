// Goal: every captured machine in snapshots/ gets exactly the detect, plan and doctor output beside it in
// expect/. Method: run the commands in this process at 80 columns; --update DIR writes the outputs anew
// instead.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "cli/command.hpp"

namespace fs = std::filesystem;
using namespace nvstack;

namespace {

struct Ran {
  int code = 0;
  std::string out;
};

Ran run(const std::vector<std::string>& words) {
  Ran ran;
  cli::Terminal terminal;
  terminal.out = terminal.err = [&](std::string_view text) { ran.out += text; };
  ran.code = cli::run_words(words, terminal);
  return ran;
}

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The machine's name in the output must not depend on where the tree lies.
std::string output_of(const std::string& verb, const fs::path& machine) {
  const Ran ran = run({verb, "--from", machine.string()});
  return ran.out + "exit " + std::to_string(ran.code) + "\n";
}

void print_difference(const std::string& expected, const std::string& got) {
  std::istringstream a(expected), b(got);
  std::string left, right;
  for (int line = 1; std::getline(a, left), std::getline(b, right), a || b;
       ++line, left.clear(), right.clear()) {
    if (left == right) continue;
    std::printf("  line %d\n  - %s\n  + %s\n", line, left.c_str(), right.c_str());
    return;
  }
}

int check_machine(const fs::path& machine, bool update) {
  int wrong = 0;
  for (const std::string verb : {"detect", "plan", "doctor"}) {
    const fs::path file = machine / "expect" / (verb + ".txt");
    const std::string got = output_of(verb, machine);
    if (update) {
      fs::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << got;
      continue;
    }
    const std::string expected = fs::exists(file) ? read_text(file) : "(no such file)\n";
    if (expected != got) {
      std::printf("%s %s differs from %s\n", verb.c_str(), machine.filename().c_str(), file.c_str());
      print_difference(expected, got);
      ++wrong;
    }
    const Ran json = run({verb, "--json", "--from", machine.string()});
    if (!parse_json(json.out))
      std::printf("%s --json of %s is no JSON\n", verb.c_str(), machine.c_str()), ++wrong;
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  const bool update = argc == 3 && std::string(argv[1]) == "--update";
  if (argc != 2 && !update) return 2;
  std::vector<fs::path> machines;
  for (const auto& entry : fs::directory_iterator(argv[argc - 1]))
    if (fs::exists(entry.path() / "machine.txt")) machines.push_back(entry.path());
  std::sort(machines.begin(), machines.end());
  int wrong = 0;
  for (const fs::path& machine : machines) wrong += check_machine(machine, update);
  std::printf("%zu machines, %d outputs wrong\n", machines.size(), wrong);
  return wrong == 0 && !machines.empty() ? 0 : 1;
}
