// All bytes of a message, for comparison.

#pragma once

#include <string>

#include "protocol/segments.h"

namespace cachekit::protocol {

inline std::string joined(const Segments& segments) {
  std::string bytes;
  for (const Segment& segment : segments.list()) bytes += segment.bytes();
  return bytes;
}

}  // namespace cachekit::protocol
