#include "tests/conformance/differential.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <set>
#include <stdexcept>

namespace cachekit::conformance {
namespace {

using test::RespConnection;

// A slice is sent to both servers before a reply is read, so it must fit into the kernel's buffers
// even if a server reads nothing before its replies are taken.
constexpr std::size_t slice_limit_bytes = 32 << 10;
constexpr std::size_t longest_slice = 40;
// Replays while shrinking; a mismatch of 250 commands needs about a hundred.
constexpr int shrink_limit_runs = 400;
// The time between the two servers' answers, on a machine that does much else.
constexpr std::int64_t tolerance_millis = 10'000;
// A SCAN over a few keys ends after a few calls; one that does not end is a mismatch.
constexpr int sweep_limit_calls = 100'000;
constexpr std::size_t printable_limit_bytes = 300;

std::string read_or_error(RespConnection& connection) {
  auto reply = connection.read_reply();
  return reply ? *reply : fmt::format("({})", reply.error());
}

std::string call(RespConnection& connection, const std::vector<std::string>& words) {
  auto reply = connection.call(words);
  return reply ? *reply : fmt::format("({})", reply.error());
}

// A connection to an emptied server, in the right version of RESP.
std::unique_ptr<RespConnection> prepare(const test::Endpoint& endpoint, int protocol) {
  auto connection = RespConnection::to(endpoint);
  if (const std::string reply = call(*connection, {"FLUSHALL"}); reply != "+OK\r\n") {
    throw std::runtime_error(fmt::format("FLUSHALL answered {}", printable(reply)));
  }
  if (protocol == 3) {
    if (const std::string reply = call(*connection, {"HELLO", "3"}); reply.front() != '%') {
      throw std::runtime_error(fmt::format("HELLO 3 answered {}", printable(reply)));
    }
  }
  return connection;
}

// The elements of an array, set or map reply as they stand on the wire; nothing if it is none.
std::optional<std::vector<std::string>> array_elements(std::string_view reply) {
  if (reply.empty() || std::string_view("*~%").find(reply.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  std::vector<std::string> found;
  for (std::size_t at = reply.find('\n') + 1; at < reply.size();) {
    test::ReplyScanner scanner;
    const std::size_t size = scanner.scan(reply.substr(at));
    if (size == 0) return std::nullopt;
    found.emplace_back(reply.substr(at, size));
    at += size;
  }
  return found;
}

std::optional<std::int64_t> integer(std::string_view reply) {
  std::int64_t value = 0;
  if (reply.size() < 4 || reply.front() != ':') return std::nullopt;
  const auto [end, error] = std::from_chars(reply.data() + 1, reply.data() + reply.size(), value);
  return error == std::errc() && *end == '\r' ? std::optional(value) : std::nullopt;
}

// A negative number, as in a TTL of -1, says something else than a time.
bool are_close(std::string_view left, std::string_view right, std::int64_t tolerance) {
  const auto a = integer(left);
  const auto b = integer(right);
  if (!a || !b || *a < 0 || *b < 0) return left == right;
  return *a > *b ? *a - *b <= tolerance : *b - *a <= tolerance;
}

bool have_same_elements(const std::string& left, const std::string& right) {
  auto a = array_elements(left);
  auto b = array_elements(right);
  if (!a || !b) return left == right;
  std::sort(a->begin(), a->end());
  std::sort(b->begin(), b->end());
  return *a == *b;
}

std::vector<std::string> joined_in_pairs(const std::vector<std::string>& all) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) pairs.push_back(all[i] + all[i + 1]);
  return pairs;
}

bool have_same_pairs(const std::string& left, const std::string& right) {
  const auto a = array_elements(left);
  const auto b = array_elements(right);
  if (!a || !b) return left == right;
  auto left_pairs = joined_in_pairs(*a);
  auto right_pairs = joined_in_pairs(*b);
  std::sort(left_pairs.begin(), left_pairs.end());
  std::sort(right_pairs.begin(), right_pairs.end());
  return left.front() == right.front() && a->size() % 2 == 0 && left_pairs == right_pairs;
}

bool have_same_length(const std::string& left, const std::string& right) {
  const auto a = array_elements(left);
  const auto b = array_elements(right);
  if (!a || !b) return left == right;
  return left.front() == right.front() && a->size() == b->size();
}

bool is_null(std::string_view reply) {
  return reply == "$-1\r\n" || reply == "*-1\r\n" || reply == "_\r\n";
}

// The bytes of a bulk string's content.
std::string content(const std::string& bulk) {
  const auto start = bulk.find('\n') + 1;
  return bulk.substr(start, bulk.size() - start - 2);
}

// Where the cursor of SCAN, SSCAN or HSCAN belongs.
std::size_t cursor_place(const std::vector<std::string>& words) {
  return words.front() == "SCAN" ? 1 : 2;
}

std::vector<std::string> with_cursor(std::vector<std::string> words, const std::string& cursor) {
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(cursor_place(words)), cursor);
  return words;
}

// All that a full iteration finds, in order, as one text to compare; or what went wrong.
std::string sweep(RespConnection& connection, const std::vector<std::string>& command) {
  std::set<std::string> found;
  std::string cursor = "0";
  for (int calls = 0; calls < sweep_limit_calls; ++calls) {
    const std::string reply = call(connection, with_cursor(command, cursor));
    const auto parts = array_elements(reply);
    auto batch = parts && parts->size() == 2 ? array_elements(parts->back()) : std::nullopt;
    if (!batch) return reply;
    if (command.front() == "HSCAN") batch = joined_in_pairs(*batch);
    found.insert(batch->begin(), batch->end());
    cursor = content(parts->front());
    if (cursor != "0") continue;
    std::string all;
    for (const std::string& key : found) all += key;
    return all;
  }
  return "(SCAN does not end)";
}

std::string shown(const Command& command) {
  std::string text;
  const bool is_sweep = command.comparison == Comparison::sweep;
  for (const std::string& word :
       is_sweep ? with_cursor(command.words, "0 (to the end)") : command.words) {
    text += printable(word) + " ";
  }
  return text + (command.is_inline ? "(inline)" : "");
}

}  // namespace

Episode make_episode(std::uint64_t seed, std::size_t command_count) {
  Episode episode{seed, seed % 2 == 0 ? 2 : 3, {}};
  CommandGenerator generator(seed);
  for (std::size_t i = 0; i < command_count; ++i) episode.commands.push_back(generator.next());
  return episode;
}

std::string encode(const Command& command) {
  if (!command.is_inline) return test::encode_command(command.words);
  std::string line;
  for (const std::string& word : command.words) {
    line += '"';
    for (const char c : word) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    line += "\" ";
  }
  // Longer ones would be refused, and by Redis only if they arrive in pieces.
  constexpr std::size_t longest_line_bytes = 16 << 10;
  return line.size() < longest_line_bytes ? line + "\r\n" : test::encode_command(command.words);
}

std::string printable(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes.substr(0, printable_limit_bytes)) {
    if (c == '\r')
      text += "\\r";
    else if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      text += {'\\', c};
    else if (c >= ' ' && c <= '~')
      text += c;
    else
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  text += '"';
  if (bytes.size() > printable_limit_bytes) text += fmt::format("… ({} bytes)", bytes.size());
  return text;
}

bool agree(Comparison comparison, const std::string& left, const std::string& right) {
  switch (comparison) {
    case Comparison::exact:
    case Comparison::sweep:
      return left == right;
    case Comparison::seconds:
      return are_close(left, right, tolerance_millis / 1000);
    case Comparison::millis:
      return are_close(left, right, tolerance_millis);
    case Comparison::unordered:
      return have_same_elements(left, right);
    case Comparison::pairs:
      return have_same_pairs(left, right);
    case Comparison::length:
      return have_same_length(left, right);
    case Comparison::shape:
      if (left.front() == '-') return left == right;
      return left.front() == right.front() && is_null(left) == is_null(right);
  }
  return false;
}

std::optional<Mismatch> Differential::run(const Episode& episode) const {
  const auto left = prepare(left_, episode.protocol);
  const auto right = prepare(right_, episode.protocol);
  std::mt19937_64 random(episode.seed);
  const std::vector<Command>& commands = episode.commands;
  for (std::size_t begin = 0; begin < commands.size();) {
    if (commands[begin].comparison == Comparison::sweep) {
      const std::string a = sweep(*left, commands[begin].words);
      const std::string b = sweep(*right, commands[begin].words);
      if (a != b) return Mismatch{begin, a, b};
      ++begin;
      continue;
    }
    std::string slice;
    std::size_t end = begin;
    const std::size_t longest = begin + 1 + random() % longest_slice;
    while (end < commands.size() && end < longest && slice.size() < slice_limit_bytes &&
           commands[end].comparison != Comparison::sweep) {
      slice += encode(commands[end++]);
    }
    // A send that fails shows in the replies.
    left->send(slice);
    right->send(slice);
    for (; begin < end; ++begin) {
      const std::string a = read_or_error(*left);
      const std::string b = read_or_error(*right);
      if (!agree(commands[begin].comparison, a, b)) return Mismatch{begin, a, b};
    }
  }
  return std::nullopt;
}

Episode Differential::shrink(Episode episode, const Mismatch& mismatch) const {
  std::vector<Command>& commands = episode.commands;
  commands.resize(mismatch.index + 1);
  int runs = 0;
  for (std::size_t chunk = std::max<std::size_t>(commands.size() / 2, 1); chunk > 0; chunk /= 2) {
    for (std::size_t start = 0; start + 1 < commands.size() && runs < shrink_limit_runs; ++runs) {
      Episode candidate = episode;
      const std::size_t end = std::min(start + chunk, commands.size() - 1);
      candidate.commands.erase(candidate.commands.begin() + static_cast<std::ptrdiff_t>(start),
                               candidate.commands.begin() + static_cast<std::ptrdiff_t>(end));
      const auto found = run(candidate);
      if (found && found->index + 1 == candidate.commands.size()) {
        episode = std::move(candidate);
      } else {
        start += chunk;
      }
    }
  }
  return episode;
}

std::optional<std::string> Differential::find_mismatch(const Episode& episode) const {
  const auto mismatch = run(episode);
  if (!mismatch) return std::nullopt;
  const Episode small = shrink(episode, *mismatch);
  const Mismatch last = run(small).value_or(*mismatch);
  std::string text =
      fmt::format("episode seed {}, RESP{}, {} of {} commands are enough:\n", episode.seed,
                  episode.protocol, small.commands.size(), episode.commands.size());
  for (const Command& command : small.commands) text += fmt::format("  {}\n", shown(command));
  return text + fmt::format("{} answers {}\n{} answers {}\n", left_.text(), printable(last.left),
                            right_.text(), printable(last.right));
}

}  // namespace cachekit::conformance
