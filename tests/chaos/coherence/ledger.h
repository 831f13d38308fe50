// What was written, when it was acknowledged, and what was read too late: shared by the processes
// of a coherence check, in a mapped file.
//
// Each key has one writer, which writes 1, 2, 3 … The ledger keeps the times of the last
// acknowledgements, so that a reader knows the least version that it may be answered with. A key of
// which an outcome is unknown is not written again, since the lost write may still come; the
// writer goes on with a fresh one.
//
// Thread rule: any thread of any process.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace cachekit::coherence {

struct Setting {
  std::array<char, 512> url{};
  std::int64_t max_silence_ms = 0;
  std::int64_t bound_ms = 0;      ///< How old an answer may be.
  std::int64_t own_bound_ms = 0;  ///< The same for a key that this client has written.
  int write_replicas = 0;
  bool broadcast = false;
  std::array<char, 32> guard_off{};  ///< The name of a guard, or nothing.
};

class WrittenKey {
 public:
  std::uint32_t client = 0;  ///< That writes it.

  void acknowledge(std::uint64_t version, std::int64_t now_ns);

  /// The last version that was acknowledged by that time; 0: none, or none that is remembered.
  std::uint64_t version_at(std::int64_t time_ns) const;

  /// When the version was acknowledged; 0 if it was not, or that is forgotten.
  std::int64_t acknowledged_at(std::uint64_t version) const;

 private:
  static constexpr std::size_t remembered = 1024;

  std::atomic<std::uint64_t> newest_{0};
  std::array<std::atomic<std::int64_t>, remembered> times_{};  // by version
};

struct Totals {
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> failed_reads{0};
  std::atomic<std::uint64_t> writes{0};
  std::atomic<std::uint64_t> unknown_writes{0};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> voided_fills{0};
  std::atomic<std::uint64_t> drops{0};
  std::atomic<std::uint64_t> violations{0};
  std::atomic<std::int64_t> oldest_ns{0};  ///< How old the oldest answer was.
};

struct Ledger {
  static constexpr std::size_t most_keys = 1024;
  static constexpr std::size_t most_active = 32;

  Setting setting;
  Totals totals;
  std::atomic<bool> stop{false};
  std::atomic<int> ready{0};  ///< Clients whose keys are there.
  std::atomic<std::uint32_t> next_key{0};
  std::array<std::atomic<std::uint32_t>, most_active> active{};  ///< Those that are written now.
  std::array<WrittenKey, most_keys> keys;

  /// The first violation, once there is one.
  std::array<char, 256> violation{};
};

/// A mapping of the file, which is made if it is not there.
class SharedLedger {
 public:
  explicit SharedLedger(const std::filesystem::path& path);
  ~SharedLedger();
  SharedLedger(const SharedLedger&) = delete;
  SharedLedger& operator=(const SharedLedger&) = delete;

  Ledger& operator*() const { return *ledger_; }
  Ledger* operator->() const { return ledger_; }

 private:
  Ledger* ledger_ = nullptr;
};

/// One clock for all processes.
std::int64_t now_ns();

}  // namespace cachekit::coherence
