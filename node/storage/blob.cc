#include "node/storage/blob.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace cachekit::node::storage {
namespace {

// Freed at once up to here, in steps of this beyond: some ten microseconds' work.
constexpr std::size_t step_bytes = std::size_t{128} << 10;

constexpr std::size_t reserved_at_once_bytes = std::size_t{1} << 30;

constexpr int smallest_order = 12;

int order_of(std::size_t bytes) {
  return std::max(static_cast<int>(std::bit_width(std::max<std::size_t>(bytes, 1) - 1)),
                  smallest_order);
}

}  // namespace

Blob::~Blob() {
  if (body_ != nullptr && --body_->holders == 0) body_->space->drop(body_);
}

BlobSpace::~BlobSpace() {
  while (free_step()) continue;
}

Blob BlobSpace::copy(std::string_view bytes) {
  Blob blob = reserve(bytes.size());
  if (blob) append(blob, bytes);
  return blob;
}

Blob BlobSpace::reserve(std::size_t capacity) {
  const int order = order_of(capacity);
  if (order >= orders) return {};
  char* const data = take_range(order);
  if (data == nullptr) return {};
  bytes_ += sizeof(detail::BlobBody);
  return Blob(new detail::BlobBody{.space = this, .data = data, .order = order});
}

void BlobSpace::append(Blob& blob, std::string_view bytes) {
  detail::BlobBody& body = *blob.body_;
  assert(body.holders == 1 && body.size + bytes.size() <= std::size_t{1} << body.order);
  if (bytes.empty()) return;
  std::memcpy(body.data + body.size, bytes.data(), bytes.size());
  bytes_ += pages_for(body.size + bytes.size()) - pages_for(body.size);
  body.size += bytes.size();
}

Blob BlobSpace::offered(std::string_view bytes) const {
  for (const Blob& blob : offered_) {
    if (blob.bytes().data() == bytes.data() && blob.bytes().size() == bytes.size()) return blob;
  }
  return {};
}

void BlobSpace::drop(detail::BlobBody* body) {
  waiting_.push_back(body);
  if (body->size <= step_bytes) free_step();
}

bool BlobSpace::free_step() {
  if (waiting_.empty()) return false;
  detail::BlobBody* const body = waiting_.back();
  shrink(body, step_bytes);
  if (body->size > 0) return true;
  waiting_.pop_back();
  free_ranges_[static_cast<std::size_t>(body->order)].push_back(body->data);
  bytes_ -= sizeof(detail::BlobBody);
  delete body;
  return true;
}

void BlobSpace::shrink(detail::BlobBody* body, std::size_t bytes) {
  const std::size_t end = pages_for(body->size);
  const std::size_t start = end - std::min(end, bytes);
  if (start == end) return;
  ::madvise(body->data + start, end - start, MADV_DONTNEED);
  bytes_ -= end - start;
  body->size = start;
}

char* BlobSpace::take_range(int order) {
  auto& free = free_ranges_[static_cast<std::size_t>(order)];
  if (!free.empty()) {
    char* const range = free.back();
    free.pop_back();
    return range;
  }
  const std::size_t size = std::size_t{1} << order;
  if (reserved_.empty() || carved_bytes_ + size > reserved_.back().size()) {
    PageRange range = PageRange::reserve(std::max(size, reserved_at_once_bytes));
    if (range.data() == nullptr) return nullptr;
    reserved_.push_back(std::move(range));
    carved_bytes_ = 0;
  }
  char* const range = reserved_.back().data() + carved_bytes_;
  carved_bytes_ += size;
  return range;
}

}  // namespace cachekit::node::storage
