// Reads commands off a byte stream: arrays of bulk strings, or inline commands (words on a line).
//
// The parser owns no input. The caller keeps the unread bytes and calls next() with all of them;
// the parser remembers how far it has read, so a command that arrives in a thousand pieces is
// still read once. Errors and their texts are those of Redis, with two additions: a bulk that is
// not followed by CR LF is refused, and so are more than max_arguments.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/limits.h"

namespace cachekit::protocol {

class CommandParser {
 public:
  enum class Status { complete, incomplete, error };

  /// What it keeps of a command's arguments for the next one: enough for nearly every command. What
  /// a larger one took is given back when the next one that next() or read_on() reads begins.
  static constexpr std::size_t kept_arguments = 1024;

  /// What the peer may send; changes with authentication and configuration.
  struct Limits {
    std::size_t arguments = max_arguments;
    std::size_t bulk_bytes = max_bulk_bytes;
    bool authenticated = true;
  };

  /// The short way for a command that is all there and has nothing unusual about it: appends its
  /// words, which view `input`, and returns its length. 0, with nothing appended, for whatever else
  /// there is, errors included: that is for read_on(). Only between_commands().
  static std::size_t take_whole(std::string_view input, const Limits& limits,
                                std::vector<std::string_view>& words);

  /// Whether the next input starts with a command, unless the last call has found an error.
  bool between_commands() const { return finished_; }

  /// Reads on, the short way if that will do. `input` starts where the last complete command ended,
  /// and between two calls that answer incomplete it only grows (it may move in memory). After an
  /// error the stream has lost its framing: nothing more can be read from it.
  Status next(std::string_view input, const Limits& limits);

  /// The same the long way, for callers that have tried the short one.
  Status read_on(std::string_view input, const Limits& limits);

  /// Forgets what was read of an incomplete command: the next input starts with a command again.
  void restart() { finished_ = true; }

  /// After complete: the command, viewing `input` (or, for inline commands, the parser). Empty for
  /// an empty line or array, which is to be ignored.
  std::span<const std::string_view> arguments() const { return arguments_; }

  /// After complete: was it a line of words? Then the next call of next() ends what it views.
  bool inline_command() const { return inline_; }

  /// After complete: how many bytes of `input` the command took.
  std::size_t consumed() const { return consumed_; }

  /// After incomplete: how long `input` must at least be before another call can complete.
  std::size_t needed() const { return needed_; }

  /// After incomplete: a bulk whose size is known and which has not come whole. `offset` is where
  /// it starts in the input.
  struct AwaitedBulk {
    std::size_t offset;
    std::size_t size;
  };
  std::optional<AwaitedBulk> awaited_bulk() const;

  /// Whoever has received the awaited bulk elsewhere hands it in here. From now on the input leaves
  /// it out: its CR LF stands at its offset. The bytes must stay until the command is done with.
  void supply(std::string_view bulk);

  /// After error: the reply to send before closing, as in "ERR Protocol error: …".
  const std::string& error() const { return error_; }

 private:
  struct Slice {
    std::size_t offset;
    std::size_t size;
    const char* elsewhere = nullptr;  // where a supplied bulk is
  };

  Status read_array(std::string_view input, const Limits& limits);
  Status read_count(std::string_view input, const Limits& limits);
  Status read_bulk_size(std::string_view input, const Limits& limits);
  Status read_bulk(std::string_view input);
  Status read_inline(std::string_view input);
  Status complete(std::size_t consumed);
  Status incomplete(std::size_t needed);
  Status fail(std::string_view reason);
  void start_over();

  // How far the current command is read.
  std::size_t position_ = 0;         // next unread byte
  std::size_t remaining_ = 0;        // bulks still to come, once the count is known
  std::size_t bulk_size_ = no_bulk;  // size of the bulk at position_, once its header is read
  std::optional<std::string_view> supplied_;  // the bulk at position_, if it is not in the input
  bool in_array_ = false;
  bool finished_ = true;
  bool inline_ = false;
  std::vector<Slice> slices_;

  std::vector<std::string_view> arguments_;
  std::vector<std::string> inline_words_;
  std::size_t consumed_ = 0;
  std::size_t needed_ = 0;
  std::string error_;

  static constexpr std::size_t no_bulk = static_cast<std::size_t>(-1);
};

}  // namespace cachekit::protocol
