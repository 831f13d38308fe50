#include "client/caching/invalidation_link.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

namespace cachekit::caching {
namespace {

/// A PING every so often, as a part of max_silence: so one that takes long is not missed at once.
constexpr int pings_in_silence = 5;

/// A connection is left when it has been silent for so many times max_silence: entries are not
/// served long before, and a node that was only paused may come back.
constexpr int silences_to_leave = 3;

/// Between two attempts to open a connection.
constexpr auto pause_between_openings = std::chrono::milliseconds(100);

/// For the look-up of a name, during which other nodes are not listened to.
constexpr auto longest_look_up = std::chrono::milliseconds(50);

/// Any key would do: it is only asked whether there is one, and the node answers or refuses.
constexpr std::string_view asked_key = "cachekit:near-cache";

}  // namespace

InvalidationLink::InvalidationLink(const LinkContext& context, std::shared_ptr<TrackedNode> node)
    : context_(context), node_(std::move(node)) {}

InvalidationLink::~InvalidationLink() {
  if (question_) context_.reads.collect(question_->ticket);
  node_->link_is_lost();
}

short InvalidationLink::wanted_events() const {
  if (!connection_->ready()) return connection_->wanted_events();
  return unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
}

io::Time InvalidationLink::next_step() const {
  if (!connection_) return open_at_;
  if (!is_up_) return heard_ + context_.settings.connect_timeout;
  const io::Time leave_at = heard_ + silences_to_leave * context_.max_silence;
  if (ping_is_due_back_) return leave_at;
  return std::min(leave_at, ping_sent_ + context_.max_silence / pings_in_silence);
}

void InvalidationLink::step(io::Time now) {
  now_ = now;
  if (!connection_) {
    if (now >= open_at_) open(now);
    return;
  }
  const Status status = stream_ ? converse(now) : proceed(now);
  if (!status.ok()) return lose(status, now);
  if (is_up_) return;
  if (now < heard_ + context_.settings.connect_timeout) return;
  lose(Status(Code::unavailable,
              fmt::format("node {} did not take a subscription in time", node_->name())),
       now);
}

void InvalidationLink::open(io::Time now) {
  auto addresses = resolver_.resolve(node_->address(), now + longest_look_up);
  if (!addresses) return lose(addresses.error(), now);
  connection_ = std::make_shared<io::Connection>(node_->name(), context_.settings);
  heard_ = now;
  if (Status status = connection_->start(*std::move(addresses)); !status.ok()) lose(status, now);
}

Status InvalidationLink::proceed(io::Time now) {
  if (Status status = connection_->proceed(); !status.ok() || !connection_->ready()) return status;
  stream_.emplace(static_cast<Listener&>(*this), context_.broadcast);
  return converse(now);
}

Status InvalidationLink::converse(io::Time now) {
  const Status received = connection_->read(io::Connection::Wait::no);
  std::vector<Value>& replies = connection_->replies();
  if (!replies.empty() && is_up_) heard_ = now;
  for (const Value& reply : replies) {
    if (Status status = stream_->note(reply); !status.ok()) {
      return Status(status.code(), fmt::format("node {} {}", node_->name(), status.message()));
    }
  }
  replies.clear();
  if (!received.ok()) return received;
  if (is_up_ && now >= heard_ + silences_to_leave * context_.max_silence) {
    return Status(Code::unavailable,
                  fmt::format("node {} has told nothing for too long", node_->name()));
  }
  if (is_up_) ping_when_due(now);
  return send();
}

void InvalidationLink::ping_when_due(io::Time now) {
  if (ping_is_due_back_ || now < ping_sent_ + context_.max_silence / pings_in_silence) return;
  ping_is_due_back_ = true;
  ping_sent_ = now;
  stream_->ping();
  hear_reads(now);
  ask_reads(now);
}

Status InvalidationLink::send() {
  unsent_ += stream_->take_outgoing();
  while (!unsent_.empty()) {
    const io::Transfer sent = connection_->send(unsent_);
    if (sent.result == io::Transfer::Result::would_block) return {};
    if (sent.result != io::Transfer::Result::moved) {
      return Status(Code::unavailable,
                    fmt::format("node {} has closed the connection on which it tells of changes",
                                node_->name()));
    }
    unsent_.erase(0, sent.bytes);
  }
  return {};
}

/// Nothing is asked where nothing has been read: no entry waits for the answer.
void InvalidationLink::ask_reads(io::Time now) {
  auto question = std::make_unique<Question>();
  question->node = node_->reads(now);
  if (!question->node) return;
  question->request.add("EXISTS").add(asked_key);
  question->job.node = question->node.get();
  question->job.shares = true;
  question->job.calls.resize(1);
  question->job.calls.front().request = &question->request;
  question->sent = now;
  if (context_.reads.post(question->ticket)) question_ = std::move(question);
}

void InvalidationLink::hear_reads(io::Time now) {
  if (!question_) return;
  const std::unique_ptr<Question> question = std::exchange(question_, nullptr);
  context_.reads.collect(question->ticket);
  const io::Answer& answer = question->job.calls.front().answer;
  const bool is_fine = answer.kind == io::Answer::Kind::replied &&
                       answer.reply.get_if<Value::ErrorText>() == nullptr;
  if (is_fine) node_->reads_answered(question->sent, now);
}

void InvalidationLink::lose(const Status& why, io::Time now) {
  if (question_) context_.reads.collect(question_->ticket);
  question_.reset();
  node_->link_is_lost();
  stream_.reset();
  connection_.reset();
  unsent_.clear();
  is_up_ = ping_is_due_back_ = false;
  open_at_ = now + pause_between_openings;
  context_.failed(*node_, why);
}

void InvalidationLink::subscribed(std::int64_t connection_id) {
  is_up_ = true;
  heard_ = now_;
  ping_sent_ = {};
  ping_is_due_back_ = false;
  node_->link_is_up(connection_id);
}

void InvalidationLink::invalidated(std::string_view key) { context_.invalidated(*node_, key); }

void InvalidationLink::all_invalidated() { context_.all_invalidated(*node_); }

void InvalidationLink::answered_ping() {
  ping_is_due_back_ = false;
  node_->link_answered(ping_sent_, now_);
}

}  // namespace cachekit::caching
