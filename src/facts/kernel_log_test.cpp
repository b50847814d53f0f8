// Goal: the first source that answers is taken; a refusal is told from a log that is not there; what is kept
// is the end, from the start of a line, of this boot alone.
#include "facts/kernel_log.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

const std::vector<std::string> kJournal = {"journalctl",      "-k", "-b",   "--no-pager", "-o",
                                           "short-monotonic", "-n", "50000"};

/// A host whose commands also write to standard error.
struct Refusing : host::FakeHost {
  Refusing& refuse(std::vector<std::string> argv, std::string err, int exit_code) {
    image_.commands.insert_or_assign(std::move(argv), ProcessOutput{exit_code, "", std::move(err)});
    return *this;
  }
};

}  // namespace

TEST_CASE("the journal, else dmesg, else a file") {
  host::FakeHost host;
  CHECK(read_kernel_log(host).error().code == ErrorCode::kNotFound);
  host.file("/var/log/messages", "m\n").file("/var/log/kern.log", " \n");
  CHECK(read_kernel_log(host)->where == "/var/log/messages");
  host.command({"dmesg"}, "[    0.0] d\n");
  CHECK(read_kernel_log(host)->where == "dmesg");
  host.command(kJournal, "-- No entries --\n");
  CHECK(read_kernel_log(host)->where == "dmesg");
  host.command(kJournal, "half", 1);
  CHECK(read_kernel_log(host)->where == "dmesg");
  host.command(kJournal, "[    0.0] host kernel: j\n");
  CHECK(read_kernel_log(host)->where == "journalctl -k -b");
  CHECK(read_kernel_log(host)->text == "[    0.0] host kernel: j\n");
  CHECK(!read_kernel_log(host)->cut);
}

TEST_CASE("refusals") {
  Refusing host;
  host.refuse({"dmesg"}, "dmesg: read kernel buffer failed: Operation not permitted\n", 1);
  const auto log = read_kernel_log(host);
  CHECK(log.error().code == ErrorCode::kDenied);
  CHECK(log.error().hint.find("root") != std::string::npos);
  Refusing files;
  files.error("/var/log/kern.log", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_kernel_log(files).error().code == ErrorCode::kDenied);
  files.file("/var/log/dmesg", "d\n");
  CHECK(read_kernel_log(files)->where == "/var/log/dmesg");
  Refusing journal;
  journal.refuse(kJournal, "Hint: You are currently not seeing messages from other users and the system.\n",
                 0);
  CHECK(read_kernel_log(journal).error().code == ErrorCode::kDenied);
}

TEST_CASE("the end is kept, from the start of a line") {
  const std::string line = std::string(99, 'x') + "\n";
  std::string text;
  while (text.size() <= 9u << 20) text += line;
  const LogText log = keep_log_end("dmesg", text);
  CHECK(log.cut);
  CHECK(log.text.size() <= 8u << 20);
  CHECK(log.text.size() % 100 == 0);
  CHECK(!keep_log_end("x", "short").cut);
  CHECK(keep_log_end("x", std::string(9u << 20, 'y')).text.size() == 8u << 20);
  host::FakeHost host;
  host.file("/var/log/kern.log", text);
  CHECK(read_kernel_log(host)->cut);
}

TEST_CASE("a file that spans boots gives the last one") {
  const std::string now =
      "Jan 2 h kernel: [    0.000000] Linux version 6.1.0 (a@b)\nJan 2 h kernel: NVRM: now\n";
  host::FakeHost host;
  host.file("/var/log/kern.log", "Jan 1 h kernel: Linux version 6.0\nJan 1 h kernel: NVRM: before\n" + now);
  CHECK(read_kernel_log(host)->text == now);
  CHECK(last_boot("Linux version 6.1\nx\n") == "Linux version 6.1\nx\n");
  CHECK(last_boot("a\napp says: Linux version 6.1\n") == "a\napp says: Linux version 6.1\n");
  CHECK(last_boot("").empty());
  std::string same;
  while (same.size() < 1u << 20) same += "Linux version ";
  CHECK(last_boot("x" + same).size() == same.size() + 1);
}

TEST_CASE("binary bytes pass through, for the reader of lines to judge") {
  host::FakeHost host;
  host.command({"dmesg"}, "\0\xff\xfe\n"s);
  CHECK(read_kernel_log(host)->text.size() == 4);
}
