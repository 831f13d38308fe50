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
using cachekit::Result;
using cachekit::Status;
using namespace std::chrono_literals;

class RateLimiter {
 public:
  RateLimiter(Client& client, std::int64_t limit, std::chrono::seconds window)
      : client_(client), limit_(limit), window_(window) {}

  /// Whether the user's request may go on. One round trip: both commands go to one node, since they
  /// are for one key, and each window has a key of its own that expires by itself.
  Result<bool> allow(const std::string& user, std::chrono::system_clock::time_point now) {
    const auto number = now.time_since_epoch() / window_;
    const std::string key = "requests:" + user + ":" + std::to_string(number);
    auto pipeline = client_.pipeline();
    const auto count = pipeline.incr(key);
    pipeline.expire(key, 2 * window_);
    if (Status failed = pipeline.execute(); !failed.ok()) return tl::unexpected(std::move(failed));
    return *count.result() <= limit_;
  }

 private:
  Client& client_;
  std::int64_t limit_;
  std::chrono::seconds window_;
};

int fail(const Status& status) {
  std::cerr << "rate_limiter: " << status.text() << "\n";
  return 1;
}

int run(const std::string& url) {
  Result<Client> client = Client::connect(url);
  if (!client) return fail(client.error());
  RateLimiter limiter(*client, 3, 60s);

  const auto now = std::chrono::system_clock::now();
  const std::string user = "ada-" + std::to_string(getpid());  // a fresh one for every run
  int allowed_count = 0;
  for (int request = 1; request <= 5; ++request) {
    const Result<bool> allowed = limiter.allow(user, now);
    if (!allowed) return fail(allowed.error());
    std::cout << "request " << request << ": " << (*allowed ? "served" : "refused") << "\n";
    allowed_count += *allowed ? 1 : 0;
  }
  return allowed_count == 3 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return run(argv[1]);
  const auto cluster = cachekit::LocalCluster::start({});
  return cluster ? run(cluster->url()) : fail(cluster.error());
}
