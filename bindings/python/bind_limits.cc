// Rate limiters and locks.

#include <cachekit/lock.h>
#include <cachekit/rate_limiter.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

RateAlgorithm algorithm_of(const std::string& name) {
  if (name == "fixed_window") return RateAlgorithm::fixed_window;
  if (name == "sliding_window") return RateAlgorithm::sliding_window;
  if (name == "token_bucket") return RateAlgorithm::token_bucket;
  throw Error(Status(
      Code::invalid_argument,
      "algorithm is '" + name + "'; expected 'fixed_window', 'sliding_window' or 'token_bucket'"));
}

WhenUnavailable when_unavailable_of(const std::string& name) {
  if (name == "allow") return WhenUnavailable::allow;
  if (name == "refuse") return WhenUnavailable::refuse;
  throw Error(Status(Code::invalid_argument,
                     "when_unavailable is '" + name + "'; expected 'allow' or 'refuse'"));
}

/// Giving a lock back takes a round trip, so also a forgotten one goes without Python's lock.
struct PythonHeldLock {
  std::optional<HeldLock> held;

  explicit PythonHeldLock(HeldLock what) : held(std::move(what)) {}
  PythonHeldLock(const PythonHeldLock&) = delete;
  PythonHeldLock& operator=(const PythonHeldLock&) = delete;
  ~PythonHeldLock() {
    const py::gil_scoped_release released;
    held.reset();
  }
};

void bind_rate_limiter(py::module_& module) {
  using namespace py::literals;
  py::class_<RateDecision>(module, "RateDecision",
                           "What a RateLimiter says; true in an `if` where it is allowed.")
      .def_readonly("allowed", &RateDecision::allowed)
      .def_readonly("remaining", &RateDecision::remaining, "What could be acquired just after.")
      .def_property_readonly(
          "retry_after", [](const RateDecision& self) { return to_seconds(self.retry_after); },
          "Seconds until the same call may succeed; 0 if it was allowed or is undecided.")
      .def_property_readonly(
          "reset_after", [](const RateDecision& self) { return to_seconds(self.reset_after); },
          "Seconds until all permits are there again, if nobody calls.")
      .def_property_readonly("degraded", &RateDecision::is_degraded,
                             "The cluster has not decided, so when_unavailable did.")
      .def_property_readonly(
          "undecided",
          [](const RateDecision& self) -> py::object {
            return self.is_degraded() ? exception_of(self.undecided) : py::none();
          },
          "Why the cluster has not decided, as an Error; None if it has.")
      .def("__bool__", [](const RateDecision& self) { return self.allowed; });

  py::class_<RateLimiter>(module, "RateLimiter",
                          "How often something may happen, counted in the cluster for each "
                          "key. Any number of threads may share one.")
      .def(
          py::init([](Client& client, std::int64_t permits, Seconds window,
                      const std::string& algorithm, const std::string& when_unavailable) {
            const RateLimit limit{.permits = permits,
                                  .window = to_millis(window),
                                  .algorithm = algorithm_of(algorithm),
                                  .when_unavailable = when_unavailable_of(when_unavailable)};
            return RateLimiter(client, limit);
          }),
          py::keep_alive<1, 2>(), "client"_a, "permits"_a, "window"_a, py::kw_only(),
          "algorithm"_a = "fixed_window", "when_unavailable"_a = "allow",
          "permits in a window of so many seconds. algorithm: 'fixed_window', 'sliding_window' or "
          "'token_bucket'. when_unavailable: 'allow' or 'refuse' what the cluster does not decide.")
      .def(
          "acquire",
          [](const RateLimiter& self, const Bytes& key, std::int64_t permits) {
            return unlocked([&] { return self.acquire(key.bytes, permits); });
          },
          "key"_a, "permits"_a = 1, "A RateDecision.")
      .def(
          "reset",
          [](const RateLimiter& self, const Bytes& key) {
            return unlocked([&] { return self.reset(key.bytes); });
          },
          "key"_a, "Forgets what was counted for the key; True if anything was.");
}

void bind_held_lock(py::module_& module) {
  using namespace py::literals;
  py::class_<PythonHeldLock>(module, "HeldLock",
                             "A lock that was acquired. Given back by release(), at the end of a "
                             "`with`, or when it is forgotten.")
      .def_property_readonly(
          "fence",
          [](const PythonHeldLock& self) {
            return py::make_tuple(self.held->fence().epoch, self.held->fence().counter);
          },
          "(epoch, counter): grows from one holder to the next.")
      .def_property_readonly(
          "valid", [](const PythonHeldLock& self) { return self.held->is_valid(); },
          "Whether it cannot have expired yet, by this machine's clock.")
      .def_property_readonly(
          "remaining",
          [](const PythonHeldLock& self) { return to_seconds(self.held->remaining()); },
          "For how many seconds that holds.")
      .def(
          "extend",
          [](PythonHeldLock& self, const std::optional<Seconds>& ttl) {
            return unlocked(
                [&] { return ttl ? self.held->extend(to_millis(*ttl)) : self.held->extend(); });
          },
          "ttl"_a = py::none(), "Holds it from now on for so long; False if it is lost.")
      .def(
          "release",
          [](PythonHeldLock& self) { return unlocked([&] { return self.held->release(); }); },
          "Gives it back; False if it was not held any more.")
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](PythonHeldLock& self, const py::args&) {
        unlocked([&] { return self.held->release(); });
      });
}

}  // namespace

void bind_limits(py::module_& module) {
  using namespace py::literals;
  bind_rate_limiter(module);
  bind_held_lock(module);
  py::class_<Lock>(module, "Lock",
                   "A lock that processes on different machines share, held for a time. What "
                   "must not happen twice needs its fence as well.")
      .def(py::init([](Client& client, const Bytes& key, Seconds ttl, int write_replicas,
                       bool advisory) {
             return Lock(
                 client, key.bytes,
                 {.ttl = to_millis(ttl), .write_replicas = write_replicas, .advisory = advisory});
           }),
           py::keep_alive<1, 2>(), "client"_a, "key"_a, py::kw_only(), "ttl"_a = 10,
           "write_replicas"_a = 1, "advisory"_a = false,
           "ttl: seconds for which it is held unless it is extended. write_replicas: it counts as "
           "acquired only if so many replicas have it. advisory: none need to, and it may be held "
           "twice after a failover.")
      .def(
          "acquire",
          [](const Lock& self, Seconds wait) -> std::unique_ptr<PythonHeldLock> {
            auto held = unlocked([&] { return self.acquire(to_millis(wait)); });
            if (!held) return nullptr;
            return std::make_unique<PythonHeldLock>(*std::move(held));
          },
          py::keep_alive<0, 1>(), "wait"_a = 0,
          "A HeldLock, or None if somebody else has held it for so many seconds. Raises "
          "ConcernNotMet, and holds nothing, if too few replicas have it.");
}

}  // namespace cachekit::python
