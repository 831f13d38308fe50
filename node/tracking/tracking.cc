#include "node/tracking/tracking.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/node.h"

namespace cachekit::node::tracking {
namespace {

using protocol::CommandId;
using protocol::ReplyWriter;
using storage::Effect;

void append(protocol::Segments& out, const protocol::Segments& more) {
  for (const protocol::Segment& segment : more.list()) out.tail().append(segment.bytes());
}

}  // namespace

Tracking::Tracking(Node& node, std::uint64_t seed)
    : node_(node),
      keys_(seed, [this](TrackerNumber number) { return numbered_.contains(number); }),
      prefixes_(seed) {}

Tracking::~Tracking() {
  if (clients_ > 0) node_.effects().unsubscribe(*this);
}

void Tracking::start(Connection& client, const TrackingOptions& options) {
  ClientTracking& state = client.tracking;
  if (!state.on && clients_++ == 0) node_.effects().subscribe(*this);
  state.on = true;
  active_ = true;
  state.broadcast = options.broadcast;
  state.opt_in = options.opt_in;
  state.opt_out = options.opt_out;
  state.no_loop = options.no_loop;
  state.broken_redirect = false;
  state.redirect = options.redirect;
  if (!options.broadcast) return number(client);
  const auto add = [&](std::string_view prefix) {
    prefixes_.add(prefix, client.id);
    state.prefixes.emplace(prefix);
  };
  for (const std::string_view prefix : options.prefixes) add(prefix);
  if (options.prefixes.empty()) add("");
}

void Tracking::number(Connection& client) {
  if (client.tracking.number != 0) return;
  do {
    ++last_number_;
  } while (last_number_ == 0 || numbered_.contains(last_number_));
  client.tracking.number = last_number_;
  numbered_.emplace(last_number_, &client);
}

void Tracking::stop(Connection& client) {
  const ClientTracking state = std::exchange(client.tracking, {});
  if (!state.on) return;
  for (const std::string& prefix : state.prefixes) prefixes_.remove(prefix, client.id);
  numbered_.erase(state.number);
  if (--clients_ > 0) return;
  node_.effects().unsubscribe(*this);
  keys_.clear();
  active_ = !deferred_.empty();
}

void Tracking::remember(const protocol::CommandSpec& spec,
                        std::span<const std::string_view> arguments, const Connection& client) {
  if (!client.tracking.remembers_now() || !protocol::reads_keys(spec)) return;
  const std::size_t limit = node_.settings().tracking_table_max_keys;
  const protocol::KeyRange keys = protocol::keys_of(spec, arguments);
  for (std::size_t i = 0; i < keys.count; ++i) {
    const std::string_view key = arguments[keys.first + i * keys.step];
    if (key.size() > storage::longest_key_bytes) continue;  // there is none, and will be none
    keys_.remember(key, client.tracking.number);
    if (limit != 0 && keys_.size() > limit) forget_some_key();
  }
}

// The key has not changed, but nobody will be told when it does.
void Tracking::forget_some_key() {
  const std::string key = keys_.pick([this] { return node_.store().random(); });
  for (const TrackerNumber number : keys_.take(key)) {
    const auto found = numbered_.find(number);
    if (found == numbered_.end()) continue;
    tell(*found->second, [&](ReplyWriter& reply) {
      reply.array(1);
      reply.bulk(key);
    });
  }
}

void Tracking::end_command(const protocol::CommandSpec* spec) {
  Connection& connection = *executing_;
  if (!deferred_.empty()) {
    const protocol::Segments messages = std::exchange(deferred_, {});
    if (!connection.close || connection.close->after_flush) append(connection.output, messages);
    active_ = clients_ > 0;
  }
  // Other subcommands of CLIENT may stand in between.
  const bool is_client = spec != nullptr && spec->id == CommandId::client;
  if (!is_client && !connection.transaction.active()) connection.tracking.caching = false;
  count_memory();
}

void Tracking::end_turn() {
  if (!active_) return;
  if (prefixes_.has_changes()) {
    prefixes_.take_changes([this](ConnectionId client, const PrefixTable::Changes& changes) {
      broadcast(client, changes);
    });
  }
  count_memory();
}

void Tracking::broadcast(ConnectionId client, const PrefixTable::Changes& changes) {
  Connection* const connection = node_.connections().find(client);
  if (connection == nullptr) return;
  if (changes.too_many) return tell(*connection, [](ReplyWriter& reply) { reply.null(); });
  const ConnectionId left_out = connection->tracking.no_loop ? client : 0;
  const auto is_told = [&](const auto& change) {
    return left_out == 0 || change.second != left_out;
  };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(changes.keys, is_told));
  if (count == 0) return;
  tell(*connection, [&](ReplyWriter& reply) {
    reply.array(count);
    for (const auto& change : changes.keys) {
      if (is_told(change)) reply.bulk(change.first);
    }
  });
}

bool Tracking::maintain() {
  const std::size_t limit = node_.settings().tracking_table_max_keys;
  for (std::size_t i = 0; i < forgotten_per_step; ++i) {
    if (limit != 0 && keys_.size() > limit) {
      forget_some_key();
    } else if (!keys_.free_step()) {
      count_memory();
      return false;
    }
  }
  count_memory();
  return true;
}

void Tracking::apply(const Effect& effect) {
  if (effect.kind == Effect::Kind::clear) return invalidate_all();
  invalidate(effect.key, effect.cause);
}

// Without its own changes a client would hold what it knows to be old; but it does not know what
// has expired or was evicted while it wrote something else.
void Tracking::invalidate(std::string_view key, Cause cause) {
  const Connection* const writer = cause == Cause::command ? executing_ : nullptr;
  // While keys are copied nobody may read, so nobody holds any.
  const auto& primary = node_.replication().primary();
  if (!prefixes_.empty() && !(primary && primary->copying)) {
    prefixes_.note(key, writer != nullptr ? writer->id : 0);
  }
  if (keys_.size() == 0) return;
  for (const TrackerNumber number : keys_.take(key)) {
    const auto found = numbered_.find(number);
    if (found == numbered_.end()) continue;
    Connection& client = *found->second;
    if (client.tracking.no_loop && &client == writer) continue;
    tell(client, [&](ReplyWriter& reply) {
      reply.array(1);
      reply.bulk(key);
    });
  }
}

void Tracking::invalidate_all() {
  if (clients_ == 0) return;
  keys_.clear();
  node_.connections().for_each([this](Connection& client) {
    if (client.tracking.on) tell(client, [](ReplyWriter& reply) { reply.null(); });
  });
}

// nullptr if nobody can be told.
Connection* Tracking::receiver_for(Connection& client) {
  const ConnectionId redirect = client.tracking.redirect;
  if (redirect == 0) return client.version == protocol::Version::resp3 ? &client : nullptr;
  Connection* const receiver = node_.connections().find(redirect);
  if (receiver == nullptr) {
    client.tracking.broken_redirect = true;
    if (client.version != protocol::Version::resp3) return nullptr;
    push(client, [&](ReplyWriter& reply) {
      reply.push(2);
      reply.bulk("tracking-redir-broken");
      reply.integer(static_cast<std::int64_t>(redirect));
    });
    return nullptr;
  }
  const bool can_be_told = receiver->version == protocol::Version::resp3 || receiver->subscribed;
  return can_be_told ? receiver : nullptr;
}

template <typename WriteKeys>
void Tracking::tell(Connection& client, const WriteKeys& write_keys) {
  Connection* const receiver = receiver_for(client);
  if (receiver == nullptr) return;
  push(*receiver, [&](ReplyWriter& reply) {
    if (reply.version() == protocol::Version::resp3) {
      reply.push(2);
      reply.bulk("invalidate");
    } else {
      reply.array(3);
      reply.bulk("message");
      reply.bulk(invalidation_channel);
    }
    write_keys(reply);
  });
}

template <typename Write>
void Tracking::push(Connection& receiver, const Write& write) {
  if (receiver.close || node_.replication().replica(receiver.id) != nullptr) return;
  protocol::Segments& out = &receiver == executing_ ? deferred_ : receiver.output;
  const std::size_t before = out.size_bytes();
  ReplyWriter reply(out, receiver.version);
  write(reply);
  note_pushed(receiver, out.size_bytes() - before);
}

void Tracking::note_pushed(Connection& receiver, std::size_t bytes) {
  receiver.pushed_bytes += bytes;
  if (receiver.pushed_bytes > node_.settings().invalidation_buffer_limit_bytes) {
    receiver.close = Close{"its unread invalidations exceed invalidation-buffer-limit", false};
    if (&receiver != executing_) receiver.output = protocol::Segments();
  }
  if (&receiver == executing_ || std::exchange(receiver.was_told, true)) return;
  told_.push_back(receiver.id);
}

void Tracking::count_memory() {
  const std::size_t bytes = keys_.bytes();
  if (bytes == counted_bytes_) return;
  node_.change_buffer_bytes(counted_bytes_, bytes);
  counted_bytes_ = bytes;
}

}  // namespace cachekit::node::tracking
