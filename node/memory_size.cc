#include "node/memory_size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "node/text.h"

namespace cachekit::node {
namespace {

struct Unit {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<Unit, 8> units{{{"", 1},
                                     {"b", 1},
                                     {"k", 1000},
                                     {"kb", std::size_t{1} << 10},
                                     {"m", 1000 * 1000},
                                     {"mb", std::size_t{1} << 20},
                                     {"g", 1000 * 1000 * 1000},
                                     {"gb", std::size_t{1} << 30}}};

constexpr std::size_t largest_size = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::optional<std::size_t> parse_memory_size(std::string_view text) {
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc()) return std::nullopt;
  for (const Unit& unit : units) {
    if (!same_word(std::string_view(rest, static_cast<std::size_t>(end - rest)), unit.name))
      continue;
    if (count > largest_size / unit.bytes) return std::nullopt;
    return count * unit.bytes;
  }
  return std::nullopt;
}

std::string human_size(std::size_t bytes) {
  if (bytes < 1024) return fmt::format("{}B", bytes);
  double size = static_cast<double>(bytes);
  std::size_t step = 0;
  constexpr std::string_view letters = "KMGTPE";
  for (size /= 1024; size >= 1024 && step + 1 < letters.size(); ++step) size /= 1024;
  return fmt::format("{:.2f}{}", size, letters[step]);
}

}  // namespace cachekit::node
