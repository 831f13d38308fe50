// Writes a trace as cachekit-bench reads it.

#pragma once

#include <zstd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cachekit::test {

inline void write_trace(const std::filesystem::path& path, const std::vector<std::string>& keys,
                        std::size_t value_bytes) {
  std::string text;
  for (const std::string& key : keys) text += key + " " + std::to_string(value_bytes) + "\n";
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 1));
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace cachekit::test
