// Reserved address space whose pages cost nothing until they are touched, and can be given back.

#pragma once

#include <cstddef>
#include <utility>

namespace cachekit::node::storage {

inline constexpr std::size_t page_bytes = 4096;

constexpr std::size_t pages_for(std::size_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

/// A range of zeroed, writable addresses. Movable; empty after a move and by default.
class PageRange {
 public:
  PageRange() = default;

  /// Reserves at least `bytes`. Empty if the system refuses.
  static PageRange reserve(std::size_t bytes);

  PageRange(PageRange&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PageRange& operator=(PageRange&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PageRange();

  char* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// Gives the pages of [from, to) back; they read as zeros afterwards. Multiples of page_bytes.
  void release(std::size_t from, std::size_t to);

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cachekit::node::storage
