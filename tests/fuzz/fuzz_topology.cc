// What tells a client of its cluster, as any bytes: topology documents, what etcd answers, and
// URLs. Each is read or refused with a sentence; a topology that was read is written and read again
// as the same.

#include <cstdint>
#include <string>

#include "cachekit/topology.h"
#include "client/topology/etcd_messages.h"
#include "client/topology/url.h"
#include "tests/fuzz/check.h"

namespace {

using cachekit::fuzz::ExactCopy;
using cachekit::fuzz::require;
namespace etcd = cachekit::topology::etcd;

void read_document(std::string_view bytes) {
  const auto topology = cachekit::parse_topology(bytes);
  if (!topology) {
    require(topology.error().code() == cachekit::Code::topology_error, "another code");
    require(!topology.error().message().empty(), "refused without a sentence");
    return;
  }
  const auto again = cachekit::parse_topology(cachekit::to_json(*topology));
  require(again.has_value() && *again == *topology, "a topology was read as another");
}

void read_url(std::string_view bytes) {
  const auto url = cachekit::topology::parse_url(bytes);
  if (url) return;
  require(url.error().code() == cachekit::Code::invalid_argument, "another code");
  require(!url.error().message().empty(), "refused without a sentence");
}

template <class T>
void check_read(const etcd::Read<T>& read) {
  require(read.has_value() || !read.error().empty(), "refused without a sentence");
}

void read_answers(std::string_view bytes) {
  check_read(etcd::read_range_answer(bytes));
  check_read(etcd::read_put_answer(bytes));
  check_read(etcd::read_token_answer(bytes));
  check_read(etcd::read_watch_line(bytes));
  (void)etcd::read_refusal(400, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ExactCopy copy({reinterpret_cast<const char*>(data), size});
  const std::string_view bytes = copy.view();
  read_document(bytes);
  read_url(bytes);
  read_answers(bytes);
  return 0;
}
