// A walk over all keys of a cluster, shard after shard.
//
//   auto scan = client.scan({.match = "session:*"});
//   while (!scan.done()) {
//     const auto page = scan.next();
//     if (!page) return report(page.error());  // or call next() again: it goes on where it was
//     for (const std::string& key : *page) …
//   }
//
// A key that is there during the whole walk is told at least once; one that comes or goes meanwhile
// may be told or not. A key may be told more than once: stock Redis does so when it resizes its
// table, and both do after the changes below. Each step asks the primary of a shard with SCAN
// (https://redis.io/commands/scan), whatever the read policy, and only keys that belong to the
// shard are told: what it kept from a time when it had more keys is not.
//
// When the topology changes meanwhile:
//   a shard has another primary       the walk over that shard, if it is under way, starts again
//   shards come, go or change weight  the whole walk starts again, since keys belong elsewhere
// A stock Redis that restarts from its disk has another order of keys, and does not say so: keys of
// it may be missed by a walk that is there at that time.
//
// Thread rule: one thread at a time. The Client must outlive the KeyScan.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cachekit/operations.h"
#include "cachekit/status.h"

namespace cachekit {

namespace api {
class ClientState;
class KeyWalk;
}  // namespace api

class KeyScan {
 public:
  KeyScan(KeyScan&&) noexcept;
  KeyScan& operator=(KeyScan&&) noexcept;
  ~KeyScan();

  /// The keys of one step, about as many as `count` of the options, or none though the walk is not
  /// over. Takes as long as one call at most (total_timeout). After a failure the walk is where it
  /// was. Fails with unavailable or deadline_exceeded while the shard's primary does not answer,
  /// with invalid_argument if the options make no sense, or with server_error if the server
  /// understands them in no such way.
  Result<std::vector<std::string>> next();

  /// Whether the walk is over; next() then answers with no keys, and asks nobody.
  bool done() const;

 private:
  friend class Client;
  KeyScan(api::ClientState& client, ScanOptions options);

  api::ClientState* client_;
  ScanOptions options_;
  std::unique_ptr<api::KeyWalk> walk_;
};

}  // namespace cachekit
