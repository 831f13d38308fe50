// Large strings: bytes on pages of their own, shared between the store and replies under way.
//
// A blob is written once, by its builder, and immutable from then on. Its pages go back to the
// system as soon as the last holder lets go of it: at once if they are few, else by the steps of
// the store's maintenance. Addresses are kept for the next blob of the same power of two, since a
// process may only have so many mappings. Not thread-safe; the space must outlive its blobs.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "node/storage/pages.h"

namespace cachekit::node::storage {

class BlobSpace;

namespace detail {

struct BlobBody {
  BlobSpace* space;
  char* data;
  int order;  // the reserved range has 2^order bytes
  std::size_t size = 0;
  std::size_t holders = 1;
};

}  // namespace detail

/// A holder of a blob's bytes, or of none.
class Blob {
 public:
  Blob() = default;
  Blob(const Blob& other) : body_(other.body_) {
    if (body_ != nullptr) ++body_->holders;
  }
  Blob(Blob&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Blob& operator=(Blob other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Blob();

  explicit operator bool() const { return body_ != nullptr; }
  std::string_view bytes() const { return {body_->data, body_->size}; }

  // For an entry, which has no alignment and so holds its blob as a plain pointer.

  /// Gives the holder's share away.
  static detail::BlobBody* release(Blob blob) { return std::exchange(blob.body_, nullptr); }

  /// Takes a share back that was given away.
  static Blob adopt(detail::BlobBody* body) { return Blob(body); }

  /// One holder more.
  static Blob share(detail::BlobBody* body) {
    ++body->holders;
    return Blob(body);
  }

 private:
  friend class BlobSpace;
  explicit Blob(detail::BlobBody* body) : body_(body) {}

  detail::BlobBody* body_ = nullptr;
};

class BlobSpace {
 public:
  BlobSpace() = default;
  ~BlobSpace();  ///< Frees what waits; every blob has been let go of before.

  BlobSpace(const BlobSpace&) = delete;
  BlobSpace& operator=(const BlobSpace&) = delete;

  /// What a blob of so many bytes takes.
  static std::size_t footprint_bytes(std::size_t size) {
    return sizeof(detail::BlobBody) + pages_for(size);
  }

  /// A copy of the bytes. Empty if the system has no address space left.
  Blob copy(std::string_view bytes);

  /// For a value that arrives in pieces: a blob without bytes that can take up to `capacity`.
  Blob reserve(std::size_t capacity);

  /// Appends to a blob that nobody but the caller holds.
  void append(Blob& blob, std::string_view bytes);

  /// Blobs whose bytes the next calls may be given to store. offered() finds the one that holds
  /// just these bytes, so that it is shared and not copied; empty if there is none.
  void offer(std::span<const Blob> blobs) { offered_ = blobs; }
  Blob offered(std::string_view bytes) const;

  /// Memory of all blobs, and of those that still wait to be freed.
  std::size_t bytes() const { return bytes_; }

  /// Gives some pages of a freed blob back; false if none waits.
  bool free_step();

 private:
  friend class Blob;

  static constexpr int orders = 48;

  void drop(detail::BlobBody* body);
  void shrink(detail::BlobBody* body, std::size_t bytes);
  char* take_range(int order);

  std::vector<PageRange> reserved_;
  std::size_t carved_bytes_ = 0;  // of the last reserved range
  std::array<std::vector<char*>, orders> free_ranges_;
  std::span<const Blob> offered_;
  std::vector<detail::BlobBody*> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace cachekit::node::storage
