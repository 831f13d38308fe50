// Keys that one thread works at, several at once.

#include "client/threads/key_batches.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cachekit::threads {
namespace {

/// Work that goes on only when it is let, and remembers what it was given.
class GatedWork {
 public:
  void operator()(std::span<const std::string> keys) {
    std::unique_lock lock(mutex_);
    batches_.emplace_back(keys.begin(), keys.end());
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// The batches, once there are so many.
  std::vector<std::vector<std::string>> wait_for(std::size_t batches) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= batches; });
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<std::vector<std::string>> batches_;
};

using Batches = std::vector<std::vector<std::string>>;

TEST_CASE("what waits is worked at together, within the limits, in its order") {
  GatedWork work;
  KeyBatches keys({.waiting = 7, .at_once = 3, .bytes_at_once = 10}, std::ref(work));
  REQUIRE(keys.offer("first"));
  work.wait_for(1);
  for (const char* key : {"a", "b", "a", "first", "c", "d"}) CHECK(keys.offer(key));
  CHECK(keys.offer("longer than ten bytes"));
  CHECK(keys.offer("12345"));
  CHECK(keys.offer("123456"));
  CHECK_FALSE(keys.offer("one too many"));
  CHECK(keys.offer("a"));  // it waits already
  work.open();
  CHECK(
      work.wait_for(6) ==
      Batches{{"first"}, {"a", "b", "c"}, {"d"}, {"longer than ten bytes"}, {"12345"}, {"123456"}});
}

TEST_CASE("a key that has been worked at may come again, and a failure ends nothing") {
  GatedWork work;
  work.open();
  int calls = 0;
  KeyBatches keys({.waiting = 1, .at_once = 1, .bytes_at_once = 1},
                  [&](std::span<const std::string> batch) {
                    work(batch);
                    if (++calls == 1) throw std::runtime_error("no memory");
                  });
  for (std::size_t i = 1; i <= 3; ++i) {
    while (work.wait_for(i - 1).size() < i) CHECK(keys.offer("key"));
  }
  CHECK(work.wait_for(3).size() >= 3);
}

TEST_CASE("what waits when it is stopped is forgotten") {
  GatedWork work;
  KeyBatches keys({.waiting = 8, .at_once = 1, .bytes_at_once = 8}, std::ref(work));
  REQUIRE(keys.offer("first"));
  work.wait_for(1);
  REQUIRE(keys.offer("second"));
  std::thread stopper([&] { keys.stop(); });
  while (keys.offer("third")) std::this_thread::yield();
  work.open();
  stopper.join();
  CHECK(work.wait_for(1) == Batches{{"first"}});
  CHECK_FALSE(keys.offer("fourth"));
}

}  // namespace
}  // namespace cachekit::threads
