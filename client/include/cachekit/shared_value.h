// A value that many may hold and nobody may change: copying it copies no bytes.
//
// What Client::get_shared() answers with. It holds the bytes for as long as it lives, also when
// the near-cache has long dropped them, so whoever keeps many of these keeps their memory.
//
// Thread rule: as std::shared_ptr. Copies may be used by any thread, one object by one at a time.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cachekit {

namespace caching {

/// The head of a block of memory that holds the bytes; what stands between is its owner's affair.
struct SharedBytes {
  std::atomic<std::uint32_t> references{1};
  std::uint32_t offset = 0;  ///< From the block's begin to the bytes.
  std::size_t size = 0;

  std::string_view view() const { return {reinterpret_cast<const char*>(this) + offset, size}; }
  void hold() { references.fetch_add(1, std::memory_order_relaxed); }

  /// Frees the block with its last reference.
  void release();
};

}  // namespace caching

class SharedValue {
 public:
  /// No bytes.
  SharedValue() = default;

  /// Copies the bytes, once.
  explicit SharedValue(std::string_view bytes);

  SharedValue(const SharedValue& other) : bytes_(other.bytes_) {
    if (bytes_ != nullptr) bytes_->hold();
  }
  SharedValue(SharedValue&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  SharedValue& operator=(SharedValue other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~SharedValue() {
    if (bytes_ != nullptr) bytes_->release();
  }

  std::string_view view() const { return bytes_ == nullptr ? std::string_view() : bytes_->view(); }
  operator std::string_view() const { return view(); }
  std::size_t size() const { return view().size(); }

  friend bool operator==(const SharedValue& value, std::string_view bytes) {
    return value.view() == bytes;
  }

  /// For the library: one more reference to these bytes, or taking one over.
  static SharedValue of(caching::SharedBytes& bytes) {
    bytes.hold();
    return owning(bytes);
  }
  static SharedValue owning(caching::SharedBytes& bytes) {
    SharedValue value;
    value.bytes_ = &bytes;
    return value;
  }

 private:
  caching::SharedBytes* bytes_ = nullptr;
};

}  // namespace cachekit
