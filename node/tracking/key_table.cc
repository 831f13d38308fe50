#include "node/tracking/key_table.h"

#include <bit>
#include <cstring>
#include <utility>

#include "node/storage/collections/field_table.h"

namespace cachekit::node::tracking {
namespace {

constexpr std::size_t number_bytes = sizeof(TrackerNumber);

// Entries with fewer clients are not worth a look at who has left.
constexpr std::size_t few_clients = 8;

// So that a stream of flushes does not pile up small tables.
constexpr int steps_at_clear = 64;

std::size_t count_of(std::string_view numbers) { return numbers.size() / number_bytes; }

// Values of a FieldTable are not aligned.
TrackerNumber number_at(std::string_view numbers, std::size_t place) {
  TrackerNumber number;
  std::memcpy(&number, numbers.data() + place * number_bytes, number_bytes);
  return number;
}

// The first place whose number is not below.
std::size_t place_of(std::string_view numbers, TrackerNumber number) {
  std::size_t low = 0;
  std::size_t high = count_of(numbers);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (number_at(numbers, middle) < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::string_view bytes_of(const std::vector<TrackerNumber>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * number_bytes};
}

void append(std::vector<TrackerNumber>& out, std::string_view numbers) {
  const std::size_t before = out.size();
  if (numbers.empty()) return;
  out.resize(before + count_of(numbers));
  std::memcpy(out.data() + before, numbers.data(), numbers.size());
}

}  // namespace

KeyTable::KeyTable(std::uint64_t seed, IsThere is_there)
    : seed_(seed), is_there_(std::move(is_there)) {}

KeyTable::~KeyTable() = default;

std::size_t KeyTable::size() const { return table_ ? table_->size() : 0; }

std::string KeyTable::pick(const std::function<std::uint64_t()>& random) const {
  return std::string(table_->pick(random).field);
}

void KeyTable::remember(std::string_view key, TrackerNumber client) {
  if (!table_) table_ = std::make_unique<Table>(true, seed_);
  const auto found = table_->find(key);
  const std::string_view numbers = found ? found->value : std::string_view();
  const std::size_t place = place_of(numbers, client);
  if (place < count_of(numbers) && number_at(numbers, place) == client) return;
  add(key, numbers, place, client);
}

void KeyTable::add(std::string_view key, std::string_view numbers, std::size_t place,
                   TrackerNumber client) {
  const std::size_t before = count_of(numbers);
  numbers_.clear();
  append(numbers_, numbers.substr(0, place * number_bytes));
  numbers_.push_back(client);
  append(numbers_, numbers.substr(place * number_bytes));
  if (before >= few_clients && std::has_single_bit(before)) {
    std::erase_if(numbers_, [&](TrackerNumber number) { return !is_there_(number); });
  }
  items_ += numbers_.size() - before;
  table_->set({.field = key, .value = bytes_of(numbers_)});
}

std::span<const TrackerNumber> KeyTable::take(std::string_view key) {
  if (!table_) return {};
  const auto found = table_->find(key);
  if (!found) return {};
  numbers_.clear();
  append(numbers_, found->value);
  items_ -= numbers_.size();
  table_->remove(key);
  return numbers_;
}

void KeyTable::clear() {
  items_ = 0;
  if (!table_) return;
  cleared_.push_back(std::move(table_));
  for (int step = 0; step < steps_at_clear && free_step();) ++step;
}

bool KeyTable::free_step() {
  if (cleared_.empty()) return false;
  if (!cleared_.back()->free_step()) cleared_.pop_back();
  return true;
}

std::size_t KeyTable::bytes() const {
  std::size_t bytes = table_ ? table_->bytes() : 0;
  for (const auto& table : cleared_) bytes += table->bytes();
  return bytes;
}

}  // namespace cachekit::node::tracking
