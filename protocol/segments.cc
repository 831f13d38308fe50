#include "protocol/segments.h"

namespace cachekit::protocol {

std::string& Segments::new_tail() {
  finish_last();
  return list_.emplace_back(std::string()).owned_;
}

}  // namespace cachekit::protocol
