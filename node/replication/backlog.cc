#include "node/replication/backlog.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cachekit::node::replication {

Backlog::Backlog(std::size_t capacity_bytes, Offset begin)
    : capacity_bytes_(capacity_bytes), end_(begin) {}

void Backlog::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const bool is_fresh = block_used_ == block_bytes;
    if (is_fresh) start_block();
    const std::string_view part = bytes.substr(0, block_bytes - block_used_);
    char* const to = block_.get() + block_used_;
    std::memcpy(to, part.data(), part.size());
    block_used_ += part.size();
    bytes.remove_prefix(part.size());
    if (!is_fresh && !pieces_.empty() &&
        pieces_.back().bytes.data() + pieces_.back().bytes.size() == to) {
      pieces_.back().bytes = {pieces_.back().bytes.data(),
                              pieces_.back().bytes.size() + part.size()};
    } else {
      pieces_.push_back({end_, {to, part.size()}, block_, is_fresh ? block_bytes : 0});
    }
    end_ += part.size();
  }
}

void Backlog::append(std::string_view bytes, std::shared_ptr<const void> owner) {
  pieces_.push_back({end_, bytes, std::move(owner), 0});
  end_ += bytes.size();
}

void Backlog::start_block() {
  block_ = std::make_shared<char[]>(block_bytes);
  block_used_ = 0;
  blocks_bytes_ += block_bytes;
}

void Backlog::trim(Offset kept) {
  while (pieces_.size() > 1 && pieces_[1].offset <= kept &&
         end_ - pieces_[1].offset >= capacity_bytes_) {
    blocks_bytes_ -= pieces_.front().block_bytes;
    pieces_.pop_front();
  }
}

Offset Backlog::read(Offset from, std::size_t room, protocol::Segments& out) const {
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), from,
                                [](Offset at, const Piece& other) { return at < other.offset; });
  if (piece != pieces_.begin()) --piece;
  for (std::size_t taken = 0; piece != pieces_.end() && taken < room; ++piece) {
    const std::string_view rest = piece->bytes.substr(from - piece->offset);
    if (!rest.empty()) out.pin(rest, piece->owner);
    taken += rest.size();
    from += rest.size();
  }
  return from;
}

}  // namespace cachekit::node::replication
