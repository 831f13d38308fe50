// A hand-over whose topology cannot be read for a moment.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "cachekit/agent.h"
#include "cachekit/topology.h"
#include "client/topology/document_file.h"
#include "tests/integration/temporary_folder.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

/// Nobody listens there.
Topology sample(std::uint64_t version, std::string primary, std::string replica) {
  Topology topology{.version = version};
  topology.shards.push_back(
      {.name = "s", .primary = std::move(primary), .replicas = {std::move(replica)}});
  return topology;
}

/// Puts something else at the path for each read, one after another, and leaves the last there.
/// Each but the last is a pipe of its own, so that every reader finds what is meant for it.
void show(const std::filesystem::path& path, const std::vector<std::string>& texts) {
  const std::string next = path.string() + ".next";
  for (const std::string& text : texts) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);  // as soon as one reads
    if (&text == &texts.back()) return static_cast<void>(::close(descriptor));
    const bool another_pipe = &text != &texts[texts.size() - 2];
    if (another_pipe) {
      ::mkfifo(next.c_str(), 0600);
    } else {
      (void)topology::write_file(next, texts.back());
    }
    std::filesystem::rename(next, path);
    (void)!::write(descriptor, text.data(), text.size());
    ::close(descriptor);
  }
}

TEST_CASE("a hand-over goes on when the topology could not be read the first time") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "topology.json";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string before = to_json(sample(1, "127.0.0.1:1", "127.0.0.1:2"));
  const std::string after = to_json(sample(2, "127.0.0.1:2", "127.0.0.1:1"));
  std::thread writer([&] { show(path, {before, before, "no topology", after}); });
  CHECK(hand_over("file://" + path.string(), "s", {}, 20s).ok());
  writer.join();
}

}  // namespace
}  // namespace cachekit::test
