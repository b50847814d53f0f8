// Goal: ldconfig and the loader read our cache as they read ldconfig's, and no forged byte leads out of the
// input.
#include <doctest.h>
#include <unistd.h>

#include <fstream>

#include "base/process.hpp"
#include "base/text.hpp"
#include "virt/loader_cache.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

const std::vector<CachedLibrary> kAdded = {{"libnvidia-ml.so.1", "/lib/a/libnvidia-ml.so.1"},
                                           {"libcuda.so.1", "/lib/a/libcuda.so.1"}};

/// What ldconfig says of a cache: "NAME => PATH" words of each line.
std::string ldconfig_reads(const std::string& cache) {
  const std::string path = "/tmp/nvstack-loader-cache." + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary) << cache;
  const auto answer = run_process({"/sbin/ldconfig", "-p", "-C", path});
  ::unlink(path.c_str());
  return answer && answer->exit_code == 0 ? answer->out : "ldconfig refuses it";
}

}  // namespace

TEST_CASE("names are ordered as the loader searches them: digits are numbers") {
  CHECK(compare_loader_names("liba.so.2", "liba.so.10") < 0);
  CHECK(compare_loader_names("liba.so.10", "liba.so.10") == 0);
  CHECK(compare_loader_names("liba.so.010", "liba.so.10") == 0);
  CHECK(compare_loader_names("liba", "liba.so") < 0);
  CHECK(compare_loader_names("liba.so", "liba") > 0);
  CHECK(compare_loader_names("lib1", "liba") > 0);
  CHECK(compare_loader_names("liba", "lib1") < 0);
  CHECK(compare_loader_names("lib99999999999999999999999", "lib1") > 0);
}

TEST_CASE("a cache from nothing is one that ldconfig reads") {
  const auto cache = add_to_loader_cache("", kAdded);
  REQUIRE(cache);
  const std::string text = ldconfig_reads(*cache);
  CHECK(contains(text, "libnvidia-ml.so.1 (libc6"));
  CHECK(contains(text, "=> /lib/a/libcuda.so.1\n"));
}

TEST_CASE("libraries are added to this machine's cache, and replaced when added again") {
  std::ifstream file("/etc/ld.so.cache", std::ios::binary);
  const std::string real((std::istreambuf_iterator<char>(file)), {});
  if (real.empty()) {
    MESSAGE("skipped: this machine has no /etc/ld.so.cache");
    return;
  }
  const auto once = add_to_loader_cache(real, kAdded);
  REQUIRE_MESSAGE(once, once.error().text());
  const auto twice = add_to_loader_cache(*once, {{"libcuda.so.1", "/lib/b/libcuda.so.1"}});
  REQUIRE(twice);
  const std::string before = ldconfig_reads(real), after = ldconfig_reads(*twice);
  CHECK(contains(after, "=> /lib/b/libcuda.so.1\n"));
  CHECK(!contains(after, "/lib/a/libcuda.so.1"));
  for (const std::string_view line : split_lines(before))
    if (contains(line, "libc.so.6") || contains(line, "libm.so.6"))
      CHECK_MESSAGE(contains(after, line), line);
  CHECK(split_lines(after).size() >= split_lines(before).size());
}

TEST_CASE("the old format's table is passed over") {
  std::string old = std::string("ld.so-1.7.0") + '\0' + std::string("\1\0\0\0", 4) + std::string(12, '\0');
  old.resize((old.size() + 7) / 8 * 8, '\0');
  const auto cache = add_to_loader_cache(old + *add_to_loader_cache("", kAdded), {});
  REQUIRE(cache);
  CHECK(*cache == *add_to_loader_cache("", kAdded));
  CHECK(!add_to_loader_cache(old.substr(0, 14), {}));
  CHECK(!add_to_loader_cache(old.substr(0, 20), {}));
}

TEST_CASE("forged counts and offsets are refused") {
  const std::string good = *add_to_loader_cache("", kAdded);
  CHECK(!add_to_loader_cache("glibc-ld.so.cache1.1", {}));
  CHECK(!add_to_loader_cache(std::string(100, 'x'), {}));
  std::string many = good;
  many.replace(20, 4, "\xff\xff\xff\xff", 4);
  CHECK(add_to_loader_cache(many, {}).error().message == "the loader cache is cut short");
  std::string far = good;
  far.replace(52, 4, "\xff\xff\xff\x7f", 4);
  CHECK(add_to_loader_cache(far, {}).error().message ==
        "an entry of the loader cache points out of the file");
  CHECK(!add_to_loader_cache(good.substr(0, good.size() - 1), {}));
}
