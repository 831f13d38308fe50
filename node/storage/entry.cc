#include "node/storage/entry.h"

#include <cstring>
#include <new>
#include <utility>

#include "node/storage/allocation.h"

namespace cachekit::node::storage {
namespace {

// What std::make_shared allocates for a Blob: two counts, a virtual table and the string.
constexpr std::size_t blob_control_bytes =
    predicted_block_bytes(sizeof(std::string) + 4 * sizeof(void*));

bool is_large(std::size_t value_size) { return value_size >= large_value_bytes; }

// The request for an entry's block, rounded so that none of the allocator's block is left over.
std::size_t request_bytes(std::size_t key_size, std::size_t value_size) {
  const std::size_t payload = key_size + (is_large(value_size) ? sizeof(Blob) : value_size);
  const std::size_t block = sizeof(Entry) + payload + block_header_bytes;
  return round_up(block, block_granularity_bytes) - block_header_bytes;
}

char* after_header(Entry* entry) { return reinterpret_cast<char*>(entry + 1); }
const char* after_header(const Entry* entry) { return reinterpret_cast<const char*>(entry + 1); }

char* key_place(Entry* entry) { return after_header(entry) + (entry->large ? sizeof(Blob) : 0); }

Blob* blob_place(Entry* entry) { return std::launder(reinterpret_cast<Blob*>(entry + 1)); }

void copy_bytes(char* to, std::string_view from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

Blob blob_of(const ValueSource& value) {
  return value.blob ? value.blob : std::make_shared<const std::string>(value.bytes);
}

static_assert(sizeof(Entry) % alignof(Blob) == 0);

}  // namespace

std::string_view Entry::key() const {
  return {after_header(this) + (large ? sizeof(Blob) : 0), key_size};
}

std::string_view Entry::value() const {
  return large ? std::string_view(**blob())
               : std::string_view(after_header(this) + key_size, value_size);
}

const Blob* Entry::blob() const {
  return large ? std::launder(reinterpret_cast<const Blob*>(this + 1)) : nullptr;
}

std::size_t Entry::footprint_bytes() const {
  const std::size_t own = block_bytes(this);
  return large ? own + blob_control_bytes + block_bytes((*blob())->data()) : own;
}

std::size_t predicted_footprint_bytes(std::size_t key_size, std::size_t value_size) {
  const std::size_t own = predicted_block_bytes(request_bytes(key_size, value_size));
  return is_large(value_size) ? own + blob_control_bytes + predicted_block_bytes(value_size + 1)
                              : own;
}

Entry* create_entry(std::string_view key, std::uint64_t hash, const ValueSource& value) {
  const bool large = is_large(value.bytes.size());
  Blob blob = large ? blob_of(value) : nullptr;
  void* block = ::operator new(request_bytes(key.size(), value.bytes.size()));
  auto* entry = new (block) Entry{.hash = hash,
                                  .key_size = static_cast<std::uint32_t>(key.size()),
                                  .value_size = static_cast<std::uint32_t>(value.bytes.size()),
                                  .large = large};
  if (large) new (entry + 1) Blob(std::move(blob));
  copy_bytes(key_place(entry), key);
  if (!large) copy_bytes(key_place(entry) + key.size(), value.bytes);
  return entry;
}

void destroy_entry(Entry* entry) {
  if (entry->large) blob_place(entry)->~Blob();
  entry->~Entry();
  ::operator delete(entry);
}

bool fits_in_place(const Entry& entry, std::size_t value_size) {
  return !entry.large && !is_large(value_size) &&
         request_bytes(entry.key_size, value_size) ==
             request_bytes(entry.key_size, entry.value_size);
}

bool replace_value(Entry& entry, const ValueSource& value) {
  const std::size_t size = value.bytes.size();
  if (entry.large && is_large(size)) {
    *blob_place(&entry) = blob_of(value);
  } else if (!fits_in_place(entry, size)) {
    return false;
  } else {
    copy_bytes(key_place(&entry) + entry.key_size, value.bytes);
  }
  entry.value_size = static_cast<std::uint32_t>(size);
  return true;
}

}  // namespace cachekit::node::storage
