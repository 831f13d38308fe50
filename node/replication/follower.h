// The replica's side: what its primary sends, as changes of its own store.
//
// Pure: bytes in, changes out. A group is applied when all of it has come. During a full copy the
// store is not to be read by clients. Not thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "node/replication/backlog.h"
#include "node/replication/frame_reader.h"
#include "node/replication/source.h"
#include "node/storage/store.h"

namespace cachekit::node::replication {

class Follower {
 public:
  enum class Start { from_offset, with_copy };

  /// What the primary answered: where its changes start, and whether a copy comes before them, of
  /// about so many keys. With a copy, the store is emptied now. `backlog` keeps the changes for
  /// whoever follows next; both must outlive the follower.
  Follower(storage::Store& store, Source& backlog, Start start, std::size_t expected_keys = 0);

  /// Takes what has come. An error is a sentence: the link is to be closed, and what the store
  /// holds is right up to offset() unless a copy was under way.
  tl::expected<void, std::string> receive(std::string_view bytes);

  bool is_copying() const { return copying_; }

  /// Up to where the changes have been applied.
  Offset offset() const { return backlog_.backlog().end(); }

  /// The newest heartbeat since the last call: it is to be answered by an acknowledgement.
  std::optional<Heartbeat> take_heartbeat() { return std::exchange(heartbeat_, std::nullopt); }

 private:
  // A large list of which the first elements have been copied.
  struct PartialList {
    std::string key;
    std::uint64_t copied = 0;
  };

  tl::expected<void, std::string> take_frame();
  tl::expected<void, std::string> keep_heartbeat();
  tl::expected<void, std::string> take_touches();
  tl::expected<void, std::string> apply_all(void (Follower::*apply)(const storage::Effect&));
  void apply_change(const storage::Effect& effect);
  void apply_copied(const storage::Effect& effect);
  void apply_piece(const storage::Effect& effect);

  storage::Store& store_;
  Source& backlog_;
  FrameReader reader_;
  bool copying_;
  std::optional<PartialList> partial_;
  std::optional<Heartbeat> heartbeat_;
};

}  // namespace cachekit::node::replication
