// Goal: which lines are written with and without --verbose, and what the journal gets of them.
#include "persist/log.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/text.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

/// journald's end of its native socket.
class Journal {
 public:
  explicit Journal(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// The next datagram; "" when there is none.
  std::string take() const {
    std::array<char, 4096> bytes;
    const ssize_t count = ::recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
  }
  std::string message() const {
    const std::string datagram = take();
    for (const std::string_view line : split_lines(datagram))
      if (line.starts_with("MESSAGE=")) return std::string(line.substr(8));
    return "";
  }

 private:
  Fd socket_;
};

struct Bench {
  TestFolder folder;
  Journal journal{folder / "journal"};
  Log log;
  explicit Bench(bool verbose) { log.open(verbose, Log::Echo::kOff, folder / "journal"); }
};

const LogLine kVerboseNotice{Level::kNotice, "persistence mode enabled.", true, GpuAddress{0, 16, 0}};

}  // namespace

TEST_CASE("without --verbose: errors, warnings and notices, and of these not the talkative ones") {
  Bench bench(false);
  for (const Level level : {Level::kError, Level::kWarning, Level::kNotice}) {
    bench.log.write(level, "Started (7)");
    CHECK(bench.journal.message() == "Started (7)");
  }
  bench.log.write(Level::kInformation, "PID file closed.");
  bench.log.write(Level::kDebug, "Received signal 15");
  bench.log.write(kVerboseNotice);
  CHECK(bench.journal.take().empty());
}

TEST_CASE("with --verbose everything is written, in order") {
  Bench bench(true);
  bench.log.write_all({kVerboseNotice,
                       {Level::kDebug, "Received signal 15", false, {}},
                       {Level::kInformation, "PID file closed.", false, {}}});
  CHECK(bench.journal.message() == "device 0000:10:00.0 - persistence mode enabled.");
  CHECK(bench.journal.message() == "Received signal 15");
  CHECK(bench.journal.message() == "PID file closed.");
}

TEST_CASE("the journal gets the syslog's numbers: facility daemon, the priority, the name without a PID") {
  Bench bench(true);
  for (const auto& [level, number] : {std::pair{Level::kError, "3"},
                                      {Level::kWarning, "4"},
                                      {Level::kNotice, "5"},
                                      {Level::kInformation, "6"},
                                      {Level::kDebug, "7"}}) {
    bench.log.write({level, "failed to open.", false, GpuAddress{0, 0x10, 0}});
    CHECK(bench.journal.take() ==
          "MESSAGE=device 0000:10:00.0 - failed to open.\nPRIORITY=" + std::string(number) +
              "\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=nvidia-persistenced\n"
              "NVIDIA_GPU=0000:10:00.0\n");
  }
}

TEST_CASE("a text with line ends makes no field of its own") {
  const std::string fields = render_journal({Level::kError, "x\nPRIORITY=0\nNVIDIA_GPU=", false, {}});
  CHECK(fields.starts_with("MESSAGE=x PRIORITY=0 NVIDIA_GPU=\nPRIORITY=3\n"));
  CHECK(split_lines(fields).size() == 4);
}

TEST_CASE("a message with a percent sign is no format, and a journal that goes away is no error") {
  Bench bench(false);
  bench.log.write(Level::kError, "100%s %n done");
  CHECK(bench.journal.message() == "100%s %n done");
  Log orphan;
  {
    const TestFolder folder;
    const Journal gone(folder / "journal");
    orphan.open(false, Log::Echo::kOff, folder / "journal");
  }
  orphan.write(Level::kError, "nobody reads this");
  Log unopened;
  unopened.write(Level::kError, "nor this");
  CHECK(bench.journal.take().empty());
}

TEST_CASE("the echo on standard error carries the program's name, and can be ended") {
  const TestFolder folder;
  const Journal journal(folder / "journal");
  const Fd saved(::dup(STDERR_FILENO));
  const Fd file(::open((folder / "stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::dup2(file.number(), STDERR_FILENO) == STDERR_FILENO);
  Log log;
  log.open(false, Log::Echo::kStandardError, folder / "journal");
  log.write({Level::kError, "failed to open.", false, GpuAddress{1, 2, 3}});
  log.write(Level::kDebug, "not asked for");
  log.set_echo(Log::Echo::kOff);
  log.write(Level::kError, "in the background");
  REQUIRE(::dup2(saved.number(), STDERR_FILENO) == STDERR_FILENO);
  CHECK(folder.read("stderr") == "nvidia-persistenced: device 0001:02:03.0 - failed to open.\n");
}
