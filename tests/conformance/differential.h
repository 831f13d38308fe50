// Runs the same commands against two servers and compares their replies.
//
// An episode starts from empty servers and fresh connections, so that a mismatch can be replayed,
// and shrunk to the few commands that it needs. For one thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/command_generator.h"
#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::conformance {

struct Episode {
  std::uint64_t seed = 0;
  int protocol = 2;  ///< 2 or 3: the version of RESP.
  std::vector<Command> commands;
};

/// The episode that a seed stands for.
Episode make_episode(std::uint64_t seed, std::size_t command_count);

struct Mismatch {
  std::size_t index;  ///< of the command whose replies differ
  std::string left;
  std::string right;
};

class Differential {
 public:
  Differential(test::Endpoint left, test::Endpoint right)
      : left_(std::move(left)), right_(std::move(right)) {}

  /// Sends the commands in pipelined slices of random size. The first mismatch, if any.
  std::optional<Mismatch> run(const Episode& episode) const;

  /// Leaves out commands as long as the last one's replies still differ; bounded.
  Episode shrink(Episode episode, const Mismatch& mismatch) const;

  /// Runs, and if there is a mismatch shrinks it and describes it for a person.
  std::optional<std::string> find_mismatch(const Episode& episode) const;

 private:
  test::Endpoint left_;
  test::Endpoint right_;
};

/// The bytes of a command on the wire.
std::string encode(const Command& command);

/// Bytes as a C string literal would show them, shortened if they are many.
std::string printable(std::string_view bytes);

/// Do these replies to a command agree as far as equal servers must?
bool agree(Comparison comparison, const std::string& left, const std::string& right);

}  // namespace cachekit::conformance
