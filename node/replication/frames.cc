#include "node/replication/frames.h"

#include <array>

#include "node/storage/collections/varint.h"

namespace cachekit::node::replication {
namespace {

namespace varint = storage::varint;

void append_number(std::size_t number, std::string& out) {
  std::array<char, varint::max_bytes + 1> bytes;
  out.append(bytes.data(), varint::write(bytes.data(), number));
}

bool is_kind(char kind) {
  switch (static_cast<FrameKind>(kind)) {
    case FrameKind::changes:
    case FrameKind::entries:
    case FrameKind::piece:
    case FrameKind::copied:
    case FrameKind::heartbeat:
      return true;
  }
  return false;
}

}  // namespace

void append_frame_head(FrameKind kind, std::size_t payload_bytes, std::string& out) {
  out += static_cast<char>(kind);
  append_number(payload_bytes, out);
}

FrameStatus read_frame_head(std::string_view bytes, FrameHead& out) {
  if (bytes.empty()) return FrameStatus::incomplete;
  if (!is_kind(bytes.front())) return FrameStatus::malformed;
  const auto length = varint::read_checked(bytes.substr(1));
  if (!length) {
    return varint::is_beginning(bytes.substr(1)) ? FrameStatus::incomplete : FrameStatus::malformed;
  }
  out = {static_cast<FrameKind>(bytes.front()), length->value, 1 + length->bytes};
  return FrameStatus::done;
}

void append_heartbeat(const Heartbeat& heartbeat, std::string& out) {
  const auto unix_ms = static_cast<std::size_t>(heartbeat.unix_ms);
  const auto sent_ms = static_cast<std::size_t>(heartbeat.sent_ms);
  append_frame_head(FrameKind::heartbeat, varint::size(unix_ms) + varint::size(sent_ms), out);
  append_number(unix_ms, out);
  append_number(sent_ms, out);
}

std::optional<Heartbeat> read_heartbeat(std::string_view payload) {
  const auto unix_ms = varint::read_checked(payload);
  if (!unix_ms) return std::nullopt;
  const auto sent_ms = varint::read_checked(payload.substr(unix_ms->bytes));
  if (!sent_ms || unix_ms->bytes + sent_ms->bytes != payload.size()) return std::nullopt;
  return Heartbeat{static_cast<storage::UnixMillis>(unix_ms->value),
                   static_cast<std::int64_t>(sent_ms->value)};
}

}  // namespace cachekit::node::replication
