// The newest part of a stream of bytes, so that whoever lost its connection can go on where it was.
//
// Bytes lie in shared blocks, or where a large value has them; reading shares them and copies
// nothing, so any number of replicas read one backlog. Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "protocol/segments.h"

namespace cachekit::node::replication {

/// A place in the stream: how many bytes came before it.
using Offset = std::uint64_t;

class Backlog {
 public:
  static constexpr std::size_t block_bytes = std::size_t{16} << 10;

  /// Starts at `begin`; see trim().
  Backlog(std::size_t capacity_bytes, Offset begin);

  void append(std::string_view bytes);

  /// Without copying them; `owner` keeps them alive.
  void append(std::string_view bytes, std::shared_ptr<const void> owner);

  /// Lets go of what is older than the last `capacity_bytes`, but of nothing from `kept` on.
  void trim(Offset kept);

  /// Of the bytes that are held.
  Offset begin() const { return pieces_.empty() ? end_ : pieces_.front().offset; }
  Offset end() const { return end_; }

  bool holds(Offset from) const { return from >= begin() && from <= end_; }

  /// Appends about `room` bytes from `from` on, a place that it holds. A large value is not cut.
  /// Returns where it stopped.
  Offset read(Offset from, std::size_t room, protocol::Segments& out) const;

  /// What its blocks take. Large values count where they lie.
  std::size_t bytes() const { return blocks_bytes_; }

 private:
  struct Piece {
    Offset offset;
    std::string_view bytes;
    std::shared_ptr<const void> owner;
    std::size_t block_bytes;  // of a block that no earlier piece lies in
  };

  void start_block();

  std::size_t capacity_bytes_;
  Offset end_;
  std::deque<Piece> pieces_;
  std::shared_ptr<char[]> block_;
  std::size_t block_used_ = block_bytes;
  std::size_t blocks_bytes_ = 0;
};

}  // namespace cachekit::node::replication
