#include "tests/conformance/tracked_server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "tests/conformance/differential.h"
#include "tests/conformance/server_pair.h"

namespace cachekit::conformance {
namespace {

using test::RespConnection;

// More than any server has seen when a test begins.
constexpr std::size_t first_id = 40;

const std::string mark = "the mark";

const std::string pushed = ">2\r\n$10\r\ninvalidate\r\n";
const std::string published = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";

std::size_t id_of(RespConnection& connection) {
  return std::stoul(connection.call({"CLIENT", "ID"}).value_or(":0\r\n").substr(1));
}

// The keys of an invalidation in order; every other reply as it is.
std::string in_order(const std::string& reply) {
  for (const std::string& start : {pushed, published}) {
    if (!reply.starts_with(start)) continue;
    const std::string list = reply.substr(start.size());
    auto keys = elements_of(list);
    if (keys.empty()) return reply;
    std::ranges::sort(keys);
    return start + list.substr(0, list.find('\n') + 1) + fmt::format("{}", fmt::join(keys, ""));
  }
  return reply;
}

bool is_message(const std::string& reply) {
  return reply.starts_with(pushed) || reply.starts_with(published);
}

std::vector<std::string> in_order(std::vector<std::string> replies) {
  for (std::string& reply : replies) reply = in_order(reply);
  for (auto at = replies.begin(); at != replies.end();) {
    const auto end = std::find_if_not(at, replies.end(), is_message);
    std::sort(at, end);
    at = end == replies.end() ? end : end + 1;
  }
  return replies;
}

std::string described(const std::vector<std::string>& replies) {
  return printable(fmt::format("{}", fmt::join(replies, "")));
}

}  // namespace

TrackedServer::TrackedServer(const test::Endpoint& endpoint, std::size_t connections) {
  auto connection = RespConnection::to(endpoint);
  while (id_of(*connection) < first_id) connection = RespConnection::to(endpoint);
  first_id_ = first_id;
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(i == 0 ? std::move(connection) : RespConnection::to(endpoint));
    REQUIRE(id_of(*connections_.back()) == first_id_ + i);
  }
}

std::string TrackedServer::with_ids(const std::string& word) const {
  if (word.size() != 2 || word[0] != '@') return word;
  return id(static_cast<std::size_t>(word[1] - '0'));
}

std::vector<std::string> TrackedServer::send(std::size_t connection,
                                             const std::vector<Words>& commands) {
  std::string bytes;
  for (Words words : commands) {
    for (std::string& word : words) word = with_ids(word);
    bytes += test::encode_command(words);
  }
  REQUIRE(connections_[connection]->send(bytes));
  return heard(connection);
}

std::vector<std::string> TrackedServer::heard(std::size_t connection) {
  std::vector<std::string> replies;
  RespConnection* const open = connections_[connection].get();
  if (open == nullptr) return replies;
  REQUIRE(open->send(test::encode_command({"PING", mark})));
  while (true) {
    const auto reply = open->read_reply();
    REQUIRE_MESSAGE(reply.has_value(), reply.error());
    if (reply->ends_with(mark + "\r\n")) return in_order(std::move(replies));
    replies.push_back(*reply);
  }
}

namespace {

std::vector<std::vector<std::string>> all_heard(TrackedServer& server, const TrackedStep& step) {
  std::vector<std::vector<std::string>> heard(server.size());
  heard[step.connection] = server.send(step.connection, step.commands);
  for (std::size_t i = 0; i < server.size(); ++i) {
    // What a turn gathers may come before or behind the answer that send() waited for.
    for (std::string& reply : server.heard(i)) heard[i].push_back(std::move(reply));
    heard[i] = in_order(std::move(heard[i]));
  }
  return heard;
}

}  // namespace

bool check_same_steps(TrackedServer& node, TrackedServer& redis,
                      const std::vector<TrackedStep>& steps) {
  for (const TrackedStep& step : steps) {
    const auto from_node = all_heard(node, step);
    const auto from_redis = all_heard(redis, step);
    for (std::size_t i = 0; i < from_node.size(); ++i) {
      if (from_node[i] == from_redis[i]) continue;
      CHECK_MESSAGE(false, fmt::format("{} on connection {}: connection {} hears {} from the node, "
                                       "{} from redis-server",
                                       step.commands, step.connection, i, described(from_node[i]),
                                       described(from_redis[i])));
      return false;
    }
  }
  return true;
}

std::string invalidation(const Words& keys) { return pushed + test::encode_command(keys); }

}  // namespace cachekit::conformance
