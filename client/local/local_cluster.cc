#include "cachekit/local_cluster.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "cachekit/topology.h"
#include "client/local/cluster_record.h"
#include "client/local/launcher_thread.h"
#include "client/local/node_launch.h"
#include "client/local/node_program.h"

namespace cachekit {
namespace {

namespace fs = std::filesystem;
using local::ClusterRecord;
using local::NodeRecord;
using local::ProcessHandle;
using local::StartingNode;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A machine's loopback cluster; more nodes than this only take turns on its cores.
constexpr std::size_t shard_limit = 64;

// A node exits within one turn of its loop; beyond this it hangs, and is killed.
constexpr milliseconds stop_timeout{10'000};

constexpr milliseconds attached_start_timeout{10'000};

fs::path topology_path(const fs::path& folder) { return folder / "topology.json"; }
fs::path record_path(const fs::path& folder) { return folder / "cluster.json"; }
fs::path log_path(const fs::path& folder, const std::string& shard) {
  return folder / (shard + ".log");
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

Status invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Result<fs::path> fresh_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  std::string name = ((error ? fs::path("/tmp") : parent) / "cachekit-local-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return tl::unexpected(Status(Code::unavailable, fmt::format("cannot make the folder {}: {}",
                                                                name, std::strerror(errno))));
  }
  return fs::path(name);
}

Result<fs::path> named_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return fs::absolute(folder);
  return tl::unexpected(Status(Code::unavailable, fmt::format("cannot make the folder {}: {}",
                                                              folder.string(), error.message())));
}

bool some_node_runs(const ClusterRecord& record) {
  return std::ranges::any_of(record.nodes, [](const NodeRecord& node) {
    return ProcessHandle::find(node.process).has_value();
  });
}

// A folder describes one cluster at a time.
Status check_unused(const fs::path& folder) {
  const Result<std::string> text = local::read_file(record_path(folder));
  if (!text) return {};
  const Result<ClusterRecord> record = local::parse_cluster_record(*text);
  if (!record || !some_node_runs(*record)) return {};
  return invalid(
      fmt::format("a local cluster runs in {} already; stop it first, or use its "
                  "topology.json there",
                  folder.string()));
}

}  // namespace

struct LocalCluster::State {
  struct Node {
    std::string shard;
    std::string address;
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

  ~State() {
    if (!options.detached) (void)stop_all();
  }

  Result<StartingNode> spawn(const std::string& shard, const std::string& port) {
    const local::NodeLaunch launch{program, port, options.node_flags, log_path(folder, shard),
                                   options.detached};
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
    for (std::size_t index = 0; index < options.shards; ++index) {
      Result<StartingNode> node = spawn(fmt::format("s{}", index + 1), "0");
      if (!node) return std::move(node.error());
      starting.push_back(*std::move(node));
    }
    for (std::size_t index = 0; index < options.shards; ++index) {
      Result<StartingNode::Ready> ready = std::move(starting[index]).await_ready(deadline);
      if (!ready) return std::move(ready.error());
      nodes.push_back(
          {fmt::format("s{}", index + 1), std::move(ready->address), std::move(ready->process)});
    }
    if (Status written = write_record(); !written.ok()) return written;
    return write_topology();
  }

  Status write_topology() const {
    Topology topology;
    for (const Node& node : nodes) {
      Shard shard;
      shard.name = node.shard;
      shard.primary = node.address;
      topology.shards.push_back(std::move(shard));
    }
    return local::write_file(topology_path(folder), to_json(topology));
  }

  Status write_record() {
    ClusterRecord record{program, options.node_flags, {}};
    for (Node& node : nodes) {
      record.nodes.push_back(
          {node.shard, node.address,
           node.running() ? node.process->identity() : local::ProcessIdentity{}});
    }
    return local::write_file(record_path(folder), local::to_json(record));
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
    Result<StartingNode> starting = spawn(node.shard, port_of(node.address));
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

  // Logs in a folder that the user named stay.
  void remove_files() const {
    std::error_code ignored;
    fs::remove(record_path(folder), ignored);
    fs::remove(topology_path(folder), ignored);
    if (folder_is_temporary) fs::remove_all(folder, ignored);
  }
};

Result<LocalCluster> LocalCluster::start(LocalClusterOptions options) {
  if (options.shards == 0 || options.shards > shard_limit) {
    return tl::unexpected(invalid(
        fmt::format("a local cluster has 1 to {} shards, not {}", shard_limit, options.shards)));
  }
  Result<fs::path> program = local::find_node_program(options.node_program);
  if (!program) return tl::unexpected(std::move(program.error()));
  const bool temporary = options.folder.empty();
  Result<fs::path> folder = temporary ? fresh_folder() : named_folder(options.folder);
  if (!folder) return tl::unexpected(std::move(folder.error()));
  if (Status used = check_unused(*folder); !used.ok()) return tl::unexpected(std::move(used));

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
  const Result<std::string> text = local::read_file(record_path(folder));
  if (!text) {
    return tl::unexpected(
        Status(Code::unavailable, fmt::format("no local cluster was started in {}: {}",
                                              folder.string(), text.error().message())));
  }
  Result<ClusterRecord> record = local::parse_cluster_record(*text);
  if (!record) return tl::unexpected(std::move(record.error()));

  auto state = std::make_unique<State>();
  state->options.shards = record->nodes.size();
  state->options.node_flags = std::move(record->flags);
  state->options.detached = true;
  state->options.start_timeout = attached_start_timeout;
  state->program = std::move(record->program);
  state->folder = fs::absolute(folder);
  for (NodeRecord& node : record->nodes) {
    state->nodes.push_back(
        {std::move(node.shard), std::move(node.address), ProcessHandle::find(node.process)});
  }
  return LocalCluster(std::move(state));
}

LocalCluster::LocalCluster(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalCluster::LocalCluster(LocalCluster&&) noexcept = default;
LocalCluster& LocalCluster::operator=(LocalCluster&&) noexcept = default;
LocalCluster::~LocalCluster() = default;

std::string LocalCluster::url() const { return "file://" + topology_path(state_->folder).string(); }

std::vector<LocalNode> LocalCluster::nodes() const {
  std::vector<LocalNode> nodes;
  for (State::Node& node : state_->nodes) {
    nodes.push_back({node.shard, node.address, node.running() ? node.process->identity().pid : 0});
  }
  return nodes;
}

Status LocalCluster::stop_node(std::size_t index) { return state_->end_node(index, SIGTERM); }

Status LocalCluster::kill_node(std::size_t index) { return state_->end_node(index, SIGKILL); }

Status LocalCluster::start_node(std::size_t index) { return state_->start_node(index); }

Status LocalCluster::stop() { return state_->stop_all(); }

}  // namespace cachekit
