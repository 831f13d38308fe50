// Runs data commands on a store of their own, without sessions and sockets.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/commands/context.h"
#include "node/storage/store.h"
#include "protocol/reply_writer.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::test {

class CommandRunner {
 public:
  explicit CommandRunner(const node::storage::StoreOptions& options = {}) : store(options, sink) {}

  /// A line of words, quoted where needed, as typed into telnet. The reply comes as on the wire,
  /// with a blank for each CR LF: "+OK", ":1", "$3 abc", "$-1", "*2 :1 :2", "-ERR syntax error".
  std::string run(std::string_view line);

  std::string run(const std::vector<std::string>& words);

  node::storage::UnixMillis now = 1'000'000'000;
  protocol::Version version = protocol::Version::resp2;
  WritingSink sink;
  node::storage::Store store;
};

/// Executes a command as a session would; the reply is appended to `reply`.
void execute(std::span<const std::string_view> words, node::storage::Store& store,
             node::storage::UnixMillis now, protocol::ReplyWriter& reply);

/// The same for a line as typed into telnet; the reply is dropped.
void execute(std::string_view line, node::storage::Store& store, node::storage::UnixMillis now);

}  // namespace cachekit::test
