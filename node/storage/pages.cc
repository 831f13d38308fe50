#include "node/storage/pages.h"

#include <sys/mman.h>

namespace cachekit::node::storage {

PageRange PageRange::reserve(std::size_t bytes) {
  PageRange range;
  const std::size_t size = pages_for(bytes);
  void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return range;
  range.data_ = static_cast<char*>(data);
  range.size_ = size;
  return range;
}

PageRange::~PageRange() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void PageRange::release(std::size_t from, std::size_t to) {
  if (from < to) ::madvise(data_ + from, to - from, MADV_DONTNEED);
}

}  // namespace cachekit::node::storage
