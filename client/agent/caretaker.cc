#include "client/agent/caretaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/topology/node_address.h"

namespace cachekit::agent {
namespace {

const Request& status_request() {
  static const Request request{"CACHEKIT.STATUS"};
  return request;
}

Request request_of(const std::vector<std::string>& words) {
  Request request;
  for (const std::string& word : words) request.add(std::string_view(word));
  return request;
}

template <class Visit>
void visit_nodes(const Shard& shard, Visit&& visit) {
  visit(shard.primary);
  for (const std::string& address : shard.replicas) visit(address);
  for (const std::string& address : shard.absent) visit(address);
}

}  // namespace

Caretaker::Caretaker(topology::Store& store, io::Engine& engine, Patience patience, Log log)
    : store_(store), engine_(engine), patience_(patience), log_(std::move(log)) {}

void Caretaker::tell(LogLevel level, std::string_view sentence) {
  if (log_) log_(level, sentence);
}

AgentCounters Caretaker::counters() const {
  return {.promotions = promotions_, .hand_overs = hand_overs_, .changes = changes_};
}

void Caretaker::request(std::string_view shard, ShardSteward::HandOver hand_over) {
  const auto steward = stewards_.try_emplace(std::string(shard), patience_).first;
  steward->second.request(std::move(hand_over));
}

bool Caretaker::run_round() {
  const bool reachable = read_topology();
  if (!topology_) return false;
  meet_nodes();
  ask_all();
  std::vector<NodeCommand> commands = copies_of_topology();
  std::vector<Decision> decisions;
  const io::Time now = engine_.now();
  const auto store = reachable ? ShardSteward::Store::reachable : ShardSteward::Store::away;
  for (const Shard& shard : topology_->shards) {
    ShardSteward& steward = stewards_.try_emplace(shard.name, patience_).first->second;
    decisions.push_back(steward.decide(shard, views_of(shard), now, store));
    std::ranges::move(decisions.back().commands, std::back_inserter(commands));
  }
  // A store that could not be read now takes no change either, and would be waited for again.
  const bool changes = reachable && agree_on(decisions);
  return act(std::move(commands)) || changes;
}

// What cannot be read, or is older, leaves the last good one in force.
bool Caretaker::read_topology() {
  Result<Topology> read = store_.read();
  const bool reachable = read.has_value();
  std::string complaint;
  if (!read) {
    complaint = fmt::format("goes on with the topology it has: {}", read.error().message());
  } else if (topology_ && read->version < topology_->version) {
    complaint = fmt::format("the topology has gone back from version {} to {}, and is not taken",
                            topology_->version, read->version);
  } else {
    topology_ = *std::move(read);
  }
  if (!complaint.empty() && complaint != last_complaint_) tell(LogLevel::warning, complaint);
  last_complaint_ = std::move(complaint);
  return reachable;
}

void Caretaker::meet_nodes() {
  std::map<std::string, Ward> wards;
  for (const Shard& shard : topology_->shards) {
    visit_nodes(shard, [&](const std::string& address) {
      if (auto known = wards_.extract(address)) {
        wards.insert(std::move(known));
        return;
      }
      auto parsed = topology::parse_node_address(address);
      if (!parsed) return;  // the document has been checked
      constexpr std::size_t connections = 2;
      wards[address] = {
          .node = std::make_unique<io::Node>(address, *std::move(parsed),
                                             io::ConnectionLimits{.alone = connections}),
          .view = {.address = address, .since = engine_.now()}};
    });
  }
  wards_ = std::move(wards);
}

void Caretaker::ask_all() {
  const io::Time now = engine_.now();
  std::vector<io::Job> jobs;
  for (auto& [address, ward] : wards_) {
    const bool silent = ward.view.contact == Contact::silent;
    jobs.push_back({.node = ward.node.get(),
                    .calls = {{.request = &status_request(), .answer = {}}},
                    .deadline = now + (silent ? silent_report_timeout : report_timeout)});
  }
  engine_.exchange(jobs, now + report_timeout);
  auto job = jobs.begin();
  for (auto& [address, ward] : wards_) take_report(ward, (job++)->calls.front().answer);
}

void Caretaker::take_report(Ward& ward, const io::Answer& answer) {
  Contact contact = answer.refused ? Contact::refused : Contact::silent;
  if (answer.kind == io::Answer::Kind::replied) {
    if (auto report = report_in(answer.reply)) {
      ward.view.report = *std::move(report);
      contact = Contact::answered;
    }
  }
  // Away since it answered last, whatever its absence has looked like.
  if (contact == Contact::answered) ward.view.since = engine_.now();
  ward.view.contact = contact;
}

std::vector<NodeView> Caretaker::views_of(const Shard& shard) const {
  std::vector<NodeView> views;
  visit_nodes(shard, [&](const std::string& address) {
    if (const auto ward = wards_.find(address); ward != wards_.end()) {
      views.push_back(ward->second.view);
    }
  });
  return views;
}

// Clients ask nodes for the topology where they cannot reach its store.
std::vector<NodeCommand> Caretaker::copies_of_topology() const {
  std::vector<NodeCommand> commands;
  std::string document;
  for (const auto& [address, ward] : wards_) {
    if (!ward.view.answers() || ward.view.report.topology_version >= topology_->version) continue;
    if (document.empty()) document = to_json(*topology_);
    commands.push_back(
        {address, {"CACHEKIT.TOPOLOGY", "SET", std::to_string(topology_->version), document}});
  }
  return commands;
}

bool Caretaker::act(std::vector<NodeCommand> commands) {
  if (commands.empty()) return false;
  std::vector<Request> requests;
  requests.reserve(commands.size());
  for (const NodeCommand& command : commands) requests.push_back(request_of(command.words));
  std::map<std::string_view, io::Job> by_node;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    io::Job& job = by_node[commands[i].node];
    job.node = wards_.at(commands[i].node).node.get();
    job.calls.push_back({.request = &requests[i], .answer = {}});
  }
  std::vector<io::Job> jobs;
  for (auto& [address, job] : by_node) jobs.push_back(std::move(job));
  engine_.exchange(jobs, engine_.now() + command_timeout);
  for (const io::Job& job : jobs) {
    for (const io::Call& call : job.calls) tell_refusal(job.node->name(), call.answer);
  }
  return true;
}

// NOPROMISE and STALE… are part of the game; anything else is a misconfiguration.
void Caretaker::tell_refusal(std::string_view node, const io::Answer& answer) {
  const auto* error = answer.reply.get_if<Value::ErrorText>();
  if (error == nullptr || error->text.starts_with("NOPROMISE") ||
      error->text.starts_with("STALE")) {
    return;
  }
  const std::string complaint = fmt::format("node {} refuses: {}", node, error->text);
  if (complaint != last_refusal_) tell(LogLevel::warning, complaint);
  last_refusal_ = complaint;
}

void Caretaker::cancel_requests() {
  for (auto& [shard, steward] : stewards_) steward.cancel_request();
}

// All shards' changes at once; whether there were any, and the store has taken or refused them.
// Whoever was faster has changed something that this round did not know; the next one does.
bool Caretaker::agree_on(const std::vector<Decision>& decisions) {
  Topology next = *topology_;
  bool changes = false;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (!decisions[i].next) continue;
    next.shards[i] = *decisions[i].next;
    changes = true;
  }
  if (!changes) return false;
  const Result<bool> swapped = store_.compare_and_swap(topology_->version, next);
  if (!swapped) {
    tell(LogLevel::warning,
         fmt::format("a change is not agreed on: {}", swapped.error().message()));
    return false;
  }
  if (!*swapped) return true;
  count(decisions);
  // Known without reading it, should the store be out of reach from now on.
  ++next.version;
  topology_ = std::move(next);
  return true;
}

void Caretaker::count(const std::vector<Decision>& decisions) {
  ++changes_;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (!decisions[i].next) continue;
    if (decisions[i].change == Decision::Change::promotion) ++promotions_;
    if (decisions[i].change == Decision::Change::hand_over) ++hand_overs_;
    tell(LogLevel::warning, fmt::format("shard {}, epoch {}: {}", topology_->shards[i].name,
                                        decisions[i].next->epoch, decisions[i].why));
  }
}

}  // namespace cachekit::agent
