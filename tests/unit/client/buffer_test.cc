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

TEST_CASE("a buffer keeps little memory in any case, and more only if much of it was needed") {
  constexpr std::size_t most = most_kept_send_buffer_bytes;
  CHECK(capacity_after(kept_send_buffer_bytes, 1) >= kept_send_buffer_bytes);
  CHECK(capacity_after(most, most / 2) >= most);
  CHECK(capacity_after(most, most / 8) < kept_send_buffer_bytes);
  CHECK(capacity_after(2 * most, 2 * most) < kept_send_buffer_bytes);
}

}  // namespace
}  // namespace cachekit::io
