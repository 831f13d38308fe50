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
    if (list_.empty() || list_.back().pin_) list_.emplace_back(std::string());
    return list_.back().owned_;
  }

  /// Appends bytes without copying them; `pin` keeps them alive.
  void pin(std::string_view bytes, std::shared_ptr<const void> pin) {
    list_.emplace_back(bytes, std::move(pin));
  }

  std::size_t size_bytes() const {
    std::size_t sum = 0;
    for (const Segment& segment : list_) sum += segment.bytes().size();
    return sum;
  }

  bool empty() const { return list_.empty(); }
  void clear() { list_.clear(); }
  const std::vector<Segment>& list() const { return list_; }
  std::vector<Segment> take() { return std::exchange(list_, {}); }

 private:
  std::vector<Segment> list_;
};

}  // namespace cachekit::protocol
