// At most so many requests of a user in each window of time, counted in the cluster, so that all
// servers of a service share one count.
//
//   rate_limiter [URL]     default: a cluster started for this run

#include <cachekit/cachekit.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <string>

namespace {

using cachekit::Client;
using cachekit::RateDecision;
using cachekit::RateLimiter;
using cachekit::Result;
using cachekit::Status;
using namespace std::chrono_literals;

int fail(const Status& status) {
  std::cerr << "rate_limiter: " << status.text() << "\n";
  return 1;
}

int run(const std::string& url) {
  Result<Client> client = Client::connect(url);
  if (!client) return fail(client.error());
  const RateLimiter limiter(*client, {.permits = 3, .window = 60s});

  const std::string user = "ada-" + std::to_string(getpid());  // a fresh one for every run
  int allowed_count = 0;
  for (int request = 1; request <= 5; ++request) {
    const Result<RateDecision> decision = limiter.acquire(user);
    if (!decision) return fail(decision.error());
    // The limiter fails open: without the cluster all are served. Here that is worth a failure.
    if (decision->is_degraded()) return fail(decision->undecided);
    std::cout << "request " << request << ": " << (decision->allowed ? "served" : "refused");
    if (!decision->allowed) {
      std::cout << ", try again in "
                << std::chrono::ceil<std::chrono::seconds>(decision->retry_after).count() << " s";
    }
    std::cout << "\n";
    allowed_count += decision->allowed ? 1 : 0;
  }
  return allowed_count == 3 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return run(argv[1]);
  const auto cluster = cachekit::LocalCluster::start({});
  return cluster ? run(cluster->url()) : fail(cluster.error());
}
