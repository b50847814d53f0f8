// What the tests of commands share: a command run in this process, files that are gone afterwards, captured
// machines of the source tree.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/command.hpp"

namespace nvstack::cli::test {

struct Ran {
  int code = 0;
  std::string out, err;
};

inline Ran run(const std::vector<std::string>& words, std::size_t columns = 80) {
  Ran ran;
  Terminal terminal;
  terminal.columns = columns;
  terminal.out = [&](std::string_view text) { ran.out += text; };
  terminal.err = [&](std::string_view text) { ran.err += text; };
  ran.code = run_words(words, terminal);
  return ran;
}

/// A folder of its own for a test.
struct Folder {
  std::filesystem::path path;
  explicit Folder(const std::string& name)
      : path(std::filesystem::temp_directory_path() / ("nvstack-" + std::to_string(::getpid()) + name)) {
    std::filesystem::create_directories(path);
  }
  Folder(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The folder of one captured machine in snapshots/.
inline std::string snapshot(const std::string& name) {
  const char* source = std::getenv("NVSTACK_SOURCE");
  return std::string(source ? source : ".") + "/snapshots/" + name;
}

}  // namespace nvstack::cli::test
