#include "cachekit/shared_value.h"

#include <cstring>
#include <new>

namespace cachekit {
namespace caching {

void SharedBytes::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) ::operator delete(this);
}

}  // namespace caching

SharedValue::SharedValue(std::string_view bytes) {
  using caching::SharedBytes;
  bytes_ = new (::operator new(sizeof(SharedBytes) + bytes.size())) SharedBytes;
  bytes_->offset = sizeof(SharedBytes);
  bytes_->size = bytes.size();
  if (bytes.empty()) return;
  std::memcpy(reinterpret_cast<char*>(bytes_) + sizeof(SharedBytes), bytes.data(), bytes.size());
}

}  // namespace cachekit
