// Goal: PTX is found in whatever wraps it; machine code and broken images are refused with words that help.
#include "virtcuda/image.hpp"

#include <doctest.h>

#include <cstring>
#include <string>

using namespace nvstack::virtcuda;

namespace {

constexpr const char* kText = ".version 8.0\n.target sm_75\n";

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
}

struct PartRow {
  int kind;
  unsigned capability;
  std::string body;
  std::uint64_t flags = 0, unpacked = 0;
};

std::string fat(const std::initializer_list<PartRow>& parts) {
  std::string all;
  for (const PartRow& part : parts) {
    put(all, static_cast<std::uint64_t>(part.kind), 4), put(all, 64, 4), put(all, part.body.size(), 8),
        put(all, part.body.size(), 4);
    put(all, 64, 4), put(all, 0, 4), put(all, part.capability, 4), put(all, 0, 8), put(all, part.flags, 8),
        put(all, 0, 8);
    put(all, part.unpacked, 8);
    all += part.body;
  }
  std::string bytes;
  put(bytes, 0xba55ed50, 4), put(bytes, 0x100001, 4), put(bytes, all.size(), 8);
  return bytes + all;
}

/// One LZ4 sequence of literals.
std::string packed(const std::string& text) {
  std::string block(1, static_cast<char>(0xf0));
  block += static_cast<char>(text.size() - 15);
  return block + text;
}

CUresult found(const std::string& image, std::string& text, std::string& log, unsigned capability = 89) {
  return find_ptx(image.data(), image.size(), capability, text, log);
}

TEST_CASE("plain text, with and without a length") {
  std::string text, log;
  CHECK(find_ptx(kText, 0, 89, text, log) == CUDA_SUCCESS);
  CHECK(text == kText);
  CHECK(found(kText, text, log) == CUDA_SUCCESS);
  CHECK(find_ptx(nullptr, 0, 89, text, log) == CUDA_ERROR_INVALID_VALUE);
  CHECK(find_ptx("", 0, 89, text, log) == CUDA_ERROR_INVALID_IMAGE);
  CHECK(find_ptx("ab", 0, 89, text, log) == CUDA_ERROR_INVALID_IMAGE);
}

TEST_CASE("the newest PTX that the GPU runs is taken from a fat binary") {
  std::string text, log;
  const std::string image = fat({{1, 75, "old .version"},
                                 {2, 89, "machine code"},
                                 {1, 80, "better .version"},
                                 {1, 100, "newer .version"}});
  CHECK(found(image, text, log) == CUDA_SUCCESS);
  CHECK(text == "better .version");
  CHECK(found(image, text, log, 120) == CUDA_SUCCESS);
  CHECK(text == "newer .version");
  CHECK(found(image, text, log, 70) == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(log.find("newer GPU") != std::string::npos);
}

TEST_CASE("a wrapper, as the compiler puts it into programs") {
  std::string text, log;
  const std::string image = fat({{1, 75, kText}});
  const CudaFatbinWrapper wrapper = {0x466243b1, 1, image.data(), nullptr};
  CHECK(find_ptx(&wrapper, 0, 89, text, log) == CUDA_SUCCESS);
  CHECK(text == kText);
  const CudaFatbinWrapper broken = {0x466243b1, 1, kText, nullptr};
  CHECK(find_ptx(&broken, 0, 89, text, log) == CUDA_ERROR_INVALID_IMAGE);
}

TEST_CASE("parts packed with LZ4") {
  std::string text, log;
  CHECK(found(fat({{1, 75, packed(kText), 0x2000, std::strlen(kText)}}), text, log) == CUDA_SUCCESS);
  CHECK(text == kText);
  CHECK(found(fat({{1, 75, packed(kText), 0x2000, 9}}), text, log) == CUDA_ERROR_INVALID_SOURCE);
  CHECK(found(fat({{1, 75, packed(kText), 0x2000, 1ull << 40}}), text, log) == CUDA_ERROR_INVALID_SOURCE);
  CHECK(found(fat({{1, 75, "no zstd frame", 0x8000, 100}}), text, log) == CUDA_ERROR_INVALID_SOURCE);
  CHECK(log.find("zstd") != std::string::npos);
}

TEST_CASE("LZ4: matches that overlap, and blocks that lie") {
  const auto unpacked = [](const std::string& block, std::size_t bytes) {
    std::string text(bytes, '?');
    return unpack_lz4(reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), text) ? text
                                                                                               : "refused";
  };
  CHECK(unpacked(std::string("\x32"
                             "abc"
                             "\x03\x00"
                             "\x10"
                             "d",
                             8),
                 10) == "abcabcabcd");
  CHECK(unpacked(std::string("\x1f"
                             "a"
                             "\x01\x00"
                             "\x05"
                             "\x10"
                             "b",
                             7),
                 26) == std::string(25, 'a') + "b");
  CHECK(unpacked(std::string("\x32"
                             "abc"
                             "\x04\x00",
                             6),
                 9) == "refused");
  CHECK(unpacked(std::string("\x32"
                             "abc"
                             "\x00\x00",
                             6),
                 9) == "refused");
  CHECK(unpacked(std::string("\xf0", 1), 9) == "refused");
  CHECK(unpacked(std::string("\x32"
                             "abc"
                             "\x03",
                             5),
                 9) == "refused");
  CHECK(unpacked("", 0).empty());
}

TEST_CASE("machine code and broken images") {
  std::string text, log;
  CHECK(found(std::string("\x7f"
                          "ELF\2\1\1",
                          7),
              text, log) == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(log.find("this virtual GPU runs PTX only") != std::string::npos);
  CHECK(found(fat({{2, 89, "machine code"}}), text, log) == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(log.find("compute_NN") != std::string::npos);
  CHECK(found(fat({}), text, log) == CUDA_ERROR_NO_BINARY_FOR_GPU);
  std::string image = fat({{1, 75, kText}});
  for (std::size_t length = 4; length < image.size(); ++length) {
    const CUresult code = found(image.substr(0, length), text, log);
    CHECK(code != CUDA_SUCCESS);
  }
  image[16 + 8] = '\x7f';  // the part claims more bytes than there are
  CHECK(found(image, text, log) == CUDA_ERROR_INVALID_IMAGE);
}

}  // namespace
