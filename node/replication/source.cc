#include "node/replication/source.h"

#include <cassert>
#include <memory>
#include <string>
#include <utility>

#include "node/replication/feed.h"
#include "node/replication/frames.h"

namespace cachekit::node::replication {

Source::Source(History history, Offset begin, std::size_t backlog_bytes)
    : history_(std::move(history)), backlog_(backlog_bytes, begin) {}

void Source::apply(const storage::Effect& effect) {
  for (ReplicaFeed* feed : feeds_) feed->note(effect);
  pending_.add(effect);
  if (open_groups_ > 0) return;
  append(pending_);
  pending_.clear();
}

void Source::end_group() {
  assert(open_groups_ > 0);
  if (--open_groups_ > 0 || pending_.empty()) return;
  append(pending_);
  pending_.clear();
}

void Source::append(const FrameBody& body) {
  newest_frame_ = backlog_.end();
  std::string head;
  append_frame_head(FrameKind::changes, body.size(), head);
  backlog_.append(head);
  body.visit([&](std::string_view bytes) { backlog_.append(bytes); },
             [&](const storage::Blob& blob) {
               backlog_.append(blob.bytes(), std::make_shared<storage::Blob>(blob));
             });
}

}  // namespace cachekit::node::replication
