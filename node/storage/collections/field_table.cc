#include "node/storage/collections/field_table.h"

#include <algorithm>

namespace cachekit::node::storage {
namespace {

// Merges for one removal: with four the load stays near 1/4 while a table empties.
constexpr int merges_per_removal = 4;

std::uint64_t reverse_bits(std::uint64_t bits) {
  bits = ((bits >> 1) & 0x5555555555555555) | ((bits & 0x5555555555555555) << 1);
  bits = ((bits >> 2) & 0x3333333333333333) | ((bits & 0x3333333333333333) << 2);
  bits = ((bits >> 4) & 0x0f0f0f0f0f0f0f0f) | ((bits & 0x0f0f0f0f0f0f0f0f) << 4);
  return __builtin_bswap64(bits);
}

}  // namespace

FieldTable::FieldTable(bool has_values, std::uint64_t seed)
    : hasher_(seed), has_values_(has_values) {
  buckets_.push_back(nullptr);
}

FieldTable::~FieldTable() {
  while (free_step()) continue;
}

FieldTable::Position FieldTable::position(std::uint64_t hash) {
  return reverse_bits(hash) >> (64 - position_bits);
}

std::uint64_t FieldTable::hash_bits(Position position) {
  return reverse_bits(position << (64 - position_bits));
}

std::size_t FieldTable::bucket_of(std::uint64_t hash) const {
  const std::uint64_t bucket = hash & mask_;
  return bucket < buckets_.size() ? bucket : hash & (mask_ >> 1);
}

FieldTable::Position FieldTable::end_of(std::size_t bucket) const {
  const std::uint64_t half = (mask_ >> 1) + 1;
  const bool was_split = bucket >= half || bucket + half < buckets_.size();
  const std::uint64_t buckets_of_this_size = was_split ? 2 * half : half;
  const Position size = (Position{1} << position_bits) / buckets_of_this_size;
  const Position end = position(bucket) + size;
  return end == Position{1} << position_bits ? 0 : end;
}

std::optional<FieldItem> FieldTable::find(std::string_view field) const {
  const FieldNode* node = buckets_[bucket_of(hash(field))];
  for (; node != nullptr; node = node->next) {
    const FieldItem item = node->item(has_values_);
    if (item.field == field) return item;
  }
  return std::nullopt;
}

FieldNode** FieldTable::find_link(std::string_view field) {
  FieldNode** link = &buckets_[bucket_of(hash(field))];
  while (*link != nullptr && (*link)->item(has_values_).field != field) link = &(*link)->next;
  return link;
}

bool FieldTable::set(const FieldItem& item) {
  FieldNode** const link = find_link(item.field);
  if (*link != nullptr) {
    if (has_values_) replace(link, item);
    return false;
  }
  FieldNode* const node = FieldNode::create(item, has_values_);
  node_bytes_ += block_bytes(node);
  if (++size_ > buckets_.size()) split_bucket();
  FieldNode*& bucket = buckets_[bucket_of(hash(item.field))];
  node->next = bucket;
  bucket = node;
  note_length(bucket);
  return true;
}

void FieldTable::note_length(const FieldNode* chain) {
  std::size_t length = 0;
  for (; chain != nullptr; chain = chain->next) ++length;
  longest_chain_ = std::max(longest_chain_, length);
}

void FieldTable::replace(FieldNode** link, const FieldItem& item) {
  FieldNode* const old = *link;
  const std::size_t needed = FieldNode::request_bytes(item, has_values_);
  if (predicted_block_bytes(needed) == block_bytes(old)) {
    old->write(item, has_values_);
    return;
  }
  FieldNode* const fresh = FieldNode::create(item, has_values_);
  fresh->next = old->next;
  *link = fresh;
  node_bytes_ += block_bytes(fresh);
  free_node(old);
}

bool FieldTable::remove(std::string_view field) {
  FieldNode** const link = find_link(field);
  FieldNode* const node = *link;
  if (node == nullptr) return false;
  *link = node->next;
  free_node(node);
  --size_;
  for (int merges = 0; merges < merges_per_removal && merge_bucket();) ++merges;
  return true;
}

void FieldTable::free_node(FieldNode* node) {
  node_bytes_ -= block_bytes(node);
  FieldNode::destroy(node);
}

std::size_t FieldTable::predicted_bytes(const FieldItem& item) const {
  return predicted_block_bytes(FieldNode::request_bytes(item, has_values_));
}

void FieldTable::split_bucket() {
  const std::size_t fresh = buckets_.size();
  const std::uint64_t old_mask = mask_;
  buckets_.push_back(nullptr);
  if (buckets_.size() > mask_) mask_ = 2 * mask_ + 1;
  FieldNode** link = &buckets_[fresh & (old_mask >> 1)];
  while (*link != nullptr) {
    FieldNode* const node = *link;
    if ((hash(*node) & old_mask) != fresh) {
      link = &node->next;
      continue;
    }
    *link = node->next;
    node->next = buckets_[fresh];
    buckets_[fresh] = node;
  }
}

bool FieldTable::merge_bucket() {
  if (buckets_.size() == 1 || size_ >= buckets_.size() / 4) return false;
  const std::size_t last = buckets_.size() - 1;
  if (last <= mask_ >> 1) mask_ >>= 1;
  FieldNode*& joined = buckets_[last & (mask_ >> 1)];
  FieldNode** link = &joined;
  while (*link != nullptr) link = &(*link)->next;
  *link = buckets_[last];
  note_length(joined);
  buckets_.pop_back();
  return true;
}

bool FieldTable::free_step() {
  while (!buckets_.empty()) {
    FieldNode*& first = buckets_.back();
    if (first != nullptr) {
      FieldNode* const node = first;
      first = node->next;
      free_node(node);
      return true;
    }
    buckets_.pop_back();
  }
  return false;
}

}  // namespace cachekit::node::storage
