#include "client/topology/base64.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/support/seed.h"

namespace cachekit::topology {
namespace {

// RFC 4648, section 10.
TEST_CASE("base64 is that of the RFC") {
  CHECK(to_base64("").empty());
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64("fooba") == "Zm9vYmE=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64(std::string("\xff\xef\xbe\x00", 4)) == "/+++AA==");
}

TEST_CASE("what comes out of base64 is what went in") {
  std::mt19937_64 random(cachekit::test::seed());
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random()));
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
}

TEST_CASE("what is no base64 is refused") {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zm9v\n", "Zm-v", "Z=9v", "=Zm9", "Zm9vYg=x"}) {
    CHECK_MESSAGE(!from_base64(text), text);
  }
}

}  // namespace
}  // namespace cachekit::topology
