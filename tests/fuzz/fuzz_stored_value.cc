// Values that anybody may have written: typed ones, with their header, compression and
// MessagePack, and a loader's entries. Whatever the bytes are, also behind a header whose check is
// right, they are an object or an error; what was written is read again, and with a byte changed or
// missing it is never another object.

#include <cachekit/message_pack.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "client/loading/entry.h"
#include "protocol/key_hash.h"
#include "tests/fuzz/check.h"

namespace {

using cachekit::TypedOptions;
using cachekit::fuzz::ExactCopy;
using cachekit::fuzz::require;
namespace loading = cachekit::loading;

// Choices that the fuzzer makes: where a byte is changed (2), to what, and how much is cut off.
constexpr std::size_t choice_bytes = 4;

constexpr TypedOptions any_bytes{
    .compress_from = 64, .max_bytes = std::size_t{1} << 20, .accept_raw = true};

template <class T>
void read_object(std::string_view bytes) {
  const auto object = cachekit::from_bytes<T>(bytes, any_bytes);
  if (!object) return;
  const auto written = cachekit::to_bytes(*object, any_bytes);
  if (!written) return;  // larger than before, and now too large
  const auto again = cachekit::from_bytes<T>(*written, any_bytes);
  require(again.has_value(), "an object that was written is not read again");
  require(cachekit::to_bytes(*again, any_bytes) == *written, "an object was read as another");
}

struct Damage {
  std::size_t place;
  char other;
  std::size_t cut;

  void apply(std::string& bytes) const {
    bytes[place % bytes.size()] = static_cast<char>(bytes[place % bytes.size()] ^ other);
    bytes.resize(bytes.size() - cut % bytes.size());
  }
};

bool same(const loading::Entry& a, const loading::Entry& b) {
  return a.kind == b.kind && a.expires == b.expires && a.lifetime == b.lifetime &&
         a.load_time == b.load_time && a.body == b.body;
}

// Where a header of either kind has its check, of the bytes before it and those behind it.
struct Check {
  std::size_t at;

  std::uint32_t of(std::string_view bytes) const {
    return static_cast<std::uint32_t>(
        cachekit::protocol::hash_bytes(bytes.substr(0, at)) ^
        cachekit::protocol::hash_bytes(bytes.substr(at + sizeof(std::uint32_t))));
  }

  bool is_right(std::string_view bytes) const {
    std::uint32_t check = 0;
    if (bytes.size() < at + sizeof check) return false;
    std::memcpy(&check, bytes.data() + at, sizeof check);
    return check == of(bytes);
  }

  // Behind this magic, as many of the bytes as there are.
  std::string forged(std::string_view magic, std::string_view bytes) const {
    std::string all(magic);
    all.append(bytes);
    if (all.size() < at + sizeof(std::uint32_t)) return all;
    const std::uint32_t check = of(all);
    std::memcpy(all.data() + at, &check, sizeof check);
    return all;
  }
};

constexpr std::string_view magic_of_values = "\xc1K\x01";
constexpr std::string_view magic_of_entries = "\xc1L\x01";

constexpr Check check_of_values{.at = cachekit::envelope::header_bytes - sizeof(std::uint32_t)};
constexpr Check check_of_entries{.at = loading::entry_header_bytes - sizeof(std::uint32_t)};

void read_forged(std::string_view bytes) {
  const ExactCopy value(check_of_values.forged(magic_of_values, bytes));
  read_object<std::string>(value.view());
  read_object<std::map<std::string, std::int64_t>>(value.view());

  const ExactCopy entry(check_of_entries.forged(magic_of_entries, bytes));
  const loading::Entry read = loading::read_entry(entry.view());
  if (read.kind == loading::Kind::damaged) return;
  const std::string written = loading::entry_bytes(read, 0);
  require(same(loading::read_entry(written), read), "an entry is read as another");
}

// A value that is damaged has its header no more, or does not fit to it, but by a rare chance.
void read_damaged(std::string_view content, const Damage& damage) {
  TypedOptions options = any_bytes;
  options.accept_raw = false;
  const std::string value(content);
  auto bytes = cachekit::to_bytes(value, options);
  require(bytes.has_value(), "a value is not written");
  require(cachekit::from_bytes<std::string>(*bytes, options) == value, "a value is another");
  require(bytes->starts_with(magic_of_values) && check_of_values.is_right(*bytes),
          "what is forged here is no value any more");
  damage.apply(*bytes);
  const ExactCopy damaged(*bytes);
  const auto read = cachekit::from_bytes<std::string>(damaged.view(), options);
  require(!read || *read == value || check_of_values.is_right(*bytes),
          "damage has made another value");
}

loading::Kind chosen_kind(char choice) {
  switch (choice & 3) {
    case 0:
      return loading::Kind::absent;
    case 1:
      return loading::Kind::lease;
    default:
      return loading::Kind::value;
  }
}

void read_entry(std::string_view content, const Damage& damage) {
  const loading::Entry entry{.kind = chosen_kind(damage.other),
                             .expires = loading::Time(damage.place * 1'000'003),
                             .lifetime = loading::Milliseconds(damage.cut * 977),
                             .load_time = loading::Microseconds(damage.place),
                             .body = content};
  std::string bytes = loading::entry_bytes(entry, static_cast<std::uint32_t>(damage.cut));
  require(same(loading::read_entry(bytes), entry), "an entry is read as another");
  require(bytes.starts_with(magic_of_entries) && check_of_entries.is_right(bytes),
          "what is forged here is no entry any more");
  damage.apply(bytes);
  const ExactCopy damaged(bytes);
  const loading::Entry read = loading::read_entry(damaged.view());
  const bool known = read.kind != loading::Kind::damaged && read.kind != loading::Kind::raw;
  require(!known || same(read, entry) || check_of_entries.is_right(bytes),
          "damage has made another entry");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = cachekit::fuzz::divide(data, size, choice_bytes);
  if (!input) return 0;
  const Damage damage{.place = std::size_t{data[0]} | std::size_t{data[1]} << 8,
                      .other = input->choices[2],
                      .cut = data[3]};
  const ExactCopy content(input->stream);
  const std::string_view bytes = content.view();

  read_object<std::string>(bytes);
  read_object<std::vector<std::string>>(bytes);
  read_object<std::map<std::string, std::int64_t>>(bytes);
  read_object<std::vector<std::vector<std::optional<double>>>>(bytes);
  read_object<std::tuple<bool, std::vector<char>, std::map<int, std::string>>>(bytes);
  read_forged(bytes);
  read_damaged(bytes, damage);
  read_entry(bytes, damage);
  return 0;
}
