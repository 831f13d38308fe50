// Sessions of a web service: kept for half an hour after their last use, and handed out only while
// a node can be reached.
//
//   session_store [URL]     default: a cluster started for this run

#include <cachekit/cachekit.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

namespace {

using cachekit::Client;
using cachekit::Result;
using cachekit::Status;
using namespace std::chrono_literals;

class SessionStore {
 public:
  explicit SessionStore(Client& client) : client_(client) {}

  Status open(const std::string& id, const std::string& user) {
    const Result<bool> written = client_.set(key(id), user, session_time);
    return written ? Status() : written.error();
  }

  /// The user, or nothing if the session has ended. Using a session prolongs it.
  Result<std::optional<std::string>> user_of(const std::string& id) {
    return client_.getex(key(id), session_time);
  }

  Status close(const std::string& id) {
    const Result<std::int64_t> deleted = client_.del(key(id));
    return deleted ? Status() : deleted.error();
  }

 private:
  static constexpr std::chrono::minutes session_time{30};
  static std::string key(const std::string& id) { return "session:" + id; }

  Client& client_;
};

int fail(const Status& status) {
  std::cerr << "session_store: " << status.text() << "\n";
  return 1;
}

int run(const std::string& url) {
  Result<Client> client = Client::connect(url);
  if (!client) return fail(client.error());
  SessionStore sessions(*client);

  if (const Status opened = sessions.open("4711", "ada"); !opened.ok()) return fail(opened);
  const auto user = sessions.user_of("4711");
  if (!user) return fail(user.error());
  std::cout << "session 4711 is " << user->value_or("nobody") << "'s\n";

  if (const Status closed = sessions.close("4711"); !closed.ok()) return fail(closed);
  const auto nobody = sessions.user_of("4711");
  if (!nobody) return fail(nobody.error());
  std::cout << "after closing, it is " << nobody->value_or("nobody") << "'s\n";
  return *user == "ada" && !*nobody ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return run(argv[1]);
  const auto cluster = cachekit::LocalCluster::start({});
  return cluster ? run(cluster->url()) : fail(cluster.error());
}
