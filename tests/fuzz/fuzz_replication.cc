// What a primary sends, as untrusted bytes, in pieces of any size: a replica takes it or ends the
// link, and its store can be walked, written and copied to another replica afterwards.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "node/replication/feed.h"
#include "node/replication/follower.h"
#include "node/replication/source.h"
#include "node/storage/store.h"
#include "tests/fuzz/check.h"

namespace {

using namespace cachekit::node;
using cachekit::fuzz::require;

constexpr std::size_t backlog_bytes = 100'000;

class NoSink final : public storage::EffectSink {
 public:
  void apply(const storage::Effect&) override {}
  void begin_group() override {}
  void end_group() override {}
};

std::size_t keys_of(const storage::Store& store) {
  std::size_t keys = 0;
  storage::ScanCursor cursor = 0;
  do {
    cursor = store.scan(cursor, -1, [&](const storage::EntryView&) { ++keys; });
  } while (cursor != 0);
  return keys;
}

// All that a store holds, as a copy for a replica.
std::string copy_of(const storage::Store& store) {
  replication::Source source({.id = "h"}, 0, backlog_bytes);
  replication::ReplicaFeed feed(source, store, replication::ReplicaFeed::Start::with_copy, 0);
  cachekit::protocol::Segments out;
  while (feed.has_more()) feed.produce(1 << 20, 1 << 20, out);
  std::string bytes;
  for (const auto& segment : out.list()) bytes += segment.bytes();
  return bytes;
}

void receive(storage::Store& store, std::string_view bytes, std::size_t piece, bool copying) {
  replication::Source kept({.id = "h"}, 0, backlog_bytes);
  store.set_follows(true);
  using Start = replication::Follower::Start;
  replication::Follower follower(store, kept, copying ? Start::with_copy : Start::from_offset);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!follower.receive(bytes.substr(0, piece))) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  NoSink nobody;
  storage::Store replica({}, nobody);
  const auto piece = static_cast<std::size_t>(data[0]) + 1;
  receive(replica, input.substr(2), piece, data[1] % 2 == 0);
  require(keys_of(replica) == replica.size(), "a walk meets another number of keys");

  storage::Store copy({}, nobody);
  receive(copy, copy_of(replica), 1000, true);
  require(copy.size() == replica.size(), "a copy has another number of keys");
  require(copy_of(copy).size() > 0, "a copy has no end");
  return 0;
}
