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

void append_heartbeat(storage::UnixMillis now, std::string& out) {
  const auto time = static_cast<std::size_t>(now);
  append_frame_head(FrameKind::heartbeat, varint::size(time), out);
  append_number(time, out);
}

}  // namespace cachekit::node::replication
