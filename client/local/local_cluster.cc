#include "cachekit/local_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "cachekit/administration.h"
#include "cachekit/topology.h"
#include "client/local/cluster_files.h"
#include "client/local/cluster_record.h"
#include "client/local/launcher_thread.h"
#include "client/local/node_launch.h"
#include "client/local/node_program.h"
#include "client/local/service_check.h"
#include "client/topology/document_file.h"
#include "client/topology/url.h"

namespace cachekit {
namespace {

namespace fs = std::filesystem;
using local::ClusterRecord;
using local::log_path;
using local::NodeRecord;
using local::ProcessHandle;
using local::record_path;
using local::StartingNode;
using local::topology_path;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A machine's loopback cluster; more nodes than this only take turns on its cores.
constexpr std::size_t shard_limit = 64;
constexpr std::size_t replica_limit = 8;

// A node exits within one turn of its loop; beyond this it hangs, and is killed.
constexpr milliseconds stop_timeout{10'000};

constexpr milliseconds attached_start_timeout{10'000};

std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }
std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

Status invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Status check_topology_url(const std::string& text) {
  if (text.empty()) return {};
  const Result<topology::ClusterUrl> url = topology::parse_url(text);
  if (!url) return url.error();
  if (url->kind == topology::ClusterUrl::Kind::etcd) return {};
  return invalid(
      "the topology of a local cluster is put into its folder, or where an etcd:// URL says");
}

Status check_options(const LocalClusterOptions& options) {
  if (options.shards == 0 || options.shards > shard_limit) {
    return invalid(
        fmt::format("a local cluster has 1 to {} shards, not {}", shard_limit, options.shards));
  }
  if (options.replicas > replica_limit) {
    return invalid(fmt::format("a shard of a local cluster has 0 to {} replicas, not {}",
                               replica_limit, options.replicas));
  }
  if (options.replicas > 0 && options.detached && options.with_agent &&
      options.agent_program.empty()) {
    return invalid("a detached cluster with replicas needs an agent_program");
  }
  if (Status wrong = check_topology_url(options.topology); !wrong.ok()) return wrong;
  if (options.each.empty()) return {};
  if (options.detached) return invalid("the nodes of a detached cluster do not differ");
  const std::size_t count = options.shards * (1 + options.replicas);
  if (options.each.size() == count) return {};
  return invalid(fmt::format("there are options for {} nodes, but {} are to be started",
                             options.each.size(), count));
}

std::size_t shard_count(const ClusterRecord& record) {
  std::set<std::string> names;
  for (const NodeRecord& node : record.nodes) names.insert(node.shard);
  return names.size();
}

}  // namespace

struct LocalCluster::State {
  struct Node {
    std::string shard;
    std::string address;  ///< As the topology lists it.
    std::string own_address;
    std::optional<ProcessHandle> process;

    bool running() { return process && process->running(); }
  };

  LocalClusterOptions options;
  fs::path program;
  fs::path folder;
  bool folder_is_temporary = false;
  std::vector<Node> nodes;
  bool stopped = false;
  std::unique_ptr<local::LauncherThread> launcher;  ///< Only for nodes that die with this process.
  std::optional<Agent> agent;
  std::optional<ProcessHandle> agent_process;  ///< Of a detached cluster.

  ~State() {
    if (!options.detached) (void)stop_all();
  }

  std::size_t nodes_per_shard() const { return 1 + options.replicas; }

  std::string shard_of(std::size_t index) const {
    return fmt::format("s{}", index / nodes_per_shard() + 1);
  }

  // Of its log: s1, s1-2, s1-3 for the nodes of one shard.
  std::string name_of(std::size_t index) const {
    const std::size_t place = index % nodes_per_shard();
    return place == 0 ? shard_of(index) : fmt::format("{}-{}", shard_of(index), place + 1);
  }

  LocalNodeOptions options_of(std::size_t index) const {
    return options.each.empty() ? LocalNodeOptions() : options.each[index];
  }

  // At any free port if there is no address.
  Result<StartingNode> spawn(std::size_t index, const std::string& address) {
    local::NodeLaunch launch{.program = program,
                             .words = {"--port", address.empty() ? "0" : port_of(address)},
                             .log = log_path(folder, name_of(index)),
                             .detached = options.detached,
                             .launcher = options_of(index).launcher};
    if (!options_of(index).address.empty()) {
      launch.words.insert(launch.words.end(), {"--bind", host_of(address)});
    }
    if (options.replicas > 0) launch.words.emplace_back("--managed");
    launch.words.insert(launch.words.end(), options.node_flags.begin(), options.node_flags.end());
    if (options.detached) return StartingNode::spawn(launch);
    if (!launcher) launcher = std::make_unique<local::LauncherThread>();
    std::optional<Result<StartingNode>> started;
    launcher->run([&] { started.emplace(StartingNode::spawn(launch)); });
    return *std::move(started);
  }

  // All at once, and then waited for one by one.
  Status start_all() {
    const auto deadline = steady_clock::now() + options.start_timeout;
    std::vector<StartingNode> starting;
    const std::size_t count = options.shards * nodes_per_shard();
    for (std::size_t index = 0; index < count; ++index) {
      Result<StartingNode> node = spawn(index, options_of(index).address);
      if (!node) return std::move(node.error());
      starting.push_back(*std::move(node));
    }
    for (std::size_t index = 0; index < count; ++index) {
      Result<StartingNode::Ready> ready = std::move(starting[index]).await_ready(deadline);
      if (!ready) return std::move(ready.error());
      const std::string& listed = options_of(index).listed_address;
      nodes.push_back({shard_of(index), listed.empty() ? ready->address : listed, ready->address,
                       std::move(ready->process)});
    }
    if (Status written = write_topology(); !written.ok()) return written;
    if (Status written = write_record(); !written.ok()) return written;
    if (Status started = start_agent(deadline); !started.ok()) return started;
    if (Status written = write_record(); !written.ok()) return written;  // with the agent
    return options.replicas > 0 && options.with_agent ? await_service(deadline) : Status();
  }

  std::string url() const {
    return options.topology.empty() ? "file://" + topology_path(folder).string() : options.topology;
  }

  Status start_agent(steady_clock::time_point deadline) {
    if (options.replicas == 0 || !options.with_agent) return {};
    if (!options.detached) {
      Result<Agent> started = Agent::start(url());
      if (!started) return std::move(started.error());
      agent.emplace(*std::move(started));
      return {};
    }
    Result<StartingNode> starting = StartingNode::spawn(
        {options.agent_program, {"agent", "--folder", folder}, log_path(folder, "agent"), true});
    if (!starting) return std::move(starting.error());
    Result<StartingNode::Ready> ready = std::move(*starting).await_ready(deadline);
    if (!ready) return std::move(ready.error());
    agent_process.emplace(std::move(ready->process));
    return {};
  }

  Status await_service(steady_clock::time_point deadline) const {
    constexpr milliseconds look_interval{5};
    while (steady_clock::now() < deadline) {
      if (local::is_in_service(url(), options.replicas)) return {};
      std::this_thread::sleep_for(look_interval);
    }
    return {Code::unavailable, "the nodes run, but their agent has not put all in place in time"};
  }

  Status write_topology() const {
    Topology topology;
    for (std::size_t index = 0; index < nodes.size(); ++index) {
      if (index % nodes_per_shard() == 0) {
        Shard& shard = topology.shards.emplace_back();
        shard.name = nodes[index].shard;
        shard.primary = nodes[index].address;
      } else {
        topology.shards.back().replicas.push_back(nodes[index].address);
      }
    }
    if (!options.topology.empty()) {
      std::error_code ignored;  // one of a cluster before, which would be taken for this one's
      fs::remove(topology_path(folder), ignored);
      return create_topology(options.topology, topology);
    }
    return topology::write_file(topology_path(folder), to_json(topology));
  }

  Status write_record() {
    ClusterRecord record{.program = program, .flags = options.node_flags, .nodes = {}};
    record.topology = options.topology;
    if (agent_process && agent_process->running()) record.agent = agent_process->identity();
    for (Node& node : nodes) {
      record.nodes.push_back(
          {node.shard, node.address,
           node.running() ? node.process->identity() : local::ProcessIdentity{}});
    }
    return topology::write_file(record_path(folder), local::to_json(record));
  }

  Status check(std::size_t index, bool expect_running) {
    if (index >= nodes.size()) {
      return invalid(fmt::format("there is no node {} among {}", index, nodes.size()));
    }
    if (nodes[index].running() != expect_running) {
      return invalid(fmt::format("node {} {}", nodes[index].address,
                                 expect_running ? "does not run" : "runs already"));
    }
    return {};
  }

  static Status await_end(Node& node, bool clean) {
    const bool in_time = node.process->wait(stop_timeout);
    if (!in_time) {
      node.process->signal(SIGKILL);
      node.process->wait(stop_timeout);
    }
    const std::string failure = node.process->failure();
    node.process.reset();
    if (!clean || (in_time && failure.empty())) return {};
    return {Code::unavailable,
            fmt::format("node {} {}", node.address,
                        in_time ? failure
                                : fmt::format("did not exit within {} s of SIGTERM and was killed",
                                              stop_timeout.count() / 1000))};
  }

  Status end_node(std::size_t index, int signal) {
    if (Status wrong = check(index, true); !wrong.ok()) return wrong;
    nodes[index].process->signal(signal);
    Status ended = await_end(nodes[index], signal == SIGTERM);
    Status written = write_record();
    return ended.ok() ? written : ended;
  }

  Status start_node(std::size_t index) {
    if (Status wrong = check(index, false); !wrong.ok()) return wrong;
    if (stopped) return invalid("the cluster has been stopped; start a new one");
    Node& node = nodes[index];
    Result<StartingNode> starting = spawn(index, node.own_address);
    if (!starting) return std::move(starting.error());
    Result<StartingNode::Ready> ready =
        std::move(*starting).await_ready(steady_clock::now() + options.start_timeout);
    if (!ready) return std::move(ready.error());
    node.process = std::move(ready->process);
    return write_record();
  }

  // Once only: afterwards another cluster may have the folder.
  Status stop_all() {
    if (std::exchange(stopped, true)) return {};
    stop_agent();
    for (Node& node : nodes) {
      if (node.running()) node.process->signal(SIGTERM);
    }
    Status first_failure;
    for (Node& node : nodes) {
      if (!node.process) continue;
      Status ended = await_end(node, true);
      if (first_failure.ok() && !ended.ok()) first_failure = std::move(ended);
    }
    remove_files();
    return first_failure;
  }

  // First of all, or it would put others in the place of those that stop.
  void stop_agent() {
    agent.reset();
    if (!agent_process) return;
    agent_process->signal(SIGTERM);
    if (!agent_process->wait(stop_timeout)) agent_process->signal(SIGKILL);
    agent_process.reset();
  }

  void remove_files() const {
    std::error_code ignored;
    local::remove_files(folder);
    if (folder_is_temporary) fs::remove_all(folder, ignored);
  }
};

Result<LocalCluster> LocalCluster::start(LocalClusterOptions options) {
  if (Status wrong = check_options(options); !wrong.ok()) return tl::unexpected(std::move(wrong));
  Result<fs::path> program = local::find_node_program(options.node_program);
  if (!program) return tl::unexpected(std::move(program.error()));
  const bool temporary = options.folder.empty();
  Result<fs::path> folder = temporary ? local::fresh_folder() : local::named_folder(options.folder);
  if (!folder) return tl::unexpected(std::move(folder.error()));
  if (Status used = local::check_unused(*folder); !used.ok())
    return tl::unexpected(std::move(used));

  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->program = *std::move(program);
  state->folder = *std::move(folder);
  state->folder_is_temporary = temporary;
  if (Status started = state->start_all(); !started.ok()) {
    (void)state->stop_all();
    return tl::unexpected(std::move(started));
  }
  return LocalCluster(std::move(state));
}

Result<LocalCluster> LocalCluster::attach(const fs::path& folder) {
  const Result<std::string> text = topology::read_file(record_path(folder));
  if (!text) {
    return tl::unexpected(
        Status(Code::unavailable, fmt::format("no local cluster was started in {}: {}",
                                              folder.string(), text.error().message())));
  }
  Result<ClusterRecord> record = local::parse_cluster_record(*text);
  if (!record) return tl::unexpected(std::move(record.error()));

  auto state = std::make_unique<State>();
  state->options.shards = shard_count(*record);
  state->options.replicas =
      record->nodes.size() / std::max<std::size_t>(state->options.shards, 1) - 1;
  state->options.node_flags = std::move(record->flags);
  state->options.topology = std::move(record->topology);
  state->agent_process = ProcessHandle::find(record->agent);
  state->options.detached = true;
  state->options.start_timeout = attached_start_timeout;
  state->program = std::move(record->program);
  state->folder = fs::absolute(folder);
  for (NodeRecord& node : record->nodes) {
    state->nodes.push_back(
        {std::move(node.shard), node.address, node.address, ProcessHandle::find(node.process)});
  }
  return LocalCluster(std::move(state));
}

LocalCluster::LocalCluster(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalCluster::LocalCluster(LocalCluster&&) noexcept = default;
LocalCluster& LocalCluster::operator=(LocalCluster&&) noexcept = default;
LocalCluster::~LocalCluster() = default;

std::string LocalCluster::url() const { return state_->url(); }

std::vector<LocalNode> LocalCluster::nodes() const {
  std::vector<LocalNode> nodes;
  for (State::Node& node : state_->nodes) {
    nodes.push_back({node.shard, node.address, node.running() ? node.process->identity().pid : 0});
  }
  return nodes;
}

AgentCounters LocalCluster::agent_counters() const {
  return state_->agent ? state_->agent->counters() : AgentCounters{};
}

Status LocalCluster::stop_node(std::size_t index) { return state_->end_node(index, SIGTERM); }

Status LocalCluster::kill_node(std::size_t index) { return state_->end_node(index, SIGKILL); }

Status LocalCluster::start_node(std::size_t index) { return state_->start_node(index); }

Status LocalCluster::stop() { return state_->stop_all(); }

}  // namespace cachekit
