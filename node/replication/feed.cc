#include "node/replication/feed.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "node/replication/list_prefix.h"
#include "node/replication/source.h"

namespace cachekit::node::replication {
namespace {

using storage::Effect;

// Of the table, in one step of the walk. A bucket has some ten entries, of 32 KiB each at most.
constexpr std::size_t buckets_per_step = 1;

// An entry that has expired is copied, and will be removed like any other.
constexpr storage::UnixMillis before_all_time = -1;

// Of a copy, in one call: empty buckets give nothing to send, and take time.
constexpr int most_steps = 256;

// Of a large collection, in one frame: about so many bytes, but no more elements than this.
constexpr std::size_t piece_bytes = std::size_t{32} << 10;
constexpr std::size_t most_elements = 256;

std::size_t elements_in_piece(const storage::Collection& collection) {
  const std::size_t size = std::max<std::size_t>(collection.size(), 1);
  return std::clamp<std::size_t>(piece_bytes / (collection.bytes() / size + 1), 1, most_elements);
}

class BodySink final : public storage::EffectSink {
 public:
  explicit BodySink(FrameBody& body) : body_(body) {}
  void apply(const Effect& effect) override { body_.add(effect); }
  void begin_group() override {}
  void end_group() override {}

 private:
  FrameBody& body_;
};

bool is_end_of_key(const Effect& effect) {
  return effect.kind == Effect::Kind::remove || effect.kind == Effect::Kind::set;
}

}  // namespace

ReplicaFeed::ReplicaFeed(Source& source, const storage::Store& store, Start start, Offset from)
    : source_(source), store_(store), position_(from), copying_(start == Start::with_copy) {
  source_.join(*this);
}

ReplicaFeed::~ReplicaFeed() { source_.leave(*this); }

bool ReplicaFeed::has_changes() const { return position_ < source_.backlog().end(); }

bool ReplicaFeed::produce(std::size_t room, std::size_t copy_room, protocol::Segments& out) {
  const Backlog& backlog = source_.backlog();
  if (!backlog.holds(position_)) return false;
  position_ = backlog.read(position_, room, out);
  if (has_changes()) return true;
  const std::size_t before = out.size_bytes();
  for (int step = 0; step < most_steps && copying_ && out.size_bytes() - before < copy_room;
       ++step) {
    copy_step(out);
  }
  return true;
}

bool ReplicaFeed::beat(const Heartbeat& heartbeat, protocol::Segments& out) {
  if (has_changes()) return false;  // a frame may have been cut
  append_heartbeat(heartbeat, out.tail());
  return true;
}

void ReplicaFeed::tell_touches(std::string_view keys, protocol::Segments& out) {
  append_frame_head(FrameKind::touches, keys.size(), out.tail());
  out.tail().append(keys);
}

void ReplicaFeed::copy_step(protocol::Segments& out) {
  if (!collections_.empty()) return copy_piece(out);
  if (!walked_) return walk(out);
  copying_ = false;
  send(FrameKind::copied, out);
}

void ReplicaFeed::walk(protocol::Segments& out) {
  cursor_ = store_.walk(cursor_, buckets_per_step, before_all_time,
                        [&](const storage::EntryView& entry) { copy_entry(entry); });
  walked_ = cursor_ == 0;
  if (!body_.empty()) send(FrameKind::entries, out);
}

void ReplicaFeed::copy_entry(const storage::EntryView& entry) {
  if (entry.collection != nullptr) {
    collections_.push_back({std::string(entry.key), entry.type, entry.collection, entry.expire_at});
    return;
  }
  const storage::Blob blob = entry.pin();
  body_.add({.kind = Effect::Kind::set,
             .type = entry.type,
             .key = entry.key,
             .value = entry.value,
             .expire_at = entry.expire_at,
             .blob = blob ? &blob : nullptr});
}

void ReplicaFeed::copy_piece(protocol::Segments& out) {
  Piecemeal& present = collections_.front();
  if (!std::exchange(present.begun, true)) {
    body_.add({.kind = Effect::Kind::remove, .key = present.key, .value = {}});
  }
  BodySink sink(body_);
  present.next = present.collection->describe(present.key, present.next,
                                              elements_in_piece(*present.collection), sink);
  send(FrameKind::piece, out);
  if (present.next == 0) end_collection(out);
}

// From here on all changes of it are the replica's own.
void ReplicaFeed::end_collection(protocol::Segments& out) {
  const Piecemeal& ended = collections_.front();
  if (ended.expire_at != storage::no_expiry) {
    body_.add({.kind = Effect::Kind::expire,
               .key = ended.key,
               .value = {},
               .expire_at = ended.expire_at});
  }
  send(FrameKind::entries, out);
  collections_.pop_front();
}

void ReplicaFeed::note(const Effect& effect) {
  if (effect.kind == Effect::Kind::clear) {
    collections_.clear();
    walked_ = true;  // what comes now comes as changes
    return;
  }
  const auto found = std::find_if(collections_.begin(), collections_.end(),
                                  [&](const Piecemeal& one) { return one.key == effect.key; });
  if (found == collections_.end()) return;
  if (is_end_of_key(effect)) {
    collections_.erase(found);
  } else if (effect.kind == Effect::Kind::expire) {
    found->expire_at = effect.expire_at;
  } else if (found->begun && found->type == storage::ValueType::list) {
    within_prefix(effect, found->next);
  }
}

void ReplicaFeed::send(FrameKind kind, protocol::Segments& out) {
  append_frame_head(kind, body_.size(), out.tail());
  body_.visit([&](std::string_view bytes) { out.tail().append(bytes); },
              [&](const storage::Blob& blob) {
                out.pin(blob.bytes(), std::make_shared<storage::Blob>(blob));
              });
  body_.clear();
}

}  // namespace cachekit::node::replication
