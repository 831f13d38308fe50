#include "tests/latency/measured_node.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <charconv>

namespace cachekit::test {
namespace {

constexpr std::chrono::milliseconds patience{60'000};

MeasuredNode::Words with_meter(MeasuredNode::Words flags) {
  flags.insert(flags.end(), {"--measure-turns", "--log-level", "warning"});
  return flags;
}

std::uint64_t number_after(const std::string& text, std::size_t at) {
  std::uint64_t value = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

std::uint64_t field_of(const std::string& info, const std::string& field) {
  const std::size_t at = info.find(fmt::format("\n{}:", field));
  REQUIRE_MESSAGE(at != std::string::npos, "INFO has no ", field);
  return number_after(info, at + field.size() + 2);
}

// Of one line like "loop_turn_slowest_0:ended_us=5000,cpu_us=3000".
std::uint64_t part_of(const std::string& line, const std::string& part) {
  const std::size_t at = line.find(part + "=");
  REQUIRE_MESSAGE(at != std::string::npos, line, " has no ", part);
  return number_after(line, at + part.size() + 1);
}

std::vector<Turn> slowest_turns(const std::string& info) {
  std::vector<Turn> turns;
  for (;;) {
    const std::size_t at = info.find(fmt::format("\nloop_turn_slowest_{}:", turns.size()));
    if (at == std::string::npos) return turns;
    const std::string line = info.substr(at + 1, info.find('\r', at) - at - 1);
    const WatchClock::time_point ended{std::chrono::microseconds(part_of(line, "ended_us"))};
    turns.push_back({.busy = {ended - std::chrono::microseconds(part_of(line, "wall_us")), ended},
                     .cpu = std::chrono::microseconds(part_of(line, "cpu_us"))});
  }
}

}  // namespace

MeasuredNode::MeasuredNode(const Words& flags, int core)
    : server_(ServerProcess::start_node(with_meter(flags))),
      connection_(RespConnection::to(server_->endpoint(), patience)) {
  move_to_core(server_->pid(), core);
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

void MeasuredNode::begin_measuring() {
  call({"CONFIG", "RESETSTAT"});
  server_->forget_peak();
  bytes_at_first_ = server_->resident_bytes();
}

std::size_t MeasuredNode::growth_bytes() const {
  const std::size_t peak = server_->peak_resident_bytes();
  return peak > bytes_at_first_ ? peak - bytes_at_first_ : 0;
}

Turns MeasuredNode::turns() {
  const std::string info = call({"INFO", "latency"});
  Turns turns;
  turns.count = field_of(info, "loop_turns");
  turns.slowest = slowest_turns(info);
  turns.wall_max_us = field_of(info, "loop_turn_wall_max_us");
  turns.over_a_millisecond = turns.count - field_of(info, "loop_turn_cpu_us_le_1000");
  turns.involuntary_switches = field_of(info, "involuntary_context_switches");
  return turns;
}

void leave_a_core_to_the_node() { move_to_core(0, client_core); }

}  // namespace cachekit::test
