// The commands that a connection has queued between MULTI and EXEC.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/command_table.h"

namespace cachekit::node {

class QueuedCommand {
 public:
  /// Copies the arguments.
  QueuedCommand(const protocol::CommandSpec& spec, std::span<const std::string_view> arguments);

  const protocol::CommandSpec& spec() const { return *spec_; }

  /// Views of the copies; valid as long as this object stays where it is.
  std::vector<std::string_view> arguments() const;

  std::size_t argument_count() const { return sizes_.size(); }
  std::size_t size_bytes() const;

 private:
  const protocol::CommandSpec* spec_;
  std::string bytes_;               // all arguments, one after the other
  std::vector<std::size_t> sizes_;  // where one ends and the next begins
};

class Transaction {
 public:
  /// Most memory that queued commands may take: enough for pipelines of 100,000 small commands, and
  /// for a few large values, but not for one client to fill a machine with what it never executes.
  static constexpr std::size_t max_queued_bytes = std::size_t{64} << 20;

  void begin();

  /// Forgets everything, without executing it.
  void discard();

  /// Between begin() and discard() or take().
  bool active() const { return active_; }

  /// A command could not be queued, so the whole must not be executed.
  void fail() { failed_ = active_; }
  bool failed() const { return failed_; }

  /// False, and nothing is queued, if that would exceed max_queued_bytes.
  bool queue(const protocol::CommandSpec& spec, std::span<const std::string_view> arguments);

  /// Ends the transaction and hands out its commands.
  std::vector<QueuedCommand> take();

  std::size_t size() const { return commands_.size(); }
  std::size_t size_bytes() const { return size_bytes_; }

  /// Whether one of the commands may need more memory.
  bool denies_oom() const { return denies_oom_; }

  /// Whether one of them may change a key.
  bool writes() const { return writes_; }

 private:
  std::vector<QueuedCommand> commands_;
  std::size_t size_bytes_ = 0;
  bool active_ = false;
  bool failed_ = false;
  bool denies_oom_ = false;
  bool writes_ = false;
};

}  // namespace cachekit::node
