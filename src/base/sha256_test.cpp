// Goal: the published test vectors, and the same hash however the bytes arrive.
#include "base/sha256.hpp"

#include <doctest.h>

using namespace nvstack;

TEST_CASE("published vectors") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("in pieces") {
  const std::string text(300, 'x');
  for (const std::size_t size : {1u, 55u, 56u, 63u, 64u, 65u, 299u}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += size) hash.add(std::string_view(text).substr(at, size));
    CHECK_MESSAGE(hash.finish() == sha256_of(text), size);
  }
}
