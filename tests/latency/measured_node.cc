#include "tests/latency/measured_node.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sched.h>

#include <charconv>

namespace cachekit::test {
namespace {

constexpr std::chrono::milliseconds patience{60'000};
constexpr int node_core = 0;

void move_to(pid_t process, int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(process, sizeof cores, &cores);  // where it fails, it runs unpinned
}

MeasuredNode::Words with_meter(MeasuredNode::Words flags) {
  flags.insert(flags.end(), {"--measure-turns", "--log-level", "warning"});
  return flags;
}

std::uint64_t field_of(const std::string& info, const std::string& field) {
  const std::size_t at = info.find(fmt::format("\n{}:", field));
  REQUIRE_MESSAGE(at != std::string::npos, "INFO has no ", field);
  std::uint64_t value = 0;
  std::from_chars(info.data() + at + field.size() + 2, info.data() + info.size(), value);
  return value;
}

}  // namespace

MeasuredNode::MeasuredNode(const Words& flags)
    : server_(ServerProcess::start_node(with_meter(flags))),
      connection_(RespConnection::to(server_->endpoint(), patience)) {
  move_to(server_->pid(), node_core);
}

std::string MeasuredNode::call(const Words& words, bool may_fail) {
  const auto reply = connection_->call(words);
  REQUIRE_MESSAGE(reply, words.front(), ": ", reply.error());
  if (!may_fail) REQUIRE_MESSAGE(reply->front() != '-', words.front(), ": ", *reply);
  return *reply;
}

void MeasuredNode::send_batch(std::string_view commands, std::size_t count,
                              std::string_view reply) {
  REQUIRE(connection_->send(commands));
  for (std::size_t i = 0; i < count; ++i) {
    const auto read = connection_->read_reply();
    REQUIRE_MESSAGE((read && *read == reply), (read ? *read : read.error()));
  }
}

std::uint64_t MeasuredNode::info(const std::string& section, const std::string& field) {
  return field_of(call({"INFO", section}), field);
}

void MeasuredNode::begin_measuring() { call({"CONFIG", "RESETSTAT"}); }

Turns MeasuredNode::turns() {
  const std::string info = call({"INFO", "latency"});
  Turns turns;
  turns.count = field_of(info, "loop_turns");
  turns.cpu_max_us = field_of(info, "loop_turn_cpu_max_us");
  turns.wall_max_us = field_of(info, "loop_turn_wall_max_us");
  turns.over_a_millisecond = turns.count - field_of(info, "loop_turn_cpu_us_le_1000");
  turns.involuntary_switches = field_of(info, "involuntary_context_switches");
  return turns;
}

void leave_a_core_to_the_node() { move_to(0, node_core + 1); }

}  // namespace cachekit::test
