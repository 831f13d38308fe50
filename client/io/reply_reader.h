// Reads replies off a byte stream, through hiredis's redisReader.
//
// The reader calls back for every value it meets, and the callbacks build a cachekit::Value in
// place, so there is no tree of redisReply to copy. Plain replies that come whole, between
// others, never get there (plain_reply.h). Limits are checked as headers arrive: an array is never
// reserved by what its header claims, and after a breach nothing more is read.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "cachekit/status.h"
#include "cachekit/value.h"

struct redisReader;

namespace cachekit::io {

/// Most bytes fed to redisReader at once. It moves its buffer after each reply that it has read,
/// so larger slices cost more for each small reply.
inline constexpr std::size_t reader_slice_bytes = std::size_t{16} << 10;

/// The deepest nesting that every version of redisReader takes.
inline constexpr std::size_t deepest_nesting = 7;

struct ReplyLimits {
  std::size_t bytes = std::size_t{512} << 20;   ///< Of one reply, as on the wire.
  std::size_t elements = std::size_t{1} << 20;  ///< In all arrays of one reply together.
  std::size_t depth = deepest_nesting;          ///< Arrays within arrays; at most the above.
};

class ReplyReader {
 public:
  explicit ReplyReader(const ReplyLimits& limits);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;
  ~ReplyReader();

  /// Reads on, and appends the replies that are complete now. Fails with protocol_error or
  /// limit_exceeded; replies before the failure are appended all the same, and the stream is lost.
  Status read(std::string_view bytes, std::vector<Value>& replies);

  /// True between two replies: nothing of the next one has arrived.
  bool between_replies() const { return reply_bytes_ == 0; }

 private:
  friend struct ReplyBuilder;

  Status read_slice(std::string_view slice, std::vector<Value>& replies);
  Status failure() const;
  Status over_the_limit(std::string_view what, std::size_t limit) const;

  struct Free {
    void operator()(redisReader* reader) const;
  };

  ReplyLimits limits_;
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t reply_bytes_ = 0;  // of the reply being read
  Value root_;                   // of the reply being read
  std::size_t elements_ = 0;     // announced by its headers
  Status breach_;                // of a limit, noticed in a callback
};

}  // namespace cachekit::io
