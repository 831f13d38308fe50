// Values that anybody may have written: typed ones, with their header, compression and
// MessagePack, and a loader's entries. Whatever the bytes are, they are an object or an error; what
// was written is read again, and with a byte changed or missing it is never another object.

#include <cachekit/message_pack.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "client/loading/entry.h"
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

// A value that is damaged has its header no more, or does not fit to it.
void read_damaged(std::string_view content, const Damage& damage) {
  TypedOptions options = any_bytes;
  options.accept_raw = false;
  const std::string value(content);
  auto bytes = cachekit::to_bytes(value, options);
  require(bytes.has_value(), "a value is not written");
  require(cachekit::from_bytes<std::string>(*bytes, options) == value, "a value is another");
  damage.apply(*bytes);
  const ExactCopy damaged(*bytes);
  const auto read = cachekit::from_bytes<std::string>(damaged.view(), options);
  require(!read || *read == value, "damage has made another value");
}

bool same(const loading::Entry& a, const loading::Entry& b) {
  return a.kind == b.kind && a.expires == b.expires && a.lifetime == b.lifetime &&
         a.load_time == b.load_time && a.body == b.body;
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
  damage.apply(bytes);
  const ExactCopy damaged(bytes);
  const loading::Entry read = loading::read_entry(damaged.view());
  const bool known = read.kind != loading::Kind::damaged && read.kind != loading::Kind::raw;
  require(!known || same(read, entry), "damage has made another entry");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size < choice_bytes) return 0;
  const Damage damage{
      .place = std::size_t{data[0]} | std::size_t{data[1]} << 8, .other = input[2], .cut = data[3]};
  const ExactCopy content(input.substr(choice_bytes));
  const std::string_view bytes = content.view();

  read_object<std::string>(bytes);
  read_object<std::vector<std::string>>(bytes);
  read_object<std::map<std::string, std::int64_t>>(bytes);
  read_object<std::vector<std::vector<std::optional<double>>>>(bytes);
  read_object<std::tuple<bool, std::vector<char>, std::map<int, std::string>>>(bytes);
  (void)loading::read_entry(bytes);
  read_damaged(bytes, damage);
  read_entry(bytes, damage);
  return 0;
}
