#include "client/topology/etcd_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cachekit::topology {
namespace {

Status nonsense(std::string_view complaint) {
  return {Code::protocol_error, fmt::format("etcd's answer makes no sense: {}", complaint)};
}

io::Time call_deadline() { return io::Clock::now() + EtcdCaller::total_timeout; }

}  // namespace

EtcdStore::EtcdStore(EtcdPlace place)
    : key_(place.key()), caller_(place), watch_(std::move(place), caller_) {}

Result<etcd::RangeAnswer> EtcdStore::range(io::Time deadline) {
  const Result<std::string> body = caller_.ask(etcd::range_request(key_), deadline);
  if (!body) return tl::unexpected(body.error());
  auto answer = etcd::read_range_answer(*body);
  if (!answer) return tl::unexpected(nonsense(answer.error()));
  // Members agree on what comes after what: only another etcd, or an old copy of this one, is at an
  // earlier revision.
  if (answer->revision < revision_.exchange(answer->revision)) went_back_ = true;
  mod_revision_ = answer->entry ? answer->entry->mod_revision : 0;
  return *std::move(answer);
}

Result<Topology> EtcdStore::parse(const etcd::RangeAnswer& answer) const {
  if (!answer.entry) {
    return tl::unexpected(Status(
        Code::topology_error,
        fmt::format("etcd has no key {}; `cachekit-ctl create` puts a topology there", key_)));
  }
  Result<Topology> topology = parse_topology(answer.entry->value);
  if (topology) return topology;
  return tl::unexpected(Status(topology.error().code(),
                               fmt::format("etcd, {}: {}", key_, topology.error().message())));
}

Result<Topology> EtcdStore::read() {
  const auto answer = range(call_deadline());
  if (!answer) return tl::unexpected(answer.error());
  return parse(*answer);
}

Result<bool> EtcdStore::put(std::int64_t mod_revision, const Topology& topology,
                            io::Time deadline) {
  const Result<std::string> body =
      caller_.change(etcd::put_request(key_, mod_revision, to_json(topology)), deadline);
  if (!body) return tl::unexpected(body.error());
  const auto done = etcd::read_put_answer(*body);
  if (!done) return tl::unexpected(nonsense(done.error()));
  return *done;
}

Result<bool> EtcdStore::create(const Topology& first) {
  constexpr std::int64_t absent = 0;
  return put(absent, first, call_deadline());
}

Result<bool> EtcdStore::compare_and_swap(std::uint64_t expected, Topology next) {
  const io::Time deadline = call_deadline();
  const auto answer = range(deadline);
  if (!answer) return tl::unexpected(answer.error());
  const Result<Topology> present = parse(*answer);
  if (!present) return tl::unexpected(present.error());
  if (present->version != expected) return false;
  next.version = expected + 1;
  return put(answer->entry->mod_revision, next, deadline);
}

bool EtcdStore::wait_for_change(io::Time deadline) {
  if (went_back_.exchange(false)) watch_.start_anew();
  const auto told = watch_.wait({.revision = revision_, .mod_revision = mod_revision_}, deadline);
  if (!told) return false;
  // Until the caller has read it, a new stream begins after what was told.
  std::int64_t known = revision_;
  while (known < *told && !revision_.compare_exchange_weak(known, *told)) {
  }
  return true;
}

void EtcdStore::interrupt() {
  caller_.interrupt();
  watch_.interrupt();
}

}  // namespace cachekit::topology
