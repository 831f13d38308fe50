#include <cachekit/local_cluster.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

LocalCluster start(std::size_t shards, std::size_t replicas,
                   const std::filesystem::path& node_program, std::vector<std::string> node_flags,
                   std::string topology, const std::filesystem::path& folder,
                   Seconds start_timeout) {
  LocalClusterOptions options;
  options.shards = shards;
  options.replicas = replicas;
  options.node_program = node_program;
  options.node_flags = std::move(node_flags);
  options.topology = std::move(topology);
  options.folder = folder;
  options.start_timeout = to_millis(start_timeout);
  const py::gil_scoped_release released;
  return value_or_throw(LocalCluster::start(std::move(options)));
}

py::list nodes(const LocalCluster& cluster) {
  using namespace py::literals;
  py::list list;
  for (const LocalNode& node : cluster.nodes()) {
    list.append(py::dict("shard"_a = node.shard, "address"_a = node.address, "pid"_a = node.pid));
  }
  return list;
}

void require(const Status& status) {
  if (!status.ok()) throw Error(status);
}

}  // namespace

void bind_cluster(py::module_& module) {
  using namespace py::literals;
  const auto unlocked = py::call_guard<py::gil_scoped_release>();
  py::class_<LocalCluster>(module, "LocalCluster",
                           "A cluster of cachekit-node processes on this machine, for tests. Stops "
                           "its nodes when it is left, collected, or when the process dies.")
      .def_static("start", &start, py::kw_only(), "shards"_a = 3, "replicas"_a = 0,
                  "node_program"_a = "", "node_flags"_a = std::vector<std::string>(),
                  "topology"_a = "", "folder"_a = "", "start_timeout"_a = 10.0,
                  "Returns when all nodes answer. With replicas of each shard an agent in this "
                  "process replaces primaries that die. `topology` is an etcd:// URL where the "
                  "topology is put, instead of a file; nothing may be there, and it stays.")
      .def("url", &LocalCluster::url, "For Client.connect.")
      .def("nodes", &nodes, "A dict for each node: shard, address, pid (0 while it is stopped).")
      .def(
          "stop_node", [](LocalCluster& cluster, std::size_t i) { require(cluster.stop_node(i)); },
          "index"_a, unlocked, "Ends one node with SIGTERM and waits for it.")
      .def(
          "kill_node", [](LocalCluster& cluster, std::size_t i) { require(cluster.kill_node(i)); },
          "index"_a, unlocked, "Ends one node with SIGKILL.")
      .def(
          "start_node",
          [](LocalCluster& cluster, std::size_t i) { require(cluster.start_node(i)); }, "index"_a,
          unlocked, "Starts a stopped node again, empty, at its old address.")
      .def(
          "stop", [](LocalCluster& cluster) { require(cluster.stop()); }, unlocked,
          "Stops all nodes.")
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](LocalCluster& cluster, const py::args&) {
        const py::gil_scoped_release released;
        require(cluster.stop());
      });
}

}  // namespace cachekit::python
