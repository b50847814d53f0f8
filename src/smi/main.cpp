// The live world of the drop-in: the loaded library, standard streams, -f FILE, time.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/process.hpp"
#include "smi/guarded_run.hpp"
#include "smi/options.hpp"
#include "smi/run.hpp"

namespace nvstack::smi {

namespace {

void write_all(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

bool wait_for(int milliseconds) {
  std::fflush(stdout);
  timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000l};
  while (::nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
  return true;
}

/// nvstack beside this program, or where it is installed: `nvstack doctor` knows the causes, `detect` the
/// GPUs that PCI still shows.
std::string doctor_text() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::string folder = program.substr(0, program.rfind('/'));
  for (const std::string& candidate : {folder + "/nvstack", folder + "/../../../bin/nvstack"}) {
    if (::access(candidate.c_str(), X_OK) != 0) continue;
    const auto done = run_process({candidate, "doctor"}, {.deadline = std::chrono::milliseconds(20'000)});
    const auto there = run_process({candidate, "detect"}, {.deadline = std::chrono::milliseconds(20'000)});
    return (there ? gpus_on_the_bus(there->out) : "") + (done ? "\n" + done->out : "");
  }
  return "";
}

/// -f FILE: the words go there. Errors stay on the terminal.
const char* file_of(std::vector<std::string> words) {
  // dmon and pmon have the option too; in the other subcommands -f means something else.
  const bool monitor = !words.empty() && (words[0] == "dmon" || words[0] == "pmon");
  for (std::size_t i = 1; monitor && i < words.size(); ++i)
    if (words[i] == "-f" || words[i] == "--filename" || words[i].starts_with("--filename="))
      words = i + 1 < words.size() ? std::vector{words[i], words[i + 1]} : std::vector{words[i]};
  const auto options = parse_options(words);
  static std::string file;
  if (options) file = options->file;
  return file.empty() ? nullptr : file.c_str();
}

}  // namespace

int smi_main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_DFL);  // `nvidia-smi | head` ends quietly
  const std::vector<std::string> words(argv + 1, argv + argc);
  std::FILE* out = stdout;
  if (const char* file = file_of(words)) {
    out = std::fopen(file, "w");
    if (!out) {
      std::printf("Unable to open file %s for writing: %s\n", file, std::strerror(errno));
      return kInvalidExitCode;
    }
  }
  World world;
  world.streams.out = [out](std::string_view text) { write_all(out, text); };
  world.streams.err = [](std::string_view text) {
    std::fflush(stdout);
    write_all(stderr, text);
  };
  world.open_library = [] { return nvml::Nvml::open(); };
  world.wait = [out](int milliseconds) {
    std::fflush(out);
    return wait_for(milliseconds);
  };
  world.diagnose = doctor_text;
  world.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const int code = run_guarded(words, world);
  const bool written = std::fflush(out) == 0 && (out == stdout || std::fclose(out) == 0);
  if (!written) std::fputs("nvidia-smi: cannot write the output\n", stderr);
  return written ? code : 1;
}

}  // namespace nvstack::smi
