// Goal: walks over archives end at their limits, whatever is packed inside; tars are made the same each time.
#include "host/archive.hpp"

#include <doctest.h>
#include <fcntl.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "host/test_elf.hpp"
#include "host/view.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

std::string names_of(std::string_view bytes, const ArchiveLimits& limits = {}) {
  std::string names;
  const auto done = walk_archive(bytes, limits, [&](ArchiveEntry&& entry) -> Status {
    names += entry.name + ":" + entry.content + " ";
    return {};
  });
  return done ? names : std::string(error_code_name(done.error().code));
}

}  // namespace

TEST_CASE("all that an entry is comes back") {
  const std::vector<ArchiveEntry> entries = {{"dir/", FileType::kDirectory, 0700, "", 0, ""},
                                             {"dir/f", FileType::kFile, 04751, "", 3, std::string("a\0b", 3)},
                                             {"l", FileType::kLink, 0777, "dir/f", 0, ""}};
  for (const char* name : {"x.tar", "x.tar.gz", "x.tar.zst"}) {
    const std::string tar = *make_tar(entries, name);
    CHECK(tar == *make_tar(entries, name));
    std::vector<ArchiveEntry> again;
    REQUIRE(walk_archive(tar, {.want_content = true}, [&](ArchiveEntry&& entry) -> Status {
      again.push_back(std::move(entry));
      return {};
    }));
    REQUIRE(again.size() == 3);
    CHECK(again[0].type == FileType::kDirectory);
    CHECK(again[1].mode == 04751);
    CHECK(again[1].content == entries[1].content);
    CHECK(again[2].target == "dir/f");
  }
}

TEST_CASE("content comes only when it is wanted") {
  const std::string tar = *make_tar({{"f", FileType::kFile, 0644, "", 3, "abc"}}, "x.tar");
  CHECK(names_of(tar) == "f: ");
  CHECK(names_of(tar, {.want_content = true}) == "f:abc ");
}

TEST_CASE("a bomb is not unpacked past the limit, not even as the last entry") {
  const std::string tar =
      *make_tar({{"bomb", FileType::kFile, 0644, "", 0, std::string(64u << 20, '\0')}}, "x.tar.zst");
  CHECK(tar.size() < 100'000);
  CHECK(names_of(tar, {.bytes_max = 1u << 20}) == "too-large");
  CHECK(names_of(tar) == "bomb: ");
}

TEST_CASE("an archive that takes too long is given up") {
  const std::string tar = *make_tar({{"f", FileType::kFile, 0644, "", 3, "abc"}}, "x.tar");
  CHECK(names_of(tar, {.deadline = std::chrono::milliseconds(-1)}) == "timed-out");
}

TEST_CASE("what is no archive is refused") {
  CHECK(names_of("plain text, quite long enough to be looked at by every format there is") == "malformed");
  CHECK(names_of(std::string(10'000, '\xff')) == "malformed");
  const std::string tar = *make_tar({{"f", FileType::kFile, 0644, "", 3, std::string(5000, 'x')}}, "x.tar");
  CHECK(names_of(tar.substr(0, 2000)) == "malformed");
}

TEST_CASE("an open file is walked like its bytes") {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int seen = 0;
  const auto count = [&](ArchiveEntry&&) -> Status { return ++seen, Status{}; };
  const auto empty = walk_archive_file(nothing.number(), {}, count);
  CHECK(seen == 0);
  CHECK((empty || empty.error().code == ErrorCode::kMalformed));
  CHECK(walk_archive_file(-1, {}, count).error().code == ErrorCode::kMalformed);
}

TEST_CASE("an initramfs' names are plain, in order, and once each, whatever their bytes") {
  using test::make_newc;
  CHECK(*archive_view(make_newc({"./b", "a", "b", "././c", "\x1b"})) == "\\x1b\na\nb\nc\n");
  const std::string tar = *make_tar(
      {{"./z", FileType::kFile, 0644, "", 0, ""}, {"y", FileType::kFile, 0644, "", 0, ""}}, "x.tar.gz");
  CHECK(*archive_view(make_newc({"./z", "m"}) + tar) == "m\ny\nz\n");
}

TEST_CASE("every cut of an initramfs is refused or harmless") {
  const std::string whole = test::make_newc({"kernel/a", "b"}) + std::string(100, '\0') +
                            *make_tar({{"f", FileType::kFile, 0644, "", 1, "x"}}, "x.tar.gz");
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto names = archive_view(std::string_view(whole).substr(0, size));
    refused += !names;
    if (!names) CHECK(names.error().code == ErrorCode::kMalformed);
  }
  CHECK(refused > static_cast<int>(whole.size()) / 3);
  std::string lying = test::make_newc({"a"});
  lying.replace(94, 8, "ffffffff");
  CHECK(archive_view(lying).error().code == ErrorCode::kMalformed);
  lying.replace(94, 8, "00000000");
  CHECK(archive_view(lying).error().message == "a broken cpio header");
}
