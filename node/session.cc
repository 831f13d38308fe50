#include "node/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/executor.h"
#include "node/failover/orders.h"
#include "node/node.h"

namespace cachekit::node {
namespace {

using protocol::CommandId;
using protocol::CommandParser;

// An input buffer larger than this is made smaller when most of it is unused.
constexpr std::size_t kept_input_bytes = std::size_t{64} << 10;

// These steer a transaction, or end it, and are executed even inside one.
bool is_never_queued(CommandId id) {
  switch (id) {
    case CommandId::exec:
    case CommandId::discard:
    case CommandId::multi:
    case CommandId::watch:
    case CommandId::quit:
    case CommandId::reset:
      return true;
    default:
      return false;
  }
}

std::string_view without_generic_code(std::string_view error) {
  constexpr std::string_view generic = "ERR ";
  return error.starts_with(generic) ? error.substr(generic.size()) : error;
}

}  // namespace

Session::Session(Node& node, ConnectionId id, Endpoints endpoints, Now now)
    : node_(node), large_bulks_(node.store().blobs()) {
  connection_.id = id;
  connection_.endpoints = std::move(endpoints);
  connection_.created_ms = now.monotonic_ms;
  connection_.last_active_ms = now.monotonic_ms;
  connection_.authenticated = node.settings().password.empty();
  node.connections().add(connection_);
  ++node.statistics().connections_received;
}

Session::~Session() {
  input_.clear();
  connection_.unsent_bytes = 0;
  count_buffers();
  node_.tracking().stop(connection_);
  node_.replication().remove_replica(connection_.id);
  node_.connections().remove(connection_);
}

// Buffers count towards the memory limit. Large bulks do so where they are received.
void Session::count_buffers() {
  unsent_owned_bytes_ = std::min(unsent_owned_bytes_, connection_.unsent_bytes);
  const std::size_t bytes = input_.size() + unsent_owned_bytes_;
  if (bytes == counted_buffer_bytes_) return;
  node_.change_buffer_bytes(counted_buffer_bytes_, bytes);
  counted_buffer_bytes_ = bytes;
}

void Session::read(std::string_view bytes, Now now, CommandBatch& batch) {
  node_.set_now(now);
  connection_.last_active_ms = now.monotonic_ms;
  ++node_.statistics().reads_processed;
  node_.statistics().net_input_bytes += bytes.size();
  commands_this_turn_ = 0;
  batch_ = nullptr;
  batch.clear();
  if (connection_.close) return;
  if (large_bulks_.receiving()) bytes = receive(bytes);
  if (large_bulks_.receiving()) return;
  if (!input_.empty()) bytes = input_.append(bytes);
  to_execute_ = bytes;
  batch_ = &batch;
  read_batch(bytes);
}

void Session::execute(Actions& actions) {
  if (batch_ == nullptr) return finish(actions);
  const std::size_t executed = execute_all(to_execute_);
  if (!input_.empty()) {
    input_.erase(0, executed);
  } else if (!connection_.close && executed < to_execute_.size()) {
    input_.assign(to_execute_.substr(executed));
  }
  batch_ = nullptr;
  start_receiving();
  finish(actions);
}

void Session::read_batch(std::string_view input) {
  batch_status_ = batch_->read(parser_, parser_limits(), input, batch_limit());
}

// Takes the bytes of a large bulk and returns what follows it.
std::string_view Session::receive(std::string_view bytes) {
  bytes = large_bulks_.receive(bytes);
  if (!large_bulks_.receiving()) parser_.supply(large_bulks_.last());
  return bytes;
}

// If the command that is not complete waits for a large bulk, the rest of that goes elsewhere.
void Session::start_receiving() {
  if (connection_.close || interrupted_ || input_.empty()) return;
  const auto bulk = parser_.awaited_bulk();
  if (!bulk || bulk->size < storage::large_value_bytes) return;
  const std::string_view begun = std::string_view(input_).substr(bulk->offset);
  if (begun.size() >= bulk->size) return;  // only its CR LF is missing
  if (large_bulks_.start(bulk->size, begun)) input_.resize(bulk->offset);
}

Actions Session::on_wake(Now now) {
  node_.set_now(now);
  commands_this_turn_ = 0;
  if (connection_.wait) settle_wait();
  if (connection_.promise) settle_promise();
  if (connection_.waits()) return finished();
  if (!connection_.close && interrupted_ && !input_.empty()) {
    to_execute_ = input_;
    batch_ = &node_.batch();
    read_batch(input_);
  }
  Actions actions;
  execute(actions);
  node_.batch().clear();
  return actions;
}

Actions Session::on_message(const Message& message, Now now) {
  node_.set_now(now);
  if (message.kind == Message::Kind::close) close(message.text, false);
  return finished();
}

Actions Session::on_told() {
  Actions actions;
  hand_out(actions);
  count_buffers();
  return actions;
}

void Session::on_written(std::size_t bytes) {
  connection_.unsent_bytes -= bytes;
  if (connection_.pushed_bytes > 0) {
    connection_.pushed_bytes = std::min(connection_.pushed_bytes,
                                        connection_.unsent_bytes + connection_.output.size_bytes());
  }
  if (bytes > 0) connection_.last_active_ms = node_.now().monotonic_ms;
  node_.statistics().net_output_bytes += bytes;
  count_buffers();
}

void Session::reuse(std::vector<protocol::Segment>&& sent) {
  node_.spare_outputs().give(std::move(sent));
}

// Returns how much of the input has been dealt with. The batch holds its first commands.
std::size_t Session::execute_all(std::string_view input) {
  interrupted_ = false;
  if (connection_.output.capacity() == 0) connection_.output = node_.spare_outputs().take();
  std::size_t position = 0;
  while (!batch_->commands().empty()) {
    position += execute_batch();
    if (!may_go_on()) {
      interrupted_ = true;
      return position;
    }
    if (position == input.size()) return position;
    read_batch(input.substr(position));
    batch_->prefetch_table(node_.store());
    batch_->prefetch_entries(node_.store());
  }
  if (batch_status_ == CommandParser::Status::error) fail_to_parse();
  return position + batch_->skipped();
}

std::size_t Session::execute_batch() {
  std::size_t executed = 0;
  large_bulks_.offer();
  node_.tracking().begin(connection_);
  for (const CommandBatch::Command& command : batch_->commands()) {
    if (!may_go_on()) break;
    handle(command);
    executed = command.end;
  }
  node_.tracking().end();
  large_bulks_.clear();
  return executed;
}

void Session::fail_to_parse() {
  refuse(nullptr, parser_.error());
  close(parser_.error(), true);
}

// Authentication changes what may be read.
std::size_t Session::batch_limit() const {
  return needs_authentication(node_, connection_) ? 1 : CommandBatch::most_commands;
}

bool Session::may_go_on() const {
  return !connection_.close && !connection_.waits() && commands_this_turn_ < commands_per_turn &&
         connection_.unsent_bytes + connection_.output.size_bytes() <= high_water_bytes;
}

void Session::handle(const CommandBatch::Command& command) {
  ++commands_this_turn_;
  large_command_seen_ =
      large_command_seen_ || command.arguments.size() > CommandParser::kept_arguments;
  const auto call = resolve(command.spec, command.arguments);
  if (!call) {
    const Call known{command.spec, nullptr, command.arguments};
    refuse(command.spec != nullptr ? &known : nullptr, call.error());
  } else if (const auto refusal = refusal_of(*call, node_, connection_)) {
    refuse(&*call, *refusal);
  } else if (connection_.transaction.active() && !is_never_queued(call->spec->id)) {
    queue(*call);
  } else {
    wrote_ = wrote_ || may_write(*call, connection_);
    node::execute(*call, node_, connection_);
  }
  step_reply_mode();
  if (node_.tracking().active()) node_.tracking().end_command(command.spec);
}

// What cannot be executed cannot be queued either, and spoils the transaction.
void Session::refuse(const Call* call, std::string_view error) {
  if (call == nullptr || call->spec->id != CommandId::exec) {
    connection_.transaction.fail();
    return reject(call, error, node_, connection_);
  }
  connection_.transaction.discard();
  reject(call,
         fmt::format("EXECABORT Transaction discarded because of: {}", without_generic_code(error)),
         node_, connection_);
}

void Session::queue(const Call& call) {
  if (!connection_.transaction.queue(*call.spec, call.arguments)) {
    return refuse(&call, fmt::format("ERR the transaction's queued commands exceed {} bytes",
                                     Transaction::max_queued_bytes));
  }
  if (connection_.replies_suppressed()) return;
  protocol::ReplyWriter(connection_.output, connection_.version).simple("QUEUED");
}

void Session::step_reply_mode() {
  switch (connection_.reply_mode) {
    case ReplyMode::skip_next:
      connection_.reply_mode = ReplyMode::skip_this;
      break;
    case ReplyMode::skip_this:
      connection_.reply_mode = ReplyMode::on;
      break;
    case ReplyMode::on:
    case ReplyMode::off:
      break;
  }
}

void Session::close(std::string reason, bool after_flush) {
  connection_.close = Close{std::move(reason), after_flush};
}

void Session::settle_wait() {
  const ReplicaWait& wait = *connection_.wait;
  const bool overtaken = wait.link_version != node_.replication().link_version();
  const std::size_t count = node_.replication().replicas_at(wait.offset);
  const bool late = wait.deadline_ms != 0 && node_.now().monotonic_ms >= wait.deadline_ms;
  if (!overtaken && count < wait.replicas && !late) return;
  connection_.wait.reset();
  if (connection_.replies_suppressed()) return;
  protocol::ReplyWriter reply(connection_.output, connection_.version);
  if (overtaken) {
    reply.error("UNBLOCKED the node's part in replication has changed, so nobody can tell");
  } else {
    reply.integer(static_cast<std::int64_t>(count));
  }
}

void Session::settle_promise() {
  const auto outcome = node_.suspicion().outcome(connection_.promise->probe);
  if (!outcome) return;
  const failover::Epoch epoch = std::exchange(connection_.promise, std::nullopt)->epoch;
  protocol::ReplyWriter reply(connection_.output, connection_.version);
  if (const auto promised = failover::give_promise(node_, epoch, *outcome); !promised) {
    reply.error(promised.error());
  } else {
    reply.ok();
  }
}

void Session::confirm(Actions& actions) const {
  if (!actions.acknowledges_writes || node_.mandate() == nullptr) return;
  if (node_.mandate()->may_acknowledge(node_.read_clock())) return;
  actions.send = protocol::Segments();
  actions.close = Close{"its writes came too late to be acknowledged", false};
}

Actions Session::finished() {
  Actions actions;
  finish(actions);
  return actions;
}

void Session::finish(Actions& actions) {
  feed_replica();
  const std::size_t input_bytes = input_.size() + large_bulks_.size_bytes();
  if (!connection_.close && input_bytes > node_.settings().query_buffer_limit_bytes) {
    close(fmt::format("its query buffer holds {} bytes, client-query-buffer-limit is {}",
                      input_bytes, node_.settings().query_buffer_limit_bytes),
          false);
  }
  actions.messages.clear();
  actions.messages.swap(connection_.outbox);
  actions.acknowledges_writes = std::exchange(wrote_, false);
  hand_out(actions);
  if (input_.capacity() > kept_input_bytes && input_.size() < input_.capacity() / 4) {
    input_.shrink_to_fit();
  }
  if (input_.empty() && std::exchange(large_command_seen_, false)) parser_ = CommandParser();
  connection_.input_bytes = input_.size() + large_bulks_.size_bytes();
  count_buffers();
  actions.wait = Actions::Wait::input;
  if (connection_.waits()) {  // and goes on reading, to hear when the client leaves
    node_.replication().wake_later(connection_.id);
  } else if (interrupted_ && !input_.empty()) {
    actions.wait = has_room() ? Actions::Wait::turn : Actions::Wait::drained;
  } else if (!has_room() && !feeds_replica()) {  // a replica goes on telling how far it is
    actions.wait = Actions::Wait::drained;
  }
}

// What is to be sent, or that the connection is to be closed.
void Session::hand_out(Actions& actions) {
  actions.send.clear();
  actions.close = connection_.close;
  if (actions.close) {
    input_.clear();
    large_bulks_.clear();
  }
  const bool sends = !actions.close || actions.close->after_flush;
  if (sends && !connection_.output.empty()) {
    connection_.unsent_bytes += connection_.output.size_bytes();
    unsent_owned_bytes_ += connection_.output.owned_bytes();
    actions.send.swap(connection_.output);
  } else {
    reuse(connection_.output.take());
  }
  connection_.was_told = false;
}

CommandParser::Limits Session::parser_limits() const {
  return {.arguments = protocol::max_arguments,
          .bulk_bytes = node_.settings().max_bulk_bytes,
          .authenticated = !needs_authentication(node_, connection_)};
}

}  // namespace cachekit::node
