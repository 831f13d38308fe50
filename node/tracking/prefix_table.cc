#include "node/tracking/prefix_table.h"

namespace cachekit::node::tracking {

void PrefixTable::add(std::string_view prefix, ConnectionId client) {
  auto found = prefixes_.find(prefix);
  if (found == prefixes_.end()) {
    found = prefixes_.emplace(prefix, Entry{.clients = {}, .changes = no_changes()}).first;
    ++lengths_[prefix.size()];
  }
  found->second.clients.insert(client);
}

void PrefixTable::remove(std::string_view prefix, ConnectionId client) {
  const auto found = prefixes_.find(prefix);
  if (found == prefixes_.end()) return;
  found->second.clients.erase(client);
  if (!found->second.clients.empty()) return;
  const auto length = lengths_.find(prefix.size());
  if (--length->second == 0) lengths_.erase(length);
  prefixes_.erase(found);
}

void PrefixTable::note(std::string_view key, ConnectionId writer) {
  for (const auto& [length, count] : lengths_) {
    if (length > key.size()) return;
    const auto found = prefixes_.find(key.substr(0, length));
    if (found == prefixes_.end()) continue;
    note(found->second.changes, key, writer);
    changed_ = true;
  }
}

void PrefixTable::note(Changes& changes, std::string_view key, ConnectionId writer) {
  if (changes.too_many) return;
  const auto [entry, is_new] = changes.keys.insert_or_assign(std::string(key), writer);
  if (!is_new) return;
  changes.bytes += sizeof(*entry) + key.size();
  if (changes.bytes <= most_gathered_bytes) return;
  changes.keys.clear();
  changes.too_many = true;
}

}  // namespace cachekit::node::tracking
