#include "client/api/node_copies.h"

#include <utility>

namespace cachekit::api {
namespace {

/// What a node that lives needs is far less.
constexpr auto answer_timeout = std::chrono::milliseconds(200);

tl::unexpected<Status> only_copies() {
  return tl::unexpected(
      Status(Code::invalid_argument, "nodes keep copies of the topology, which cannot be changed"));
}

}  // namespace

Result<Topology> NodeCopies::read() {
  Topology newest = router_.view()->topology();
  const std::uint64_t known = newest.version;
  Request request{"CACHEKIT.TOPOLOGY", "GET"};
  request.add(std::to_string(known));
  bool answered = false;
  Status last(Code::unavailable, "no node has a copy of the topology");
  for (const Result<Value>& answer : router_.ask_all(request, answer_timeout, seeds_)) {
    answered |= answer.has_value();
    if (!answer) last = answer.error();
    const auto* document = answer ? answer->get_if<std::string>() : nullptr;
    if (document == nullptr) continue;
    Result<Topology> copy = parse_topology(*document);
    if (!copy) last = copy.error();
    if (copy && copy->version > newest.version) newest = *std::move(copy);
  }
  if (newest.version > known || (answered && known > 0)) return newest;
  return tl::unexpected(std::move(last));
}

Result<bool> NodeCopies::create(const Topology&) { return only_copies(); }

Result<bool> NodeCopies::compare_and_swap(std::uint64_t, Topology) { return only_copies(); }

bool NodeCopies::wait_for_change(io::Time deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return woken_ || interrupted_; });
  woken_ = false;
  return false;
}

void NodeCopies::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void NodeCopies::interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

}  // namespace cachekit::api
