// One function for each kind of fault. ../README.md tells what they do.

#pragma once

#include <memory>

#include "tests/chaos/faults/fault.h"

namespace cachekit::chaos {

// process_faults.cc
std::unique_ptr<Fault> make_nothing(const Scene& scene);
std::unique_ptr<Fault> make_kill(const Scene& scene);
std::unique_ptr<Fault> make_rolling_restart(const Scene& scene);
std::unique_ptr<Fault> make_agent_kill(const Scene& scene);
std::unique_ptr<Fault> make_etcd_kill(const Scene& scene);
std::unique_ptr<Fault> make_etcd_gone(const Scene& scene);

// deposed_primary.cc
std::unique_ptr<Fault> make_pause(const Scene& scene);
std::unique_ptr<Fault> make_partition(const Scene& scene);
std::unique_ptr<Fault> make_delay(const Scene& scene);

std::unique_ptr<Fault> make_client_partition(const Scene& scene);
std::unique_ptr<Fault> make_slow_replica(const Scene& scene);

}  // namespace cachekit::chaos
