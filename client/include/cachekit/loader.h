// Values from the cache, and where it lacks them from their source: loaded by one caller for all.
//
//   cachekit::Loader pages(client, {.ttl = std::chrono::minutes(5)});
//   Result<Loaded> page = pages.get_or_load("page:1", [&database](std::string_view key) {
//     return database.page(key);  // Result<std::optional<std::string>>; nothing: there is none
//   });
//   if (page && page->value) show(*page->value);
//
// and whoever changes a page in the source calls `pages.invalidate("page:1")` afterwards.
//
// The source is protected in four ways: callers that miss the same key at the same time load it
// once, in the process and, by a lease, in the whole cluster; a value in demand is loaded anew
// before it expires; one that has expired may stand in for a source that is slow or fails; and what
// the source does not have is remembered as well.
//
// Thread rule: any number of threads may share one. The Client must outlive it.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "cachekit/client.h"

namespace cachekit {

struct LoaderOptions {
  /// For so long a value is fresh; 1 ms to a year. As long as the application can bear a value that
  /// somebody has changed in the source without a word.
  std::chrono::milliseconds ttl{60000};

  /// The ttl is shortened by a random part of it, up to this share, so that what was loaded
  /// together does not expire together; 0 to below 1.
  double ttl_jitter = 0.1;

  /// For so long it is remembered that the source does not have a key; 0: not at all. Long enough
  /// to spare the source those who ask for what does not exist.
  std::chrono::milliseconds absent_ttl{1000};

  /// For so long at most the other processes leave a key to the one that loads it; 0, or 10 ms and
  /// more. Longer than the load takes, or others load as well and the first one's value is not
  /// kept; if its process dies, the others stand still for that time. 0: no lease. Each process
  /// then loads for itself, and a value that was changed meanwhile may stay until it expires.
  std::chrono::milliseconds lease{5000};

  /// For so long a call waits for what others load, at most.
  std::chrono::milliseconds wait{10000};

  /// A value is loaded anew before it expires with a probability that rises towards its end, the
  /// earlier the longer it took to load: XFetch. 1 is optimal for the ttl's length; more loads
  /// earlier; 0 never does.
  ///   A. Vattani, F. Chierichetti, K. Lowenstein, "Optimal Probabilistic Cache Stampede
  ///   Prevention", VLDB 2015
  double early_refresh_beta = 1;

  /// Threads of the loader's own that load anew what is still served; 0: callers do that
  /// themselves, one for each key, and wait for it. A load function must then outlive the call:
  /// see Loader::Load.
  std::size_t refresh_threads = 0;

  /// A value that is read when this share of its time has gone by is loaded anew in the background;
  /// 0 to below 1; 0: only early_refresh_beta decides. Needs refresh_threads.
  double refresh_ahead = 0;

  /// Keys that wait for those threads, at most; beyond, a value is not loaded anew, until somebody
  /// has to wait for it.
  std::size_t refresh_queue = 1024;

  /// For so long after its time a value is served while one caller, or the background, loads it
  /// anew: nobody else waits. As in RFC 5861.
  std::chrono::milliseconds stale_while_revalidate{0};

  /// For so long after its time a value is served if it cannot be loaded, or not in time. As in
  /// RFC 5861.
  std::chrono::milliseconds stale_if_error{0};
};

enum class LoadSource : std::uint8_t {
  cache,                 ///< The cache has it, and it is fresh.
  stale,                 ///< The cache has it, and its time is over.
  loaded,                ///< It was loaded.
  loaded_without_cache,  ///< It was loaded, and is not kept: the cache did not answer.
};

struct Loaded {
  OptionalString value = {};  ///< Nothing: the source does not have it.
  LoadSource source = LoadSource::cache;

  /// Another call of this Loader has loaded it, and this one has waited for that.
  bool is_shared = false;

  /// Why it was loaded without the cache, why what was loaded is not kept, or why it is stale
  /// though it should have been loaded; ok if nothing went wrong.
  Status problem = {};
};

/// What became of a value that the source has taken.
struct WrittenThrough {
  bool is_kept = false;  ///< The cache has it, too; otherwise the next caller loads it.

  /// Why an older value may be served until its time is over; ok if none can be.
  Status problem = {};
};

/// What a Loader has done since it was made.
struct LoaderStatistics {
  std::uint64_t hits = 0;               ///< Fresh, from the cache; also that there is nothing.
  std::uint64_t stale_hits = 0;         ///< Served past their time.
  std::uint64_t loads = 0;              ///< Calls of load functions.
  std::uint64_t failed_loads = 0;       ///< Of these.
  std::uint64_t shared_loads = 0;       ///< Calls that waited for another call's load.
  std::uint64_t not_kept = 0;           ///< Loaded, and changed by somebody meanwhile: not kept.
  std::uint64_t without_cache = 0;      ///< Loads while the cache did not answer.
  std::uint64_t refreshes = 0;          ///< Loads of what was still served.
  std::uint64_t dropped_refreshes = 0;  ///< There was no room in the queue.
  std::uint64_t writes = 0;             ///< Calls of store functions.
  std::uint64_t failed_writes = 0;      ///< Of these.
  std::uint64_t unkept_writes = 0;      ///< Written, and not kept.
};

/// What it guarantees:
/// * Callers of one Loader that miss the same key at the same time run one load, and all of them
///   get what came of it. With a lease that holds for all processes, as long as the load does not
///   take longer than the lease.
/// * With a lease, what is loaded is kept only if nobody has changed or deleted the key since
///   before the load began: whoever changes the source and then calls invalidate(), or client.del()
///   or client.set(), never leaves an older value behind, unless that very call failed, or a
///   failover forgets it. Needs SET IFEQ (cachekit, Valkey 8.1, Redis 8.4) or EVAL.
/// * While the cache does not answer, values are loaded without it, one load a key and process.
///
/// Keys hold a header of 32 bytes before the value (plain get() sees it); while the first caller
/// loads, a placeholder. A value without a header, as set() has written it, is served as it is, and
/// never refreshed. A second key, "cachekit:refresh…{key}", is held while a value is loaded anew.
/// The clocks of processes should agree within a small part of the ttl: a value is fresh by the
/// clock of whoever wrote it. None is served for longer than ttl and stale time after it was
/// written, by the server's clock.
class Loader {
 public:
  /// Asks the source for the key's value: nothing if it has none. What it throws becomes a Status,
  /// source_failed unless it is an Error. It is called by one of the calls that miss the key, and
  /// by the loader's own threads, if there are any: then a copy of it, possibly after get_or_load()
  /// has returned, though never after the Loader is gone. It may use the Loader for other keys.
  using Load = std::function<Result<OptionalString>(std::string_view key)>;

  explicit Loader(Client& client, LoaderOptions options = {});

  /// As close().
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// The value of the key: from the cache, or loaded. Waits for another's load for `wait` at most
  /// (LoaderOptions::wait, if not given); calls of the client and an own load take their time
  /// besides. Fails as the load does, with deadline_exceeded if another's load takes too long, with
  /// invalid_argument if the options make no sense, with wrong_type if the key holds no string, and
  /// with unauthenticated. All else that goes wrong with the cache is in Loaded::problem.
  Result<Loaded> get_or_load(std::string_view key, const Load& load);
  Result<Loaded> get_or_load(std::string_view key, const Load& load,
                             std::chrono::milliseconds wait);

  /// To be called after the source has changed: deletes the key, and lets no later call share a
  /// load that began before. True if there was something to delete. Fails as del() does; then an
  /// older value may be served until its time is over.
  Result<bool> invalidate(std::string_view key);

  /// Writes the key's value to the source; nothing: that it has none. What it throws becomes a
  /// Status, as with Load. It is called once, by the call that it was given to.
  using Store = std::function<Result<void>(std::string_view key, const OptionalString& value)>;

  /// Writes to the source and then to the cache, which serves no older value from before the source
  /// is written: until it is, callers of the key wait, as they do for a load. When several write a
  /// key at the same time, the cache keeps what the source has, or nothing. Without a lease the key
  /// is deleted when the source is written, as by invalidate().
  ///
  /// Fails as the store does, and then nobody knows what the source has, so the cache keeps
  /// nothing; and, if there is a lease, with invalid_argument or unauthenticated before anything is
  /// written.
  Result<WrittenThrough> write_through(std::string_view key, const OptionalString& value,
                                       const Store& store);

  /// Calls that are under way, in any thread, end with Code::cancelled, as do later ones; loads are
  /// not interrupted, but waited for. Not from a load function. In a forked child nothing is done.
  void close();

  LoaderStatistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cachekit
