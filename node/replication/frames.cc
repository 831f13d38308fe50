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
    case FrameKind::touches:
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
  const std::array numbers{static_cast<std::size_t>(heartbeat.unix_ms),
                           static_cast<std::size_t>(heartbeat.sent_ms),
                           static_cast<std::size_t>(heartbeat.lease_ms)};
  std::size_t size = 0;
  for (const std::size_t number : numbers) size += varint::size(number);
  append_frame_head(FrameKind::heartbeat, size, out);
  for (const std::size_t number : numbers) append_number(number, out);
}

std::optional<Heartbeat> read_heartbeat(std::string_view payload) {
  std::array<std::int64_t, 3> numbers;
  for (std::int64_t& number : numbers) {
    const auto read = varint::read_checked(payload);
    if (!read) return std::nullopt;
    number = static_cast<std::int64_t>(read->value);
    payload.remove_prefix(read->bytes);
  }
  if (!payload.empty()) return std::nullopt;
  return Heartbeat{numbers[0], numbers[1], numbers[2]};
}

std::optional<std::string_view> take_touched_key(std::string_view& payload) {
  const auto length = varint::read_checked(payload);
  if (!length || length->value > payload.size() - length->bytes) return std::nullopt;
  const std::string_view key = payload.substr(length->bytes, length->value);
  payload.remove_prefix(length->bytes + length->value);
  return key;
}

}  // namespace cachekit::node::replication
