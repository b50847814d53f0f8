// Goal: Python, C library, channel and place choose as the release's row says, and the commands follow.
#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

Request pinned(const char* torch, Request request) {
  request.torch = parse_wanted_version(torch).value();
  return request;
}
std::string reason(const Answer& answer) {
  return answer.refusal ? render(answer.refusal->reason) : "";
}
std::vector<std::string> options(const Answer& answer) {
  std::vector<std::string> out;
  if (answer.refusal)
    for (const NearestWish& wish : answer.refusal->nearest) out.push_back(wish.options);
  return out;
}
bool offers(const Answer& answer, std::string_view option) {
  for (const std::string& one : options(answer))
    if (one == option) return true;
  return false;
}

}  // namespace

TEST_CASE("the newest torch of every Python") {
  const std::pair<const char*, const char*> rows[] = {
      {"3.7", "1.13.1+cu117"},  {"3.8", "2.4.1+cu124"},   {"3.9", "2.8.0+cu129"},   {"3.10", "2.13.0+cu132"},
      {"3.11", "2.13.0+cu132"}, {"3.12", "2.13.0+cu132"}, {"3.13", "2.13.0+cu132"}, {"3.13t", "2.11.0+cu130"},
      {"3.14", "2.13.0+cu132"}, {"3.14t", "2.13.0+cu132"}};
  for (const auto& [python, expected] : rows)
    CHECK_MESSAGE(chosen(asking("610.43.02", {"RTX 4090"}, python)) == expected, python);
}

TEST_CASE("a Python that the release never had: the row's own list is shown") {
  const Answer early = answer_of(pinned("2.13.0", asking("610.43.02", {"RTX 4090"}, "3.9")));
  CHECK(contains(reason(early), "no wheel for Python 3.9 (it has 3.10, 3.11, 3.12, 3.13, 3.14, 3.14t)"));
  CHECK(offers(early, "--python 3.10"));
  const Answer late = answer_of(pinned("2.0.1", asking("610.43.02", {"RTX 4090"}, "3.12")));
  CHECK(contains(reason(late), "(it has 3.8, 3.9, 3.10, 3.11)"));
  CHECK(offers(late, "--python 3.11"));
  const Answer threads = answer_of(pinned("2.12.1", asking("610.43.02", {"RTX 4090"}, "3.13t")));
  CHECK(contains(reason(threads), "Python 3.13t"));
  CHECK(offers(threads, "--python 3.13"));
}

TEST_CASE("glibc: manylinux_2_28 wheels end where 2.27 begins, old ones name no floor") {
  const auto with = [](unsigned minor, const char* torch) {
    Request request = asking("580.95.05", {"RTX 4090"});
    request.libc.minor = minor;
    if (*torch) request.torch = parse_wanted_version(torch).value();
    return request;
  };
  for (const unsigned minor : {28u, 31u, 35u, 39u, 42u})
    CHECK_MESSAGE(chosen(with(minor, "")) == "2.13.0+cu130", minor);
  for (const unsigned minor : {17u, 23u, 26u, 27u})
    CHECK_MESSAGE(chosen(with(minor, "")) == "2.6.0+cu124", minor);
  const Answer answer = answer_of(with(27, "2.7.1"));
  CHECK(contains(reason(answer), "manylinux_2_28_x86_64 does not fit x86_64 with glibc 2.27"));
}

TEST_CASE("musl: no CUDA build, no CPU build; a container with glibc is what helps") {
  for (const Backend backend : {Backend::kCuda, Backend::kCpu}) {
    Request request = asking("580.95.05", {"RTX 4090"});
    request.libc = {LibcTarget::Kind::kMusl, 1, 2}, request.backend = backend;
    const Answer answer = answer_of(request);
    REQUIRE(answer.refusal);
    CHECK(contains(reason(answer), "no wheels for musl"));
    CHECK(offers(answer, "--glibc 2.28"));
  }
}

TEST_CASE("channels: stable, test and nightly do not mix") {
  Request request = asking("595.58.03", {"RTX 4090"});
  CHECK(chosen(request) == "2.13.0+cu132");
  request.channel = Channel::kTest;
  CHECK(chosen(request) == "2.14.0+cu132");
  CHECK(answer_of(request).address == "https://download.pytorch.org/whl/test/cu132");
  request.channel = Channel::kNightly;
  CHECK(chosen(request) == "2.7.0.dev20250310+cu124");
  CHECK(answer_of(request).address == "https://download.pytorch.org/whl/nightly/cu124");
  request = pinned("2.9.1", request);
  CHECK(offers(answer_of(request), "--channel stable"));
  CHECK(parse_channel("weekly").error().code == ErrorCode::kUsage);
  for (const Channel one : {Channel::kStable, Channel::kTest, Channel::kNightly})
    CHECK(parse_channel(channel_name(one)).value() == one);
}

TEST_CASE("a pre-release that is named is taken from the stable channel, too") {
  const Request request = pinned("2.7.0.dev20250310", asking("560.35.05", {"RTX 4090"}));
  CHECK(chosen(request) == "2.7.0.dev20250310+cu124");
  CHECK(answer_of(request).commands[0].starts_with("pip install --pre torch==2.7.0.dev20250310"));
  CHECK(contains(answer_of(request).commands[1], "--prerelease allow "));
}

TEST_CASE("the CPU build needs neither driver nor code") {
  Request request = asking("390.157", {"GTX 1080"});
  request.backend = Backend::kCpu;
  const Answer answer = answer_of(request);
  REQUIRE(answer.build);
  CHECK(answer.build->torch.variant == "cpu");
  CHECK(answer.build->torch.torch.text() == "2.13.0");
  CHECK(contains(answer.commands[0], "--index-url https://download.pytorch.org/whl/cpu"));
  CHECK_FALSE(warns(answer, "no-driver"));
  request.cuda = parse_version("12.6");
  CHECK(answer_of(request).build->torch.variant == "cpu");
}

TEST_CASE("a GPU that this driver never drove, or no longer drives") {
  struct Row {
    const char *driver, *gpu, *words;
  };
  const Row rows[] = {
      {"418.226.00", "A100", "needs driver 450 or newer"},
      {"450.248.02", "RTX 3090", "needs driver 455 or newer"},
      {"470.256.02", "H100", "needs driver 520 or newer"},
      {"565.57.01", "B200", "needs driver 570 or newer"},
      {"570.211.01", "sm_121", "needs driver 575 or newer"},
      {"590.48.01", "V100", "branch 580 was the last with it"},
      {"595.58.03", "GTX 980", "branch 580 was the last with it"},
      {"535.183.06", "K80", "branch 470 was the last with it"},
  };
  for (const Row& row : rows) {
    const Answer answer = answer_of(asking(row.driver, {row.gpu}));
    CHECK_MESSAGE(contains(reason(answer), row.words), row.gpu, ": ", reason(answer));
    REQUIRE_MESSAGE(!options(answer).empty(), row.gpu);
    CHECK_MESSAGE(options(answer)[0].starts_with("--driver "), row.gpu, ": ", join(options(answer), ";"));
  }
}

TEST_CASE("what is nearest is granted when it is asked for") {
  const Answer refused = answer_of(asking("550.144.03", {"RTX 5090"}, "3.12"));
  REQUIRE(offers(refused, "--driver 570.86.10"));
  CHECK(chosen(asking("570.86.10", {"RTX 5090"}, "3.12")) == "2.11.0+cu128");
  const Answer python = answer_of(asking("610.43.02", {"RTX 4090"}, "3.16"));
  REQUIRE(offers(python, "--python 3.14"));
  CHECK(chosen(asking("610.43.02", {"RTX 4090"}, "3.14")) == "2.13.0+cu132");
  CHECK(options(python).size() <= 6);
}

TEST_CASE("variants that never were: the nearest of the same major takes their place, aloud") {
  const std::pair<const char*, const char*> rows[] = {
      {"12.0", "cu121"}, {"12.2", "cu121"}, {"12.3", "cu121"}, {"12.5", "cu124"}, {"12.7", "cu126"},
      {"13.1", "cu130"}, {"13.4", "cu132"}, {"11.0", "cu116"}, {"11.9", "cu118"}};
  for (const auto& [asked, taken] : rows) {
    Request request = asking("610.43.02", {"RTX 4090"}, "3.10");
    request.cuda = parse_version(asked);
    const Answer answer = answer_of(request);
    CHECK_MESSAGE(warns(answer, "no-such-index"), asked);
    REQUIRE_MESSAGE(answer.build, asked);
    CHECK_MESSAGE(answer.build->torch.variant == taken, asked, ": ", answer.build->torch.variant);
  }
  Request other = asking("610.43.02", {"RTX 4090"});
  other.cuda = parse_version("10.2");  // no 10.x at all
  CHECK_FALSE(warns(answer_of(other), "no-such-index"));
  CHECK(answer_of(other).refusal);
}

TEST_CASE("mirrors: the command of each, and what it cannot do") {
  const auto command = [](const char* mirror, Channel channel = Channel::kStable) {
    Request request = pinned("2.6.0", asking("560.35.05", {"RTX 4090"}));
    request.cuda = parse_version("12.4"), request.mirror = mirror, request.packages = {"torch"};
    request.channel = channel;
    const auto answer = resolve(request, {}, tables());
    return answer && answer->build ? answer->commands[0] : answer ? "refused" : answer.error().message;
  };
  CHECK(command("") == "pip install torch==2.6.0 --index-url https://download.pytorch.org/whl/cu124");
  CHECK(command("pytorch") == command(""));
  CHECK(command("NJU") ==
        "pip install torch==2.6.0 --index-url https://mirrors.nju.edu.cn/pytorch/whl/cu124");
  CHECK(command("aliyun") ==
        "pip install torch==2.6.0+cu124 -f https://mirrors.aliyun.com/pytorch-wheels/cu124/");
  CHECK(command("sjtu") ==
        "pip install torch==2.6.0+cu124 -f https://mirror.sjtu.edu.cn/pytorch-wheels/torch_stable.html");
  CHECK(command("https://my.org/a b/cu124") ==
        "pip install torch==2.6.0 --index-url 'https://my.org/a b/cu124'");
  CHECK(command("/srv/wheels") == "pip install torch==2.6.0+cu124 --no-index --find-links /srv/wheels");
  CHECK(contains(command("ustc"), "no mirror \"ustc\""));
}
