#include "client/caching/invalidation_stream.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

#include "protocol/command_writer.h"

namespace cachekit::caching {
namespace {

constexpr std::string_view channel = "__redis__:invalidate";

Status unexpected(std::string_view asked, const Value& reply) {
  return Status(
      Code::protocol_error,
      fmt::format("answered {} to {}, which a near-cache cannot use", reply.text(), asked));
}

/// The text of a string of either kind; empty for anything else.
std::string_view text_of(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* text = value.get_if<Value::SimpleString>()) return text->text;
  return {};
}

void append(std::string& out, std::initializer_list<std::string_view> words) {
  protocol::append_command(out, {words.begin(), words.size()});
}

bool is_pong(std::string_view text) { return text == "PONG" || text == "pong"; }

}  // namespace

InvalidationStream::InvalidationStream(Listener& listener, Broadcast broadcast)
    : listener_(listener), broadcast_(std::move(broadcast)) {
  append(outgoing_, {"CLIENT", "ID"});
}

std::string InvalidationStream::take_outgoing() { return std::exchange(outgoing_, {}); }

void InvalidationStream::ping() { append(outgoing_, {"PING"}); }

Status InvalidationStream::note(const Value& reply) {
  switch (phase_) {
    case Phase::asks_id:
      return note_id(reply);
    case Phase::asks_broadcast:
      return note_broadcast(reply);
    case Phase::subscribes:
      return note_subscription(reply);
    case Phase::listens:
      return note_message(reply);
  }
  return {};
}

Status InvalidationStream::note_id(const Value& reply) {
  const auto* id = reply.get_if<std::int64_t>();
  if (id == nullptr) return unexpected("CLIENT ID", reply);
  id_ = *id;
  if (!broadcast_) {
    subscribe();
    return {};
  }
  const std::string own_id = std::to_string(id_);
  std::vector<std::string_view> words{"CLIENT", "TRACKING", "ON", "REDIRECT", own_id, "BCAST"};
  for (const std::string& prefix : *broadcast_) words.insert(words.end(), {"PREFIX", prefix});
  protocol::append_command(outgoing_, words);
  phase_ = Phase::asks_broadcast;
  return {};
}

Status InvalidationStream::note_broadcast(const Value& reply) {
  if (text_of(reply) != "OK") return unexpected("CLIENT TRACKING", reply);
  subscribe();
  return {};
}

void InvalidationStream::subscribe() {
  append(outgoing_, {"SUBSCRIBE", channel});
  phase_ = Phase::subscribes;
}

Status InvalidationStream::note_subscription(const Value& reply) {
  const auto* parts = reply.get_if<Value::Array>();
  if (parts == nullptr || parts->size() != 3 || text_of((*parts)[0]) != "subscribe") {
    return unexpected("SUBSCRIBE", reply);
  }
  phase_ = Phase::listens;
  listener_.subscribed(id_);
  return {};
}

Status InvalidationStream::note_message(const Value& reply) {
  if (is_pong(text_of(reply))) {
    listener_.answered_ping();
    return {};
  }
  const auto* parts = reply.get_if<Value::Array>();
  const std::string_view kind =
      parts != nullptr && !parts->empty() ? text_of((*parts)[0]) : std::string_view();
  if (is_pong(kind)) {
    listener_.answered_ping();
    return {};
  }
  if (kind != "message" || parts->size() != 3) return unexpected("SUBSCRIBE", reply);
  return note_keys((*parts)[2]);
}

Status InvalidationStream::note_keys(const Value& keys) {
  if (keys.is_nil()) {
    listener_.all_invalidated();
    return {};
  }
  const auto* list = keys.get_if<Value::Array>();
  if (list == nullptr) return unexpected("SUBSCRIBE", keys);
  for (const Value& key : *list) {
    const auto* bytes = key.get_if<std::string>();
    if (bytes == nullptr) return unexpected("SUBSCRIBE", keys);
    listener_.invalidated(*bytes);
  }
  return {};
}

}  // namespace cachekit::caching
