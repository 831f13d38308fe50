// What is asked of etcd and what it answers, as its gateway from HTTP to gRPC writes them: JSON in
// which bytes are base64, 64-bit numbers are strings, and a member with its default value is left
// out, so that a lost transaction has no "succeeded" and an empty range no "kvs".
// https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/
//
// Pure.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cachekit::topology::etcd {

/// Largest answer, and longest line of a stream, that is read: a document of 16 MiB (what
/// parse_topology takes) in base64, and what stands around it. etcd's own limit is 1.5 MiB unless
/// it is told otherwise.
inline constexpr std::size_t max_answer_bytes = std::size_t{24} << 20;

struct Request {
  const char* path;
  std::string body;
};

Request range_request(std::string_view key);

/// Puts the value if the key was last changed at this revision; 0: if it is not there.
Request put_request(std::string_view key, std::int64_t mod_revision, std::string_view value);

/// The changes of a key from this revision on; 0: from now on.
Request watch_request(std::string_view key, std::int64_t start_revision);

Request token_request(std::string_view user, std::string_view password);

/// What was expected and not found, as a part of a sentence.
template <class T>
using Read = tl::expected<T, std::string>;

struct Entry {
  std::int64_t mod_revision = 0;
  std::string value = {};
};

struct RangeAnswer {
  std::int64_t revision = 0;  ///< Of etcd as a whole, when it answered.
  std::optional<Entry> entry = {};
};

Read<RangeAnswer> read_range_answer(std::string_view body);

/// Whether the value was put.
Read<bool> read_put_answer(std::string_view body);

Read<std::string> read_token_answer(std::string_view body);

/// One line of the stream that answers a watch_request.
struct WatchLine {
  std::int64_t revision = 0;
  bool created = false;    ///< The watch is in place; no change after this will be missed.
  bool changed = false;    ///< The key has been.
  bool canceled = false;   ///< Nothing will follow.
  bool compacted = false;  ///< For what the watch should begin with is no longer kept.
  std::string reason = {};
};

Read<WatchLine> read_watch_line(std::string_view line);

/// An answer with another status than 200.
struct Refusal {
  enum class Kind : std::uint8_t {
    token,      ///< A (new) token is needed.
    unasked,    ///< There are no users, so there can be no token either.
    forbidden,  ///< For this user.
    away,       ///< This member cannot answer now, or is no etcd; another may.
    other,
  };

  Kind kind = Kind::other;
  std::string reason = {};
};

Refusal read_refusal(long http_status, std::string_view body);

/// Whether a watch was canceled for want of a valid token.
bool wants_token(std::string_view reason);

/// Cuts what arrives in pieces into lines.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t limit_bytes = max_answer_bytes) : limit_bytes_(limit_bytes) {}

  /// False if more waits than the limit, be it one line; there is no going on then.
  bool add(std::string_view bytes);

  /// The next whole line, without its end; lines without content are left out.
  std::optional<std::string> next();

 private:
  std::size_t limit_bytes_;
  std::string text_;
  std::size_t begin_ = 0;    // of the next line
  std::size_t scanned_ = 0;  // no line ends between begin_ and here
};

}  // namespace cachekit::topology::etcd
