// Goal: paths are cleaned and resolved beneath the root by words alone, as the kernel does it.
#include "host/path.hpp"

#include <doctest.h>

#include <map>
#include <random>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

using Links = std::map<std::string, std::string>;

Result<std::string> resolved(const Links& links, const std::string& path, bool follow_last = true) {
  return resolve_beneath(
      path,
      [&](const std::string& prefix) -> std::optional<std::string> {
        const auto at = links.find(prefix);
        return at == links.end() ? std::nullopt : std::optional(at->second);
      },
      follow_last);
}

}  // namespace

TEST_CASE("cleaning never leaves the root") {
  for (const auto& [path, clean] : {std::pair{"", "/"},
                                    {"/", "/"},
                                    {"..", "/"},
                                    {"/../../a", "/a"},
                                    {"a/b/", "/a/b"},
                                    {"//a///./b", "/a/b"},
                                    {"/a/../..", "/"},
                                    {"/a/..b/...", "/a/..b/..."}})
    CHECK_MESSAGE(clean_path(path) == clean, path);
}

TEST_CASE("cleaning twice changes nothing, parts go to a path and back") {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    std::string path;
    for (std::size_t i = random() % 12; i > 0; --i) path += "a./"[random() % 3];
    const std::string clean = clean_path(path);
    CHECK(clean_path(clean) == clean);
    CHECK(clean.front() == '/');
    for (const std::string& part : path_parts(clean)) CHECK_MESSAGE((part != ".." && part != "."), path);
    CHECK(join_parts(path_parts(clean)) == clean);
  }
  CHECK(path_parts("/a/../b") == std::vector<std::string>{"a", "..", "b"});
  CHECK(join_parts({}) == "/");
}

TEST_CASE("absolute, relative and climbing links stay beneath the root") {
  const Links links = {{"/lib", "usr/lib"}, {"/abs", "/usr/./lib/"}, {"/usr/lib/up", "../../../../../etc"},
                       {"/chain", "abs"},   {"/top", "/"},           {"/here", "."}};
  CHECK(*resolved(links, "/lib/x.so") == "/usr/lib/x.so");
  CHECK(*resolved(links, "/abs/x.so") == "/usr/lib/x.so");
  CHECK(*resolved(links, "/lib/up/passwd") == "/etc/passwd");
  CHECK(*resolved(links, "/lib/../x") == "/usr/x");  // ".." of the target, not of the word
  CHECK(*resolved(links, "/chain/up") == "/etc");
  CHECK(*resolved(links, "/top/top/lib") == "/usr/lib");
  CHECK(*resolved(links, "/here/here/a") == "/a");
  CHECK(*resolved(links, "/..") == "/");
}

TEST_CASE("the last link is left alone when it is asked for itself") {
  const Links links = {{"/a", "b"}, {"/b", "c"}};
  CHECK(*resolved(links, "/a", false) == "/a");
  CHECK(*resolved(links, "/a/x", false) == "/c/x");
  CHECK(*resolved(links, "/a", true) == "/c");
}

TEST_CASE("40 links are followed, 41 are a loop") {
  Links links;
  for (int i = 0; i < kLinksMax; ++i) links["/l" + std::to_string(i)] = "l" + std::to_string(i + 1);
  CHECK(*resolved(links, "/l0") == "/l40");
  links["/l40"] = "l41";
  const auto over = resolved(links, "/l0");
  REQUIRE(!over);
  CHECK(over.error().code == ErrorCode::kMalformed);
  CHECK(contains(over.error().message, "/l0"));
  CHECK(!resolved({{"/a", "a/a"}}, "/a"));
  CHECK(!resolved({{"/a", "/a/../a/x"}}, "/a"));
}
