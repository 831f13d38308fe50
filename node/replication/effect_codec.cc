#include "node/replication/effect_codec.h"

#include <array>

#include "node/storage/collections/block.h"
#include "node/storage/collections/varint.h"
#include "node/storage/entry.h"

namespace cachekit::node::replication {
namespace {

using storage::Effect;
using Kind = storage::Effect::Kind;
namespace varint = storage::varint;

// What follows the key, in this order.
enum Parts : unsigned {
  none = 0,
  type = 1,
  expiry = 2,
  index = 4,
  count = 8,
  field = 16,
  value = 32,
};

constexpr std::array<unsigned, 13> parts_of_kind{
    type | expiry | value,  // set
    expiry,                 // expire
    none,                   // remove
    none,                   // clear
    value,                  // list_push_front
    value,                  // list_push_back
    index | value,          // list_insert
    index | value,          // list_set
    index | count,          // list_erase
    value,                  // set_add
    value,                  // set_remove
    field | value,          // hash_set
    field,                  // hash_remove
};

// More than any node holds: a length beyond says that the bytes are no effect.
constexpr std::size_t longest_value_bytes = std::size_t{1} << 36;

constexpr unsigned kind_bits = 4;
constexpr unsigned causes = 3;
constexpr unsigned types = 4;

unsigned parts_of(Kind kind) { return parts_of_kind[static_cast<std::size_t>(kind)]; }

// What the kind itself says.
storage::ValueType type_of(Kind kind) {
  switch (kind) {
    case Kind::set_add:
    case Kind::set_remove:
      return storage::ValueType::set;
    case Kind::hash_set:
    case Kind::hash_remove:
      return storage::ValueType::hash;
    case Kind::set:
    case Kind::expire:
    case Kind::remove:
    case Kind::clear:
      return storage::ValueType::string;
    default:
      return storage::ValueType::list;
  }
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, varint::max_bytes + 1> bytes;
  out.append(bytes.data(), varint::write(bytes.data(), number));
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out.append(text);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    if (status_ != DecodeStatus::done) return 0;
    const auto read = varint::read_checked(bytes_.substr(at_));
    if (!read) {
      fail(varint::is_beginning(bytes_.substr(at_)) ? DecodeStatus::incomplete
                                                    : DecodeStatus::malformed);
      return 0;
    }
    at_ += read->bytes;
    return read->value;
  }

  std::string_view text(std::size_t longest) {
    const std::size_t size = number();
    if (status_ != DecodeStatus::done) return {};
    if (size > longest) {
      fail(DecodeStatus::malformed);
      return {};
    }
    if (size > bytes_.size() - at_) {
      fail(DecodeStatus::incomplete);
      return {};
    }
    const std::string_view text = bytes_.substr(at_, size);
    at_ += size;
    return text;
  }

  void fail(DecodeStatus status) {
    if (status_ == DecodeStatus::done) status_ = status;
  }

  DecodeStatus status() const { return status_; }
  std::size_t position() const { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  DecodeStatus status_ = DecodeStatus::done;
};

// Absolute times are positive; 0 says that there is none.
void append_expiry(std::string& out, storage::UnixMillis expire_at) {
  append_number(out, expire_at == storage::no_expiry ? 0 : static_cast<std::uint64_t>(expire_at));
}

storage::UnixMillis read_expiry(Reader& reader) {
  const std::uint64_t number = reader.number();  // of 63 bits at most
  return number == 0 ? storage::no_expiry : static_cast<storage::UnixMillis>(number);
}

void read_parts(Reader& reader, DecodedHead& out) {
  Effect& effect = out.effect;
  const unsigned parts = parts_of(effect.kind);
  if (parts & type) {
    const std::uint64_t number = reader.number();
    if (number >= types) return reader.fail(DecodeStatus::malformed);
    effect.type = static_cast<storage::ValueType>(number);
  }
  if (parts & expiry) effect.expire_at = read_expiry(reader);
  if (parts & index) effect.index = reader.number();
  if (parts & count) effect.count = reader.number();
  if (parts & field) effect.field = reader.text(longest_value_bytes);
  if (parts & value) out.value_bytes = reader.number();
}

}  // namespace

bool encode_head(const Effect& effect, std::string& out) {
  const unsigned parts = parts_of(effect.kind);
  out += static_cast<char>(static_cast<unsigned>(effect.kind) | static_cast<unsigned>(effect.cause)
                                                                    << kind_bits);
  append_text(out, effect.key);
  if (parts & type) append_number(out, static_cast<std::uint64_t>(effect.type));
  if (parts & expiry) append_expiry(out, effect.expire_at);
  if (parts & index) append_number(out, effect.index);
  if (parts & count) append_number(out, effect.count);
  if (parts & field) append_text(out, effect.field);
  if (parts & value) append_number(out, effect.value.size());
  return (parts & value) != 0 && !effect.value.empty();
}

void encode(const Effect& effect, std::string& out) {
  if (encode_head(effect, out)) out.append(effect.value);
}

DecodeStatus decode_head(std::string_view bytes, DecodedHead& out) {
  if (bytes.empty()) return DecodeStatus::incomplete;
  const auto first = static_cast<unsigned char>(bytes.front());
  const unsigned kind = first & ((1U << kind_bits) - 1);
  const unsigned cause = first >> kind_bits;
  if (kind >= parts_of_kind.size() || cause >= causes) return DecodeStatus::malformed;
  out = DecodedHead{.effect = {.kind = static_cast<Kind>(kind),
                               .cause = static_cast<Effect::Cause>(cause),
                               .type = type_of(static_cast<Kind>(kind)),
                               .key = {},
                               .value = {}}};
  Reader reader(bytes.substr(1));
  out.effect.key = reader.text(storage::longest_key_bytes);
  read_parts(reader, out);
  if (reader.status() != DecodeStatus::done) return reader.status();
  if (out.value_bytes > longest_value_bytes) return DecodeStatus::malformed;
  out.head_bytes = 1 + reader.position();
  return DecodeStatus::done;
}

bool is_valid_value(const Effect& effect) {
  return effect.kind != Kind::set || effect.type == storage::ValueType::string ||
         storage::block::is_block(effect.type, effect.value);
}

}  // namespace cachekit::node::replication
