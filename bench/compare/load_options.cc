#include "bench/compare/load_options.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "bench/compare/request_batch.h"

namespace cachekit::bench::compare {
namespace {

constexpr std::string_view usage =
    "usage: cachekit-compare-load --port N [--protocol resp|memcached] [--operation get|set|fill]\n"
    "         [--connections N] [--depth N] [--keys N] [--key-bytes N] [--value-bytes N] [--ttl "
    "S]\n"
    "         [--warmup S] [--seconds S] [--server-cpu S] [--server-pid N] [--seed N]\n";

template <typename Number>
bool read_number(std::string_view word, Number& number) {
  const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && rest == word.data() + word.size();
}

bool read_protocol(std::string_view word, Protocol& protocol) {
  protocol = word == "memcached" ? Protocol::memcached : Protocol::resp;
  return word == "memcached" || word == "resp";
}

bool read_operation(std::string_view word, Operation& operation) {
  operation = word == "set" ? Operation::set : word == "fill" ? Operation::fill : Operation::get;
  return word == "set" || word == "fill" || word == "get";
}

bool take(LoadOptions& options, std::string_view flag, std::string_view word) {
  if (flag == "--port") return read_number(word, options.port);
  if (flag == "--protocol") return read_protocol(word, options.protocol);
  if (flag == "--operation") return read_operation(word, options.operation);
  if (flag == "--connections") return read_number(word, options.connections);
  if (flag == "--depth") return read_number(word, options.depth);
  if (flag == "--keys") return read_number(word, options.keys);
  if (flag == "--key-bytes") return read_number(word, options.key_bytes);
  if (flag == "--value-bytes") return read_number(word, options.value_bytes);
  if (flag == "--ttl") return read_number(word, options.ttl_s);
  if (flag == "--warmup") return read_number(word, options.warmup_s);
  if (flag == "--seconds") return read_number(word, options.seconds);
  if (flag == "--server-cpu") return read_number(word, options.server_cpu_s);
  if (flag == "--server-pid") return read_number(word, options.server_pid);
  if (flag == "--seed") return read_number(word, options.seed);
  return false;
}

// A sentence if the flags do not go together.
std::string problem_with(const LoadOptions& options) {
  if (options.port == 0) return "--port is missing";
  if (options.connections == 0 || options.depth == 0) return "there is nothing to send";
  if (options.keys == 0 || options.keys > RequestBatch::most_keys) {
    return fmt::format("--keys is {}, expected 1 to {}", options.keys, RequestBatch::most_keys);
  }
  if (options.key_bytes < RequestBatch::least_key_bytes) {
    return fmt::format("--key-bytes is {}, expected at least {}", options.key_bytes,
                       RequestBatch::least_key_bytes);
  }
  if (options.server_cpu_s > 0 && options.server_pid == 0) return "--server-cpu needs --server-pid";
  return {};
}

}  // namespace

tl::expected<LoadOptions, std::string> parse_load_options(int count, char** words) {
  LoadOptions options;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count || !take(options, words[i], words[i + 1])) {
      return tl::unexpected(fmt::format("{}not understood: {}\n", usage, words[i]));
    }
  }
  if (const std::string problem = problem_with(options); !problem.empty()) {
    return tl::unexpected(fmt::format("{}{}\n", usage, problem));
  }
  return options;
}

}  // namespace cachekit::bench::compare
