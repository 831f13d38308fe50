// A slow database behind the cache: pages are loaded once for all who ask, written through, and
// their views counted behind.
//
//   page_cache [URL]     default: a cluster started for this run

#include <cachekit/cachekit.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using cachekit::Change;
using cachekit::Client;
using cachekit::Loaded;
using cachekit::Loader;
using cachekit::OptionalString;
using cachekit::Result;
using cachekit::Status;
using cachekit::WriteBehind;
using namespace std::chrono_literals;

int fail(const Status& status) {
  std::cerr << "page_cache: " << status.text() << "\n";
  return 1;
}

/// Takes its time, and counts how often it was asked.
class Database {
 public:
  Result<OptionalString> load(std::string_view key) {
    std::this_thread::sleep_for(50ms);
    const std::lock_guard lock(mutex_);
    ++loads_;
    const auto found = rows_.find(key);
    return found == rows_.end() ? OptionalString() : found->second;
  }

  Result<void> store(std::string_view key, const OptionalString& value) {
    std::this_thread::sleep_for(50ms);
    const std::lock_guard lock(mutex_);
    ++stores_;
    rows_.insert_or_assign(std::string(key), value);
    return {};
  }

  int loads() const { return loads_; }
  int stores() const { return stores_; }

 private:
  std::mutex mutex_;
  std::map<std::string, OptionalString, std::less<>> rows_{};
  int loads_ = 0;
  int stores_ = 0;
};

int run(const std::string& url) {
  Result<Client> client = Client::connect(url);
  if (!client) return fail(client.error());
  const std::string run = std::to_string(getpid());  // fresh keys for every run
  const std::string page = "page:" + run;
  const std::string views = "views:" + run;
  Database database;
  const auto load = [&](std::string_view key) { return database.load(key); };

  Loader pages(*client, {.ttl = 5min});
  const auto written =
      pages.write_through(page, "Hello", [&](std::string_view key, const OptionalString& value) {
        return database.store(key, value);
      });
  if (!written) return fail(written.error());
  if (const auto deleted = pages.invalidate(page); !deleted) return fail(deleted.error());

  std::vector<std::thread> readers;
  for (int i = 0; i < 20; ++i) {
    readers.emplace_back([&] { (void)pages.get_or_load(page, load); });
  }
  for (std::thread& reader : readers) reader.join();
  const Result<Loaded> read = pages.get_or_load(page, load);
  if (!read) return fail(read.error());
  std::cout << "21 readers of '" << read->value.value_or("nothing") << "': " << database.loads()
            << " load\n";

  {
    const auto store = [&](const std::vector<Change>& changes) -> Result<void> {
      for (const Change& change : changes) {
        if (auto stored = database.store(change.key, change.value); !stored) return stored;
      }
      return {};
    };
    WriteBehind counts(*client, store, {.delay = 10s});
    for (int view = 1; view <= 1000; ++view) {
      if (const auto set = counts.set(views, std::to_string(view)); !set) return fail(set.error());
    }
  }  // writes what waits
  const Result<OptionalString> count = database.load(views);
  std::cout << "1000 views, the database has " << count->value_or("none") << ": "
            << database.stores() - 1 << " write\n";
  return database.loads() == 2 && *count == "1000" && database.stores() == 2 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return run(argv[1]);
  const auto cluster = cachekit::LocalCluster::start({});
  return cluster ? run(cluster->url()) : fail(cluster.error());
}
