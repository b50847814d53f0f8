// Goal: the record reader at its limits: the largest record, the most fragments, the most that may wait.
#include <doctest.h>

#include "persist/record.hpp"

using namespace nvstack::persist;

namespace {

std::string fragment(const std::string& bytes, bool last) {
  const auto length = static_cast<std::uint32_t>(bytes.size()) | (last ? 0x80000000u : 0u);
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(length >> shift & 0xff);
  return text + bytes;
}

}  // namespace

TEST_CASE("the largest record is taken, one byte more is not waited for") {
  const std::string largest(RecordReader::kRecordBytesMax, 'x');
  RecordReader reader;
  REQUIRE(reader.add(fragment(largest, true)));
  CHECK(reader.next() == largest);
  CHECK(!reader.has_part());
  RecordReader over;
  CHECK(!over.add(fragment(largest + "x", true).substr(0, 4)));
  CHECK(over.broken());
  CHECK(!over.next());
}

TEST_CASE("a record may have 64 fragments, not 65") {
  for (const std::size_t count : {RecordReader::kFragmentsMax, RecordReader::kFragmentsMax + 1}) {
    RecordReader reader;
    std::string stream;
    for (std::size_t i = 1; i < count; ++i) stream += fragment("a", false);
    stream += fragment("b", true);
    REQUIRE(reader.add(stream));
    const auto record = reader.next();
    CHECK(record.has_value() == (count == RecordReader::kFragmentsMax));
    CHECK(reader.broken() == (count > RecordReader::kFragmentsMax));
    if (record) CHECK(*record == std::string(count - 1, 'a') + "b");
  }
}

TEST_CASE("the fragments of one record do not count for the next") {
  RecordReader reader;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 60; ++i) REQUIRE(reader.add(fragment("", false)));
    REQUIRE(reader.add(fragment("end", true)));
    CHECK(reader.next() == "end");
  }
}

TEST_CASE("waiting for the rest of a fragment counts it once, however often one looks") {
  RecordReader reader;
  const std::string whole = fragment("0123456789", true);
  REQUIRE(reader.add(whole.substr(0, 6)));
  for (int i = 0; i < 1000; ++i) CHECK(!reader.next());
  CHECK(!reader.broken());
  REQUIRE(reader.add(whole.substr(6)));
  CHECK(reader.next() == "0123456789");
}

TEST_CASE("records that nobody takes may fill the reader, then the stream ends") {
  RecordReader reader;
  const std::string record = fragment(std::string(1000, 'x'), true);
  std::size_t taken = 0;
  while (taken < 1000 && reader.add(record)) ++taken;
  CHECK(taken == 16 * RecordReader::kRecordBytesMax / record.size());
  CHECK(reader.broken());
  CHECK(!reader.add(""));
  CHECK(!reader.next());
  CHECK(reader.bytes_kept() <= 16 * RecordReader::kRecordBytesMax);
}

TEST_CASE("a long mark behind a good record ends the stream after it") {
  RecordReader reader;
  REQUIRE(reader.add(fragment("good", true) + std::string("\xff\xff\xff\xff", 4)));
  CHECK(reader.next() == "good");
  CHECK(!reader.next());
  CHECK(reader.broken());
}

TEST_CASE("a reader at rest keeps no bytes") {
  RecordReader reader;
  CHECK(reader.bytes_kept() == 0);
  REQUIRE(reader.add(fragment(std::string(3000, 'x'), true) + fragment("y", true)));
  CHECK(reader.next()->size() == 3000);
  CHECK(reader.next() == "y");
  CHECK(!reader.next());
  CHECK(reader.bytes_kept() == 0);
}
