#include "bench/compare/request_batch.h"

#include <fmt/format.h>

#include <cstring>

namespace cachekit::bench::compare {
namespace {

std::string bulk(std::string_view bytes) {
  return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes);
}

std::string resp_request(const LoadOptions& options, const std::string& key,
                         const std::string& value) {
  if (options.operation == Operation::get) {
    return fmt::format("*2\r\n{}{}", bulk("GET"), bulk(key));
  }
  const std::string set = bulk("SET") + bulk(key) + bulk(value);
  if (options.ttl_s == 0) return fmt::format("*3\r\n{}", set);
  return fmt::format("*5\r\n{}{}{}", set, bulk("EX"), bulk(fmt::format("{}", options.ttl_s)));
}

std::string memcached_request(const LoadOptions& options, const std::string& key,
                              const std::string& value) {
  if (options.operation == Operation::get) return fmt::format("get {}\r\n", key);
  return fmt::format("set {} 0 {} {}\r\n{}\r\n", key, options.ttl_s, value.size(), value);
}

std::string any_key(std::size_t bytes) {
  constexpr std::string_view beginning = "key:";
  std::string key(beginning.substr(0, bytes - RequestBatch::digits));
  key.append(bytes - key.size(), '0');
  return key;
}

}  // namespace

RequestBatch::RequestBatch(const LoadOptions& options) {
  const std::string key = any_key(options.key_bytes);
  const std::string value(options.value_bytes, 'x');
  const std::string request = options.protocol == Protocol::resp
                                  ? resp_request(options, key, value)
                                  : memcached_request(options, key, value);
  request_bytes_ = request.size();
  digits_at_ = request.find(key) + key.size() - digits;
  for (std::size_t i = 0; i < options.depth; ++i) bytes_ += request;
  for (std::size_t i = 0; i < 1000; ++i) {
    std::memcpy(&three_digits_[i * 3], fmt::format("{:03}", i).data(), 3);
  }
}

void RequestBatch::set_key(std::size_t place, std::uint64_t key) {
  char* const at = bytes_.data() + place * request_bytes_ + digits_at_;
  std::memcpy(at, &three_digits_[key / 1'000'000 * 3], 3);
  std::memcpy(at + 3, &three_digits_[key / 1'000 % 1'000 * 3], 3);
  std::memcpy(at + 6, &three_digits_[key % 1'000 * 3], 3);
}

}  // namespace cachekit::bench::compare
