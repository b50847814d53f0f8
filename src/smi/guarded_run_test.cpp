// What a run shows when a GPU of its driver never answers. The run is in a child process, so its words come
// by a file in memory.
#include "smi/guarded_run.hpp"

#include <doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::smi::test;

namespace {

constexpr smi::Limits kShort{.answer = 4, .waking = 8};

struct MemoryFile {
  Fd fd{::memfd_create("words", MFD_CLOEXEC)};
  void write(std::string_view text) const {
    CHECK(::write(fd.number(), text.data(), text.size()) == ssize_t(text.size()));
  }
  std::string read() const {
    std::string text(200'000, '\0');
    const ssize_t length = ::pread(fd.number(), text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
  }
};

Ran run_guarded_on(FakeDriver& made, const std::vector<std::string>& words, int passes = 1) {
  const MemoryFile out, err;
  smi::World world;
  int waits = 0;
  world.streams.out = [&](std::string_view text) { out.write(text); };
  world.streams.err = [&](std::string_view text) { err.write(text); };
  world.open_library = [&]() -> Result<nvml::Nvml> { return made.library(); };
  world.wait = [&](int) { return ++waits < passes; };
  world.diagnose = [] { return std::string(); };
  Ran ran;
  ran.code = smi::run_guarded(words, world, kShort);
  ran.out = out.read();
  ran.err = err.read();
  return ran;
}

FakeDriver hung_driver(const char* question) {
  FakeDriver made = make_driver({gaming_board(), data_center_board(), gaming_board()});
  made.boards[1].answers[question] = "hang";
  return made;
}

}  // namespace

TEST_CASE("a GPU that hangs when it is opened is named, the others are shown") {
  FakeDriver made = hung_driver("handle");
  const Ran ran = run_guarded_on(made, {"--query-gpu=index,name", "--format=csv,noheader"});
  CHECK(ran.out == "0, NVIDIA GeForce RTX 2080 SUPER\n1, [Timeout]\n2, NVIDIA GeForce RTX 2080 SUPER\n");
  CHECK(ran.err.starts_with("GPU 1: "));
  CHECK(ran.err.ends_with("the driver gave no answer within 0.1 s\n"));
  CHECK(ran.code == 15);
}

TEST_CASE("a GPU that hangs later is marked in every view") {
  FakeDriver made = hung_driver("nvmlDeviceGetName");
  const std::string table = run_guarded_on(made, {}).out;
  CHECK(table.find("|   1  ERR! ") != std::string::npos);
  CHECK(table.find(
            "|ERR!  ERR! ERR!             ERR! /  ERR! |       ERR! /      ERR! |    ERR!         ERR! |") !=
        std::string::npos);
  CHECK(table.find("|   2  NVIDIA GeForce RTX 2080 ...") != std::string::npos);
  CHECK(line_of(run_guarded_on(made, {"-L"}).out, 1) == "GPU 1: Timeout (UUID: Timeout)");
  const std::string json = run_guarded_on(made, {"--query-gpu=name", "--json"}).out;
  CHECK(json.find("\"nvml\": 10") != std::string::npos);
  CHECK(run_guarded_on(made, {"-q", "-x"}).out.find("<product_name>Timeout</product_name>") !=
        std::string::npos);
  CHECK(
      run_guarded_on(made, {"-q"}).out.find("Product Name                                       : Timeout") !=
      std::string::npos);
}

TEST_CASE("dmon goes on without it, and its header stands once") {
  FakeDriver made = hung_driver("temperature");
  const Ran ran = run_guarded_on(made, {"dmon", "-s", "p", "-c", "2"}, 2);
  CHECK(ran.out ==
        "# gpu    pwr  gtemp  mtemp \n# Idx      W      C      C \n"
        "    0     38     33      - \n    1      -      -      - \n    2     38     33      - \n"
        "    0     38     33      - \n    1      -      -      - \n    2     38     33      - \n");
  CHECK(ran.code == 15);
}

TEST_CASE("all that answers is shown as before, with its own code") {
  FakeDriver made = make_driver({gaming_board()});
  CHECK(run_guarded_on(made, {"-L"}).out == run_on(made, {"-L"}).out);
  CHECK(run_guarded_on(made, {"-L"}).code == 0);
  CHECK(run_guarded_on(made, {"-i", "7"}).code == 6);
  CHECK(run_guarded_on(made, {"--nonsense"}).code == 255);
}

TEST_CASE("a driver that does not even start is said to hang") {
  FakeDriver made = make_driver({gaming_board()});
  made.answers["nvmlInit_v2"] = "hang";
  const Ran ran = run_guarded_on(made, {"-L"});
  CHECK(ran.out.empty());
  CHECK(ran.err == "The driver gave no answer within 0.2 s.\n");
  CHECK(ran.code == 15);
}

TEST_CASE("what changes something is not begun a second time") {
  CHECK(smi::only_looks({}));
  CHECK(smi::only_looks({"-q", "-x"}));
  CHECK(smi::only_looks({"topo", "-m"}));
  CHECK(smi::only_looks({"mig", "-lgi"}));
  CHECK(smi::only_looks({"nvlink", "-s"}));
  CHECK_FALSE(smi::only_looks({"-pm", "1"}));
  CHECK_FALSE(smi::only_looks({"mig", "-cgi", "19", "-C"}));
  CHECK_FALSE(smi::only_looks({"drain", "-p", "0:0", "--modify=1"}));
  CHECK_FALSE(smi::only_looks({"--nonsense"}));
}
