#include "client/topology/file_store.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "client/topology/document_file.h"

using namespace cachekit;
using namespace cachekit::topology;
using namespace std::chrono_literals;

namespace {

struct StoredFile {
  StoredFile() {
    std::string name = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    path = folder / "topology.json";
    REQUIRE(write_file(path, to_json(sample())).ok());
  }
  ~StoredFile() { std::filesystem::remove_all(folder); }

  static Topology sample() {
    Topology topology;
    topology.version = 3;
    Shard& shard = topology.shards.emplace_back();
    shard.name = "s";
    shard.primary = "127.0.0.1:7001";
    return topology;
  }

  std::filesystem::path folder;
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("a swap succeeds for the version that was read, and gives the next one") {
  const StoredFile file;
  FileStore store(file.path);
  CHECK(store.read() == StoredFile::sample());
  Topology next = StoredFile::sample();
  next.shards[0].epoch = 9;
  CHECK(store.compare_and_swap(2, next) == false);
  CHECK(store.read()->version == 3);
  CHECK(store.compare_and_swap(3, next) == true);
  CHECK(store.read()->version == 4);
  CHECK(store.read()->shards[0].epoch == 9);
}

TEST_CASE("of many who swap the same version one succeeds") {
  const StoredFile file;
  constexpr int writers = 4;
  constexpr int rounds = 50;
  std::atomic<int> swapped{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      FileStore store(file.path);
      while (true) {
        const Topology present = *store.read();
        if (present.version >= 3 + rounds) return;
        if (*store.compare_and_swap(present.version, present)) ++swapped;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(FileStore(file.path).read()->version == 3 + static_cast<std::uint64_t>(swapped));
}

TEST_CASE("a first topology is put where nothing is, and nowhere else") {
  const StoredFile file;
  FileStore store(file.path);
  CHECK(store.create(StoredFile::sample()) == false);
  std::ofstream(file.path) << "something else";
  CHECK(store.create(StoredFile::sample()) == false);
  std::filesystem::remove(file.path);
  CHECK(store.create(StoredFile::sample()) == true);
  CHECK(store.read() == StoredFile::sample());
  CHECK(FileStore(file.folder / "none/topology.json").create({}).error().code() ==
        Code::unavailable);
}

TEST_CASE("what is missing or makes no sense is a failure that names the file") {
  const StoredFile file;
  FileStore store(file.path);
  std::ofstream(file.path) << "{\"version\": 3, \"shards\": [{\"weight\": 1e999}]}";
  CHECK(store.read().error().code() == Code::topology_error);
  CHECK(store.read().error().message().find("topology.json") != std::string::npos);
  CHECK_FALSE(store.compare_and_swap(3, StoredFile::sample()));
  std::filesystem::remove(file.path);
  CHECK(store.read().error().code() == Code::unavailable);
}

TEST_CASE("a wait ends at a change, at its deadline, and when it is interrupted") {
  const StoredFile file;
  FileStore store(file.path);
  FileStore other(file.path);
  bool changed = false;
  const auto wait = [&](io::Duration limit) {
    const io::Time began = io::Clock::now();
    changed = store.wait_for_change(began + limit);
    return io::Clock::now() - began;
  };
  CHECK(wait(20ms) >= 20ms);
  CHECK_FALSE(changed);
  store.wake();
  CHECK(wait(20s) < 10s);
  CHECK_FALSE(changed);
  CHECK(wait(20ms) >= 20ms);
  std::thread writer([&] { (void)other.compare_and_swap(3, StoredFile::sample()); });
  // Reading along tells the change from other events in the folder.
  while (store.read()->version == 3) CHECK(wait(20s) < 20s);
  CHECK(changed);
  writer.join();
  store.interrupt();
  CHECK(wait(20s) < 10s);
}
