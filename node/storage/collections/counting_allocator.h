// An allocator for containers that adds up what they take, as the system's allocator counts it.

#pragma once

#include <cstddef>
#include <new>

#include "node/storage/allocation.h"

namespace cachekit::node::storage {

template <typename Item>
class CountingAllocator {
 public:
  using value_type = Item;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;

  /// Adds to `bytes`, which must outlive everything that is allocated.
  explicit CountingAllocator(std::size_t& bytes) : bytes_(&bytes) {}
  template <typename Other>
  CountingAllocator(const CountingAllocator<Other>& other)  // NOLINT: allocators convert
      : bytes_(other.counter()) {}

  Item* allocate(std::size_t count) {
    auto* const block = static_cast<Item*>(::operator new(count * sizeof(Item)));
    *bytes_ += block_bytes(block);
    return block;
  }
  void deallocate(Item* block, std::size_t) {
    *bytes_ -= block_bytes(block);
    ::operator delete(block);
  }

  std::size_t* counter() const { return bytes_; }

  template <typename Other>
  bool operator==(const CountingAllocator<Other>& other) const {
    return bytes_ == other.counter();
  }

 private:
  std::size_t* bytes_;
};

}  // namespace cachekit::node::storage
