#include "client/io/buffer.h"

#include <doctest/doctest.h>

namespace cachekit::io {
namespace {

std::size_t capacity_after(std::size_t capacity, std::size_t used) {
  std::string buffer;
  buffer.reserve(capacity);
  buffer.assign(used, 'x');
  clear_sent(buffer);
  CHECK(buffer.empty());
  return buffer.capacity();
}

TEST_CASE("a buffer keeps little memory in any case, and more only as long as it is used") {
  CHECK(capacity_after(kept_bytes, 1) >= kept_bytes);
  CHECK(capacity_after(most_kept_bytes, most_kept_bytes / 2) >= most_kept_bytes);
  CHECK(capacity_after(most_kept_bytes, most_kept_bytes / 8) < kept_bytes);
  CHECK(capacity_after(2 * most_kept_bytes, 2 * most_kept_bytes) < kept_bytes);
}

}  // namespace
}  // namespace cachekit::io
