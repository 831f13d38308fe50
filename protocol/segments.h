// A message as a list of byte ranges, ready for one gathered write.
//
// Most bytes are copied into the list and owned by it. A large value is not copied but pinned: the
// list shares ownership of it until the bytes have left.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cachekit::protocol {

class Segment {
 public:
  explicit Segment(std::string owned) : owned_(std::move(owned)) {}
  Segment(std::string_view bytes, std::shared_ptr<const void> pin)
      : pinned_(bytes), pin_(std::move(pin)) {}

  std::string_view bytes() const { return pin_ ? pinned_ : std::string_view(owned_); }

 private:
  friend class Segments;

  std::string owned_;
  std::string_view pinned_;
  std::shared_ptr<const void> pin_;
};

class Segments {
 public:
  /// Owned bytes at the end of the list, to append to. Valid until the next call of pin().
  std::string& tail() {
    return list_.empty() || list_.back().pin_ ? new_tail() : list_.back().owned_;
  }

  /// Appends bytes without copying them; `pin` keeps them alive.
  void pin(std::string_view bytes, std::shared_ptr<const void> pin) {
    finish_last();
    list_.emplace_back(bytes, std::move(pin));
  }

  /// O(1), since a session asks before every command.
  std::size_t size_bytes() const {
    return finished_bytes_ + (list_.empty() ? 0 : list_.back().bytes().size());
  }

  /// The part of size_bytes() that is not pinned.
  std::size_t owned_bytes() const {
    std::size_t bytes = 0;
    for (const Segment& segment : list_) bytes += segment.owned_.size();
    return bytes;
  }

  bool empty() const { return size_bytes() == 0; }
  void clear() {
    finished_bytes_ = 0;
    list_.clear();
  }
  const std::vector<Segment>& list() const { return list_; }
  std::vector<Segment> take() {
    finished_bytes_ = 0;
    return std::exchange(list_, {});
  }

  void swap(Segments& other) noexcept {
    list_.swap(other.list_);
    std::swap(finished_bytes_, other.finished_bytes_);
  }

  /// An empty list that goes on using the memory of one that has been sent.
  static Segments reusing(std::vector<Segment>&& sent) {
    Segments empty;
    if (sent.empty() || sent.front().pin_) return empty;
    empty.list_.swap(sent);
    if (empty.list_.size() > 1) empty.list_.erase(empty.list_.begin() + 1, empty.list_.end());
    empty.list_.front().owned_.clear();
    return empty;
  }

  /// Bytes that the list can take without asking for memory.
  std::size_t capacity() const { return list_.empty() ? 0 : list_.front().owned_.capacity(); }

 private:
  std::string& new_tail();

  // A segment changes its size only as long as it is the last.
  void finish_last() {
    if (!list_.empty()) finished_bytes_ += list_.back().bytes().size();
  }

  std::vector<Segment> list_;
  std::size_t finished_bytes_ = 0;  // of all segments but the last
};

}  // namespace cachekit::protocol
