// Goal: records come whole whatever the stream is cut into, and no stream makes the reader keep much.
#include "persist/record.hpp"

#include <doctest.h>

using namespace nvstack::persist;

namespace {
std::string mark(unsigned length, bool last = true) {
  std::string bytes(4, '\0');
  for (int i = 0; i < 4; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(length >> (24 - 8 * i));
  if (last) bytes[0] = static_cast<char>(bytes[0] | '\x80');
  return bytes;
}
}  // namespace

TEST_CASE("a record is the same in one piece and byte by byte") {
  const std::string stream = mark(3) + "abc" + mark(0) + mark(2, false) + "de" + mark(1) + "f";
  RecordReader whole, single;
  REQUIRE(whole.add(stream));
  CHECK(whole.next() == "abc");
  CHECK(whole.next() == "");
  CHECK(whole.next() == "def");
  CHECK(!whole.next());
  CHECK(!whole.has_part());
  std::string got;
  for (const char byte : stream) {
    REQUIRE(single.add(std::string(1, byte)));
    while (const auto record = single.next()) got += "[" + *record + "]";
  }
  CHECK(got == "[abc][][def]");
}

TEST_CASE("half a record is known as such") {
  RecordReader reader;
  CHECK(!reader.has_part());
  reader.add(mark(8));
  CHECK(!reader.next());
  CHECK(reader.has_part());
  reader.add("1234");
  CHECK(reader.has_part());
  reader.add("5678");
  CHECK(reader.next() == "12345678");
  CHECK(!reader.has_part());
}

TEST_CASE("a length that no call has ends the stream at its mark") {
  RecordReader huge;
  CHECK(!huge.add(mark(0x7fffffff)));
  CHECK(huge.broken());
  RecordReader in_parts;
  const std::string part = mark(3000, false) + std::string(3000, 'x');
  CHECK(in_parts.add(part));
  CHECK(!in_parts.next());
  in_parts.add(part);
  CHECK(!in_parts.next());
  CHECK(in_parts.broken());
  CHECK(in_parts.bytes_kept() < 8192);
}

TEST_CASE("endless empty fragments end the stream") {
  RecordReader reader;
  for (int i = 0; i < 100 && !reader.broken(); ++i) {
    reader.add(mark(0, false));
    CHECK(!reader.next());
  }
  CHECK(reader.broken());
}
