#include "client/writing/change_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cachekit::writing {

bool ChangeQueue::offer(std::string_view key, const OptionalString& value, Time now) {
  const auto found = entries_.find(std::string(key));
  const bool is_new = found == entries_.end();
  const std::size_t replaced = is_new ? 0 : size_of(key, found->second.value);
  const std::size_t bytes = bytes_ - replaced + size_of(key, value);
  if (bytes > options_.max_bytes) return false;
  if (is_new && entries_.size() >= options_.max_keys) return false;
  bytes_ = bytes;
  ++accepted_;
  if (is_new) {
    const Entry entry{.value = value, .number = accepted_};
    numbers_.insert(accepted_);
    schedule(*entries_.emplace(key, entry).first, due_of(now));
    return true;
  }
  Entry& entry = found->second;
  entry.value = value;
  entry.refused_since.reset();
  if (!entry.is_taken || entry.next_number != 0) {
    ++coalesced_;
  } else {
    entry.next_number = accepted_;
    entry.next_accepted = now;
  }
  return true;
}

const OptionalString* ChangeQueue::find(std::string_view key) const {
  const auto found = entries_.find(std::string(key));
  return found == entries_.end() ? nullptr : &found->second.value;
}

/// How many changes a call may have of which this is one.
std::size_t ChangeQueue::share_of(const Entry& entry) const {
  constexpr std::size_t bits = 63;
  return std::max<std::size_t>(options_.batch >> std::min(entry.refusals, bits), 1);
}

std::vector<Change> ChangeQueue::take(Time now) {
  std::vector<Change> taken;
  std::size_t most = options_.batch;
  while (!due_.empty() && due_.begin()->first <= now) {
    auto& [key, entry] = *due_.begin()->second;
    most = std::min(most, share_of(entry));
    if (taken.size() >= most) break;
    entry.is_taken = true;
    taken.push_back({.key = key, .value = entry.value});
    due_.erase(due_.begin());
  }
  return taken;
}

void ChangeQueue::settle(const std::vector<Change>& taken) {
  written_ += taken.size();
  for (const Change& change : taken) {
    const auto found = entries_.find(change.key);
    Entry& entry = found->second;
    if (entry.next_number == 0) {
      forget(found);
      continue;
    }
    entry.is_taken = false;
    numbers_.erase(entry.number);
    entry.number = std::exchange(entry.next_number, 0);
    numbers_.insert(entry.number);
    entry.refusals = 0;
    entry.pauses.reset();
    schedule(*found, due_of(entry.next_accepted));
  }
}

std::vector<Change> ChangeQueue::retry(const std::vector<Change>& taken, Time now) {
  std::vector<Change> lost;
  for (const Change& change : taken) {
    const auto found = entries_.find(change.key);
    Entry& entry = found->second;
    entry.is_taken = false;
    if (std::exchange(entry.next_number, 0) != 0) {
      ++coalesced_;
    } else if (!entry.refused_since) {
      entry.refused_since = now;
    }
    if (is_given_up(entry, now)) {
      lost.push_back({.key = change.key, .value = entry.value});
      forget(found);
      continue;
    }
    if (!entry.pauses) {
      entry.pauses.emplace(options_.first_pause, options_.longest_pause, seed_ + entry.number);
    }
    ++entry.refusals;
    schedule(*found, now + entry.pauses->next());
  }
  lost_ += lost.size();
  return lost;
}

bool ChangeQueue::is_given_up(const Entry& entry, Time now) const {
  if (options_.give_up_after.count() == 0 || !entry.refused_since) return false;
  return now - *entry.refused_since >= options_.give_up_after;
}

std::optional<Time> ChangeQueue::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void ChangeQueue::begin_hurry(Time now) {
  ++hurries_;
  std::vector<Entries::value_type*> held_back;
  for (const auto& [due, place] : due_) {
    if (due > now && place->second.refusals == 0) held_back.push_back(place);
  }
  for (Entries::value_type* place : held_back) {
    due_.erase({place->second.due, place});
    schedule(*place, now);
  }
}

std::size_t ChangeQueue::left_of(std::uint64_t mark) const {
  return static_cast<std::size_t>(std::distance(numbers_.begin(), numbers_.upper_bound(mark)));
}

std::vector<Change> ChangeQueue::give_up() {
  std::vector<Change> lost;
  for (auto& [key, entry] : entries_) {
    lost.push_back({.key = key, .value = std::move(entry.value)});
  }
  lost_ += lost.size();
  due_.clear();
  numbers_.clear();
  entries_.clear();
  bytes_ = 0;
  return lost;
}

void ChangeQueue::forget(Entries::iterator entry) {
  bytes_ -= size_of(entry->first, entry->second.value);
  numbers_.erase(entry->second.number);
  entries_.erase(entry);
}

void ChangeQueue::schedule(Entries::value_type& place, Time due) {
  place.second.due = due;
  due_.emplace(due, &place);
}

}  // namespace cachekit::writing
