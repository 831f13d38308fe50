// A session with a cluster, and real work on it.
//
//   quickstart [URL]      without a URL it starts three nodes of its own
//
// Shows the answers that a user of Redis knows, and which node each key went to; then counts every
// word of the licence texts of this system and proves the counts.

#include <cachekit/cachekit.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "examples/word_count.h"

namespace {

using cachekit::Client;
using cachekit::LocalCluster;
using cachekit::Result;
using cachekit::Status;

[[noreturn]] void fail(const std::string& sentence) {
  fmt::print(stderr, "quickstart: {}\n", sentence);
  std::exit(EXIT_FAILURE);
}

// Unwraps what must not fail here.
template <class T>
T need(Result<T> result) {
  if (!result) fail(result.error().text());
  return *std::move(result);
}

std::string shown(bool value, const char* yes, const char* no) { return value ? yes : no; }

// One line of the session: the call, its answer, and where the key lives.
class Session {
 public:
  explicit Session(Client& client) : client_(client) {}

  void show(const std::string& call, const std::string& key, const std::string& answer,
            bool as_expected) const {
    const auto location = client_.locate(key);
    fmt::print("  {:<46} {:<12} {} at {}\n", call, answer, location.shard, location.node);
    if (!as_expected) fail("that is not the answer expected");
  }

 private:
  Client& client_;
};

void run_session(Client& client) {
  using std::chrono::seconds;
  fmt::print("\nA session: call, answer, and where the key lives\n");
  const Session session(client);
  const std::string user = "user:123:session";
  const std::string views = "page:views:123";

  const bool set = need(client.set(user, "abc123xyz", seconds(3600)));
  session.show("SET user:123:session \"abc123xyz\" EX 3600", user, shown(set, "OK", "(nil)"), set);
  const auto value = need(client.get(user));
  session.show("GET user:123:session", user, value.value_or("(nil)"), value == "abc123xyz");
  const auto there = need(client.exists(user));
  session.show("EXISTS user:123:session", user, std::to_string(there), there == 1);
  const auto ttl = need(client.ttl(user));
  session.show("TTL user:123:session", user, std::to_string(ttl), ttl == 3600 || ttl == 3599);

  need(client.set(views, "500"));
  const auto count = need(client.incr(views));
  session.show("INCR page:views:123     (was 500)", views, std::to_string(count), count == 501);
  const bool expires = need(client.expire(user, seconds(60)));
  session.show("EXPIRE user:123:session 60", user, shown(expires, "1", "0"), expires);
  const auto forever = need(client.ttl(views));
  session.show("TTL page:views:123      (no expiry)", views, std::to_string(forever),
               forever == cachekit::ttl_no_expiry);
  const auto nobody = need(client.ttl("nobody"));
  session.show("TTL nobody              (no such key)", "nobody", std::to_string(nobody),
               nobody == cachekit::ttl_no_key);
  const auto deleted = need(client.del(user));
  session.show("DEL user:123:session", user, std::to_string(deleted), deleted == 1);
}

void run_word_count(Client& client, std::filesystem::path folder) {
  auto files = example::files_of(folder);
  if (files.empty()) {
    folder = "README.md";
    files = {folder};
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto local = need(example::count_words(client, files));
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  const auto remote = need(example::take_counts(client, local));

  std::int64_t words = 0;
  std::pair<std::string, std::int64_t> most;
  for (const auto& [word, count] : local) {
    words += count;
    if (count > most.second) most = {word, count};
  }
  fmt::print("\nReal work: every word of {} files in {}, counted by INCR from four threads\n",
             files.size(), folder.string());
  fmt::print("  {} words, {} of them distinct, in {:.2f} s; the most frequent is '{}', {} times\n",
             words, local.size(), spent.count(), most.first, most.second);
  if (remote != local) fail("the counts read back by MGET differ from a local count");
  fmt::print("  all {} counts read back by MGET equal a local count\n", remote.size());
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::optional<LocalCluster> own_cluster;
  if (argument_count < 2) own_cluster = need(LocalCluster::start());
  const std::string url = own_cluster ? own_cluster->url() : arguments[1];

  Client client = need(Client::connect(url));
  run_session(client);
  run_word_count(client, "/usr/share/common-licenses");
  return EXIT_SUCCESS;
}
