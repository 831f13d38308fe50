#include "tests/chaos/coherence/ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <new>
#include <stdexcept>

namespace cachekit::coherence {

void WrittenKey::acknowledge(std::uint64_t version, std::int64_t now) {
  times_[version % remembered].store(now);
  newest_.store(version);
}

std::uint64_t WrittenKey::version_at(std::int64_t time_ns) const {
  const std::uint64_t newest = newest_.load();
  const std::uint64_t oldest = newest > remembered / 2 ? newest - remembered / 2 : 0;
  for (std::uint64_t version = newest; version > oldest; --version) {
    if (times_[version % remembered].load() <= time_ns) return version;
  }
  return 0;
}

std::int64_t WrittenKey::acknowledged_at(std::uint64_t version) const {
  const std::uint64_t newest = newest_.load();
  if (version > newest || newest - version > remembered / 2) return 0;
  return times_[version % remembered].load();
}

SharedLedger::SharedLedger(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot open " + path.string());
  const bool is_new = lseek(file, 0, SEEK_END) == 0;
  const bool sized = !is_new || ftruncate(file, sizeof(Ledger)) == 0;
  void* memory = mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (!sized || memory == MAP_FAILED) throw std::runtime_error("cannot map " + path.string());
  ledger_ = is_new ? new (memory) Ledger : static_cast<Ledger*>(memory);
}

SharedLedger::~SharedLedger() { munmap(ledger_, sizeof(Ledger)); }

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace cachekit::coherence
