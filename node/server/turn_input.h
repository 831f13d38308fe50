// What connections have sent in this turn of the loop, dealt with in steps that all of them take
// together: read the commands, fetch the entries, execute, send.
//
// One command after the other would wait for memory each time, and the kernel's work in between
// would drive each step's code out of the cache. The bytes lie in one buffer until then.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "node/command_batch.h"
#include "node/session.h"

namespace cachekit::node {

class ClientStream;
class Server;

class TurnInput {
 public:
  /// One read takes so many bytes at most.
  static constexpr std::size_t read_bytes = std::size_t{64} << 10;

  /// What waits beyond this is executed at once: enough to overlap, and few enough replies to stay
  /// in the cache.
  static constexpr std::size_t most_bytes = std::size_t{8} << 10;
  static constexpr std::size_t most_reads = 64;

  explicit TurnInput(Server& server);

  TurnInput(const TurnInput&) = delete;
  TurnInput& operator=(const TurnInput&) = delete;

  /// Where the next read goes; read_bytes long.
  std::span<char> room() { return {buffer_.get() + used_, read_bytes}; }

  /// These bytes, at the start of room(), have come from this stream, which is open.
  void add(ClientStream& stream, std::string_view bytes);

  /// Executes all that has been read, and sends the replies.
  void execute();

 private:
  struct Read {
    ClientStream* stream = nullptr;
    std::string_view bytes;
    CommandBatch batch;
    Actions actions;  // filled in where they stay until all have been executed
  };

  std::span<Read> open_reads();

  Server& server_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::vector<Read> reads_ = std::vector<Read>(most_reads);  // the first count_ are in use
  std::size_t count_ = 0;
};

}  // namespace cachekit::node
