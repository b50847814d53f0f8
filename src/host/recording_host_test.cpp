// Goal: whatever was asked in whatever order, the recorded machine gives the live one's answers, also from a
// tar.
#include "host/recording_host.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "host/capture.hpp"
#include "host/live_host.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;
namespace fs = std::filesystem;

namespace {

using Paths = std::vector<std::string>;

/// A random machine on disk: files, folders, pipes, links to anything, loops among them.
struct RandomTree {
  std::string root = fs::temp_directory_path() / ("nvstack-random-" + std::to_string(::getpid()));
  Paths paths = {"/"};
  explicit RandomTree(std::mt19937& random) {
    fs::remove_all(root);
    fs::create_directories(root);
    Paths folders = {""};
    for (int i = 0; i < 25; ++i) {
      const std::string path =
          folders[random() % folders.size()] + "/" + "abcdefg-."[random() % 8] + std::to_string(i);
      const std::string target =
          random() % 2 ? paths[random() % paths.size()] : "../" + paths[random() % paths.size()];
      switch (random() % 4) {
        case 0: fs::create_directory(root + path), folders.push_back(path); break;
        case 1: fs::create_symlink(random() % 5 ? target : "l" + std::to_string(i), root + path); break;
        case 2:
          if (random() % 4 == 0) ::mkfifo((root + path).c_str(), 0600);
          break;
        default: std::ofstream(root + path) << std::string(random() % 40, 'x') << i;
      }
      paths.push_back(path);
    }
    const std::size_t direct = paths.size();
    for (std::size_t i = 0; i < 30; ++i)  // through links, where there are some
      paths.push_back(paths[random() % direct] + paths[1 + random() % (direct - 1)]);
  }
  ~RandomTree() { fs::remove_all(root); }
};

template <typename T>
std::string answer(const Result<T>& result, const std::string& text) {
  return result ? text : std::string(error_code_name(result.error().code));
}

/// One question of six kinds, its answer as text.
std::string ask(const Host& host, const std::string& path, unsigned kind) {
  switch (kind % 6) {
    case 0: {
      const auto text = host.read(path);
      return "read " + answer(text, text ? *text : "");
    }
    case 1: {
      const auto entries = host.list(path);
      std::string text;
      if (entries)
        for (const auto& [name, type] : *entries)
          text += name + ":" + std::to_string(static_cast<int>(type)) + " ";
      // Why no file can be listed is told in different words: an image keeps one error of a path.
      return "list " + (entries ? text : "failed");
    }
    case 2: {
      const auto target = host.readlink(path);
      // "no link" is EINVAL live, and ENOENT where a captured machine has nothing at the path.
      return "readlink " + (target ? *target : "");
    }
    case 3: {
      const auto plain = host.resolve(path);
      return "resolve " + answer(plain, plain ? *plain : "");
    }
    case 4: {
      const auto status = host.status(path);
      return "status " + answer(status, status ? std::to_string(static_cast<int>(status->type)) : "");
    }
    default: {
      const auto text = host.read(path, {4, ReadLimits::Excess::kRefuse});
      return "short " + answer(text, text ? *text : "");
    }
  }
}

struct Question {
  std::string path;
  unsigned kind;
  std::string answer;
};

void check_all(const Host& host, const std::vector<Question>& questions, unsigned seed, const char* form) {
  for (const auto& [path, kind, expected] : questions)
    CHECK_MESSAGE(ask(host, path, kind) == expected, form, " seed ", seed, " ", path);
}

}  // namespace

TEST_CASE("random machines answer alike: both resolutions, recorded, and from a tar") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const RandomTree tree(random);
    const auto live = LiveHost::open(tree.root);
    const auto other = LiveHost::open(tree.root, LiveHost::Resolution::kUserSpace);
    REQUIRE((live && other));
    const RecordingHost recording(**live);
    std::vector<Question> questions;
    for (int i = 0; i < 120; ++i) {
      const std::string& path = tree.paths[random() % tree.paths.size()];
      const auto kind = static_cast<unsigned>(random());
      questions.push_back({path, kind, ask(recording, path, kind)});
    }
    check_all(**live, questions, seed, "live");
    check_all(**other, questions, seed, "user space");
    check_all(MemoryHost(recording.image()), questions, seed, "recorded");
    const auto again = parse_capture(*render_capture(recording.image(), "x.tar"));
    REQUIRE_MESSAGE(again, again.error().text(), " seed ", seed);
    check_all(MemoryHost(*again), questions, seed, "from tar");
  }
}

TEST_CASE("a folder that was first read as a file can still be listed") {
  std::mt19937 random(1);
  const RandomTree tree(random);
  fs::create_directories(tree.root + "/etc/conf.d");
  const auto live = LiveHost::open(tree.root);
  const RecordingHost recording(**live);
  CHECK(recording.read("/etc/conf.d").error().code == ErrorCode::kMalformed);
  CHECK(recording.list("/etc/conf.d")->empty());
  const MemoryHost memory(recording.image());
  CHECK(memory.read("/etc/conf.d").error().code == ErrorCode::kMalformed);
  REQUIRE(memory.list("/etc/conf.d").has_value());
}

TEST_CASE("the root itself is recorded, listed without itself, and loaded again") {
  FakeHost inner;
  inner.file("/a", "1").directory("/b");
  const RecordingHost recording(inner);
  CHECK(recording.list("/")->size() == 2);
  CHECK(recording.status("/")->type == FileType::kDirectory);
  CHECK(MemoryHost(recording.image()).list("/")->size() == 2);
  const auto again = parse_capture(*render_capture(recording.image(), "x.tar"));
  REQUIRE_MESSAGE(again, again.error().text());
  CHECK(MemoryHost(*again).list("/")->size() == 2);
}

TEST_CASE("commands, variables and views are kept with their errors") {
  FakeHost inner;
  inner.command({"uname", "-r"}, "6.1\n", 3).variable("PATH", "/bin").module_file("/m.ko", "license=GPL\n");
  inner.error("/bad.ko", {ErrorCode::kDenied, "no", "be root", {}}).file("/text.ko", "no module");
  const RecordingHost recording(inner);
  CHECK(recording.query({{"uname", "-r"}})->exit_code == 3);
  CHECK(recording.query({{"none"}}).error().code == ErrorCode::kNotFound);
  CHECK(*recording.environment("PATH") == "/bin");
  CHECK(!recording.environment("NONE"));
  CHECK(*recording.view("/m.ko", View::kModule) == "license=GPL\n");
  CHECK(!recording.view("/bad.ko", View::kModule));
  const std::string message = recording.view("/text.ko", View::kElf).error().text();
  const auto image = parse_capture(*render_capture(recording.image(), "x.tar.gz"));
  REQUIRE_MESSAGE(image, image.error().text());
  const MemoryHost again(*image);
  CHECK(again.query({{"uname", "-r"}})->exit_code == 3);
  CHECK(again.query({{"none"}}).error().code == ErrorCode::kNotFound);
  CHECK(*again.environment("PATH") == "/bin");
  CHECK(*again.view("/m.ko", View::kModule) == "license=GPL\n");
  CHECK(again.view("/bad.ko", View::kModule).error().hint == "be root");
  CHECK(again.view("/text.ko", View::kElf).error().text() == message);
}
