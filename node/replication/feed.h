// What one replica is sent: the changes from some place on; before them, if it needs that, a copy
// of all keys.
//
// The copy takes no snapshot. The feed walks the table in small steps while changes go on, and
// sends both in the order in which they happen: all changes so far, then a few keys as they are
// now, then the changes since. Changes of keys that the walk has not met yet are sent as well; they
// do no harm, since the key itself will replace whatever they came to. A large collection goes in
// pieces, and changes inside it between two pieces are followed: see list_prefix.h.
//
// Nothing is copied but what is encoded; large values are shared. A replica that is too slow finds
// that the backlog has moved on, and starts anew.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "node/replication/backlog.h"
#include "node/replication/frame_body.h"
#include "node/replication/frames.h"
#include "node/storage/collection.h"
#include "node/storage/store.h"
#include "protocol/segments.h"

namespace cachekit::node::replication {

class Source;

class ReplicaFeed {
 public:
  /// Where the replica starts.
  enum class Start { from_offset, with_copy };

  /// With a copy, `from` is the source's present end. Source and store must outlive the feed.
  ReplicaFeed(Source& source, const storage::Store& store, Start start, Offset from);
  ~ReplicaFeed();

  ReplicaFeed(const ReplicaFeed&) = delete;
  ReplicaFeed& operator=(const ReplicaFeed&) = delete;

  /// Appends what comes next: about `room` bytes of changes, which are shared and so cost little;
  /// then, if those were all, about `copy_room` of the copy. Either may end with one large value
  /// more. False if the replica has fallen behind the backlog: its connection is to be closed.
  bool produce(std::size_t room, std::size_t copy_room, protocol::Segments& out);

  /// Says that the primary is alive and what its clocks show, unless changes are on their way,
  /// which say the first. False then.
  bool beat(const Heartbeat& heartbeat, protocol::Segments& out);

  /// Tells keys that readers have used, under the same condition; they are appended whole.
  void tell_touches(std::string_view keys, protocol::Segments& out);

  /// Whether produce() would append something, and whether changes.
  bool has_more() const { return copying_ || has_changes(); }
  bool has_changes() const;

  bool is_copying() const { return copying_; }

  /// Up to where changes have been handed out.
  Offset position() const { return position_; }

  /// A change that is about to be told; it concerns a collection that is being copied.
  void note(const storage::Effect& effect);

 private:
  // A large collection that the walk has met.
  struct Piecemeal {
    std::string key;
    storage::ValueType type;
    const storage::Collection* collection;
    storage::UnixMillis expire_at;
    bool begun = false;
    std::uint64_t next = 0;  // for describe(); of a list, how many elements the replica has
  };

  void copy_step(protocol::Segments& out);
  void walk(protocol::Segments& out);
  void copy_entry(const storage::EntryView& entry);
  void copy_piece(protocol::Segments& out);
  void end_collection(protocol::Segments& out);
  void send(FrameKind kind, protocol::Segments& out);

  Source& source_;
  const storage::Store& store_;
  Offset position_;
  bool copying_;
  bool walked_ = false;
  storage::ScanCursor cursor_ = 0;
  std::deque<Piecemeal> collections_;  // the first is being copied
  FrameBody body_;
};

}  // namespace cachekit::node::replication
