#include "client/local/launcher_thread.h"

#include <doctest/doctest.h>

namespace cachekit::local {
namespace {

TEST_CASE("every task runs on the same thread, and is done on return") {
  LauncherThread launcher;
  std::thread::id first;
  std::thread::id second;
  launcher.run([&] { first = std::this_thread::get_id(); });
  launcher.run([&] { second = std::this_thread::get_id(); });
  CHECK(first != std::thread::id());
  CHECK(first == second);
  CHECK(first != std::this_thread::get_id());
}

TEST_CASE("a launcher without tasks ends") {
  const LauncherThread launcher;
  CHECK(true);
}

}  // namespace
}  // namespace cachekit::local
