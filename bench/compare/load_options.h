// What the load of one cell is: filled from the command line by load_options.cc.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace cachekit::bench::compare {

enum class Protocol { resp, memcached };
enum class Operation { get, set, fill };

struct LoadOptions {
  std::uint16_t port = 0;
  Protocol protocol = Protocol::resp;

  /// fill: every key is set once, in order, and then it ends.
  Operation operation = Operation::get;

  std::size_t connections = 50;
  std::size_t depth = 1;  ///< Requests that a connection sends before it waits for the replies.
  std::uint64_t keys = 100'000;
  std::size_t key_bytes = 16;
  std::size_t value_bytes = 500;
  std::uint64_t ttl_s = 0;  ///< Of what is set; 0: none.

  /// What counts begins after the warm-up, and ends when the server has used `server_cpu_s` or
  /// `seconds` are over.
  double warmup_s = 0.2;
  double seconds = 5;
  double server_cpu_s = 0;  ///< 0: seconds alone.
  int server_pid = 0;       ///< Whose CPU time is told; 0: nobody's.
  std::uint64_t seed = 1;
};

/// The error is a sentence, or the usage if that was asked for.
tl::expected<LoadOptions, std::string> parse_load_options(int count, char** words);

}  // namespace cachekit::bench::compare
