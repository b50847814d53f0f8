// Goal: the whole view without a terminal or a driver: keys in, pictures out, and the right words when there
// is nothing to show.
#include "live/run.hpp"

#include <doctest.h>

#include <deque>

#include "base/text.hpp"
#include "host/memory_host.hpp"
#include "live/test_driver.hpp"

using namespace nvstack;
using namespace nvstack::live;
using namespace nvstack::live::test;

namespace {

struct Hand : Terminal {
  std::deque<Input> keys;
  std::vector<std::string> pictures;
  std::vector<Theme> themes;
  Size shape{24, 80};

  Size size() override { return shape; }
  void paint(const Frame& frame, Theme theme) override {
    pictures.push_back(frame.text()), themes.push_back(theme);
  }
  Input read(std::chrono::milliseconds) override {
    if (keys.empty()) return {.key = Key::kClosed};
    const Input next = keys.front();
    keys.pop_front();
    return next;
  }
  void type(std::u32string_view text) {
    for (const char32_t c : text) keys.push_back({.key = Key::kCharacter, .character = c});
  }
};

struct Stage {
  FakeGpus gpus;
  std::shared_ptr<host::FakeHost> host = std::make_shared<host::FakeHost>();
  World world;
  Stage() {
    gpus.gpus.resize(2);
    gpus.gpus[1].processes = {{41, 1ull << 30, ~0u, ~0u}};
    host->file("/proc/41/stat", "41 (python3) S 1 41 41 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 77 0 9 0\n")
        .file("/proc/41/cmdline", std::string("python3\0train.py\0", 17));
    world = {[this]() -> Result<nvml::Nvml> { return gpus.library(); }, host,
             [] { return std::string("12:34:56"); }};
  }
};

}  // namespace

TEST_CASE("one picture has every GPU and every process") {
  Stage stage;
  const auto text = run_once({}, stage.world);
  REQUIRE(text);
  CHECK(contains(*text, "driver 580.95.05  CUDA 13.0  GPUs 2"));
  CHECK(contains(*text, "  1 H100"));
  CHECK(contains(*text, "python3 train.py"));
  CHECK_FALSE(contains(*text, "q quit"));
  CHECK(stage.gpus.shutdowns == 1);
}

TEST_CASE("only the GPUs that were asked for, by index or by UUID") {
  Stage stage;
  Options options;
  options.ids = "1";
  CHECK(contains(run_once(options, stage.world).value_or(""), "GPUs 1 "));
  options.ids = "GPU-0";
  CHECK_FALSE(contains(run_once(options, stage.world).value_or(""), "  1 H100"));
  options.ids = "5";
  CHECK(run_once(options, stage.world).error().message == "No devices were found");
}

TEST_CASE("without a library or a driver the original's words are the error") {
  Stage stage;
  stage.gpus.init_code = NVML_ERROR_DRIVER_NOT_LOADED;
  CHECK(contains(run_once({}, stage.world).error().message, "couldn't communicate with the NVIDIA driver"));
  stage.world.open_library = []() -> Result<nvml::Nvml> { return fail(ErrorCode::kNotFound, "no"); };
  CHECK(contains(run_once({}, stage.world).error().message, "couldn't find libnvidia-ml.so"));
}

TEST_CASE("keys change the pictures until q") {
  Stage stage;
  Hand hand;
  hand.type(U"h");
  hand.keys.push_back({.key = Key::kEscape});
  hand.type(U"kn+c /zz");
  hand.keys.push_back({.key = Key::kEnter});
  hand.type(U"q neverread");
  REQUIRE(run_live({}, stage.world, hand));
  CHECK(hand.keys.size() == 10);
  REQUIRE(hand.pictures.size() >= 4);
  CHECK(contains(hand.pictures[0], "h help  / filter"));
  CHECK(contains(hand.pictures[1], "Keys"));
  CHECK(contains(hand.pictures[3], "Send a signal to process 41?"));
  CHECK(contains(hand.pictures.back(), "filter: zz"));
}

TEST_CASE("read-only refuses, and the theme is the one that was asked for") {
  Stage stage;
  Hand hand;
  hand.type(U"k");
  Options options;
  options.access = Access::kReadOnly, options.theme = Theme::kMono;
  REQUIRE(run_live(options, stage.world, hand));
  CHECK(contains(hand.pictures.front(), "[read-only]"));
  CHECK(contains(hand.pictures.back(), "read-only: no process is sent a signal"));
  CHECK(hand.themes.front() == Theme::kMono);
}

TEST_CASE("a yes reaches the process of /proc alone: the fake one is refused and said so") {
  Stage stage;
  Hand hand;
  hand.type(U"ky");
  REQUIRE(run_live({}, stage.world, hand));
  // Process 41 of this host, if there is one, has another start time.
  CHECK(contains(hand.pictures.back(), "process 41 "));
  CHECK_FALSE(contains(hand.pictures.back(), "sent to process 41"));
}

TEST_CASE("a terminal that is gone ends the view; a tiny one gets a sentence") {
  Stage stage;
  Hand hand;
  hand.shape = {3, 20};
  REQUIRE(run_live({}, stage.world, hand));
  REQUIRE(hand.pictures.size() == 1);
  CHECK(contains(hand.pictures[0], "too small"));
}

TEST_CASE("the interval has bounds") {
  CHECK(parse_beat("100") == std::chrono::milliseconds(100));
  CHECK(parse_beat("10000") == std::chrono::milliseconds(10000));
  for (const char* wrong : {"99", "10001", "", "1s", "-5"}) CHECK_FALSE(parse_beat(wrong));
}
