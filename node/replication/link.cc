#include "node/replication/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "node/node.h"
#include "protocol/command_writer.h"

namespace cachekit::node::replication {
namespace {

// The longest answer to expect before the changes.
constexpr std::size_t longest_line_bytes = 1024;

void append(std::string& out, const std::vector<std::string>& words) {
  protocol::append_command_header(out, words.size());
  for (const std::string& word : words) protocol::append_argument(out, word);
}

constexpr std::string_view not_understood = "its answer is not understood";

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::string_view word = take_word(text);
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

Link::Link(Node& node) : node_(node), awaits_authentication_(!node.settings().password.empty()) {}

Link::~Link() {
  if (!node_.replication().primary()) return;
  node_.replication().followed().connected = false;
}

failover::Epoch Link::epoch() const {
  return node_.mandate() != nullptr ? node_.mandate()->epoch() : 0;
}

std::string Link::on_connected() {
  std::string out;
  if (awaits_authentication_) append(out, {"AUTH", node_.settings().password});
  append(out, {"CACHEKIT.REPLICA", node_.run_id()});
  const Replication& replication = node_.replication();
  // Half a copy is no state that changes could continue.
  const bool has_data = replication.source() != nullptr && !replication.primary()->copying;
  append(out, {"CACHEKIT.FOLLOW", std::string(has_data ? replication.history_id() : no_history),
               std::to_string(has_data ? replication.offset() : 0),
               std::to_string(node_.listening_port()), std::to_string(epoch())});
  return out;
}

tl::expected<std::string, std::string> Link::on_bytes(std::string_view bytes) {
  silent_ticks_ = 0;
  node_.replication().followed().heard_ms = node_.read_clock();
  node_.store().tell_time(node_.now().unix_ms);
  if (const auto taken = take_lines(bytes); !taken) return tl::unexpected(taken.error());
  std::string out;
  if (!follower_) return out;
  if (const auto received = follower_->receive(bytes); !received) {
    return tl::unexpected(received.error());
  }
  note_progress();
  owes_answer_ = true;
  if (const auto heartbeat = follower_->take_heartbeat()) {
    note_heartbeat(*heartbeat);
    acknowledge(heartbeat->sent_ms, out);
  }
  return out;
}

void Link::acknowledge(std::int64_t heartbeat_ms, std::string& out) {
  const bool votes = node_.mandate() != nullptr && node_.mandate()->votes();
  // Half a copy would be dropped if the primary died now, and so holds nothing.
  const Offset held = follower_->is_copying() ? 0 : follower_->offset();
  append(out, {"CACHEKIT.ACK", std::to_string(held), std::to_string(heartbeat_ms),
               std::to_string(node_.now().unix_ms), votes ? "1" : "0",
               std::to_string(node_.store().lasting_memory_bytes()),
               std::to_string(node_.settings().max_memory_bytes)});
  owes_answer_ = false;
}

// Until the primary has answered, and changes follow.
tl::expected<void, std::string> Link::take_lines(std::string_view& bytes) {
  while (!follower_ && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > longest_line_bytes) {
      return tl::unexpected<std::string>("its answer is no line");
    }
    if (end == std::string_view::npos) {
      bytes = {};
      return {};
    }
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    if (auto taken = take_line(std::exchange(line_, {})); !taken) return taken;
  }
  return {};
}

tl::expected<void, std::string> Link::take_line(std::string_view line) {
  // An older primary does not know this command, and need not.
  if (!awaits_authentication_ && std::exchange(awaits_introduction_, false)) return {};
  if (!line.starts_with('+')) return tl::unexpected(fmt::format("it answers: {}", line));
  if (std::exchange(awaits_authentication_, false)) return {};
  return take_answer(line.substr(1));
}

tl::expected<void, std::string> Link::take_answer(std::string_view line) {
  Replication& replication = node_.replication();
  const std::string_view kind = take_word(line);
  const std::string_view history = take_word(line);
  const auto offset = take_number(line);
  if (!offset || history.empty()) return tl::unexpected(std::string(not_understood));
  if (kind == "CONTINUE" && replication.source() != nullptr && *offset == replication.offset()) {
    replication.continue_history(history);
    follower_ =
        std::make_unique<Follower>(node_.store(), replication.kept(), Follower::Start::from_offset);
  } else if (kind == "COPY") {
    const auto keys = take_number(line);
    if (!keys) return tl::unexpected(std::string(not_understood));
    if (!may_be_replaced_by(history)) {
      return tl::unexpected<std::string>(
          "it has another history, and no order says that it counts");
    }
    follower_ =
        std::make_unique<Follower>(node_.store(), replication.start_history(history, *offset),
                                   Follower::Start::with_copy, *keys);
  } else {
    return tl::unexpected(std::string(not_understood));
  }
  replication.followed().connected = true;
  note_progress();
  return {};
}

// Whether this node's data may go for a copy of that history.
bool Link::may_be_replaced_by(std::string_view history) const {
  const failover::Mandate* const mandate = node_.mandate();
  if (mandate == nullptr || mandate->may_discard_data()) return true;
  return history == node_.replication().history_id();
}

// A heartbeat comes after all changes so far.
void Link::note_heartbeat(const Heartbeat& heartbeat) {
  node_.replication().followed().freshness.note_heartbeat(heartbeat.sent_ms, node_.read_clock());
  failover::Mandate* const mandate = node_.mandate();
  if (mandate == nullptr) return;
  mandate->note_lease_of_primary(heartbeat.lease_ms);
  if (!follower_->is_copying()) mandate->note_data_up_to_date();
}

void Link::note_progress() { node_.replication().followed().copying = follower_->is_copying(); }

tl::expected<std::string, std::string> Link::on_tick() {
  if (++silent_ticks_ > most_silent_ticks) {
    return tl::unexpected<std::string>("it says nothing");
  }
  std::string out;
  if (owes_answer_ && follower_->is_copying()) acknowledge(no_heartbeat_ms, out);
  return out;
}

}  // namespace cachekit::node::replication
