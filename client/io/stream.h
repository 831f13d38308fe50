// The byte stream below a connection. A TCP or Unix socket today; encryption would be another
// implementation.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cachekit::io {

/// What became of one attempt to move bytes.
struct Transfer {
  enum class Result : std::uint8_t {
    moved,        ///< `bytes` of them, at least one.
    would_block,  ///< None now.
    closed,       ///< The peer sends nothing more.
    failed,       ///< With `error`, an errno.
  };

  Result result = Result::would_block;
  std::size_t bytes = 0;
  int error = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  /// For poll.
  virtual int descriptor() const = 0;

  /// Hands over as many bytes as there is room for, without waiting.
  virtual Transfer send(std::string_view bytes) = 0;

  /// Takes what has arrived, without waiting.
  virtual Transfer receive(std::span<char> buffer) = 0;

  /// The same, but waits for the first byte up to the receive timeout that the stream was opened
  /// with. Saves a poll where there is nothing else to wait for.
  virtual Transfer receive_waiting(std::span<char> buffer) = 0;

  /// True if nothing has arrived and the peer has not closed: the stream is as it was left.
  virtual bool quiet() = 0;

  /// Ends it for both sides: whoever waits in a receive comes back. From any thread.
  virtual void interrupt() = 0;
};

}  // namespace cachekit::io
