#include "bench/load/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cachekit::bench {
namespace {

constexpr std::string_view key_prefix = "key:";
constexpr std::size_t signature_bytes = 16;

// FNV-1a, which needs no library; it tells keys apart and has no other duty.
std::uint64_t hash_of(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : key) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

std::array<char, signature_bytes> signature_of(std::string_view key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, signature_bytes> signature;
  std::uint64_t hash = hash_of(key);
  for (char& digit : signature) {
    digit = digits[hash & 15];
    hash >>= 4;
  }
  return signature;
}

}  // namespace

std::size_t digits_of(std::uint64_t number) {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

std::string key_text(std::uint64_t index, std::size_t size_bytes) {
  const bool prefixed = size_bytes >= key_prefix.size() + digits_of(index);
  const std::string_view prefix = prefixed ? key_prefix : std::string_view();
  return fmt::format("{}{:0{}}", prefix, index, size_bytes - prefix.size());
}

std::string_view ValueMaker::make(std::string_view key, std::size_t size_bytes) {
  if (bytes_.size() < std::max(size_bytes, signature_bytes)) {
    bytes_.resize(std::max(size_bytes, signature_bytes), '.');
  }
  std::ranges::copy(signature_of(key), bytes_.begin());
  return std::string_view(bytes_).substr(0, size_bytes);
}

bool ValueMaker::belongs(std::string_view key, std::string_view value) {
  const std::array<char, signature_bytes> signature = signature_of(key);
  const std::string_view expected(signature.data(), std::min(signature.size(), value.size()));
  return value.starts_with(expected);
}

}  // namespace cachekit::bench
