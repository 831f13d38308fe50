#include "cachekit/typed.h"

#include <doctest/doctest.h>

#include <bit>
#include <map>
#include <random>
#include <tuple>

#include "cachekit/message_pack.h"
#include "protocol/key_hash.h"
#include "tests/support/seed.h"

using namespace cachekit;

namespace {

struct Session {
  std::string user;
  std::vector<int> roles;
  std::map<std::string, double> scores;
  std::optional<std::int64_t> expires = {};
  bool operator==(const Session&) const = default;
  MSGPACK_DEFINE(user, roles, scores, expires)
};

struct Visit {
  std::string user;
  std::vector<int> roles;
  MSGPACK_DEFINE_MAP(user, roles)
};

struct Picture {
  std::string pixels;
};

const Session session{.user = "Ada", .roles = {1, -2, 300}, .scores = {{"chess", 1.5}}};

/// Compresses well, and is larger than the usual threshold.
Session large_session() {
  Session large = session;
  large.roles.assign(3000, 7);
  return large;
}

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::ok : result.error().code();
}

template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : result.error().message();
}

std::string bytes_of_hexadecimal(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

/// A sealed value with a header of one's own, whose check is right.
std::string forged(char version, char codec, char compression, std::uint32_t size,
                   const std::string& encoding) {
  std::string bytes{'\xc1', 'K', version, codec, compression};
  const auto append = [&](std::uint32_t number) {
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  };
  append(size);
  append(static_cast<std::uint32_t>(protocol::hash_bytes(bytes) ^ protocol::hash_bytes(encoding)));
  return bytes + encoding;
}

Result<std::string> open_forged(char version, char codec, char compression, std::uint32_t size,
                                const std::string& encoding) {
  return from_bytes<std::string>(forged(version, codec, compression, size, encoding));
}

}  // namespace

template <>
struct cachekit::Codec<Picture> {
  static constexpr CodecId id = first_codec_of_users;
  static Result<void> encode(const Picture& picture, std::string& out) {
    if (picture.pixels.empty()) {
      return tl::unexpected(Status(Code::invalid_argument, "no pixels"));
    }
    out.append(picture.pixels);
    return {};
  }
  static Result<Picture> decode(std::string_view bytes) { return Picture{std::string(bytes)}; }
};

TEST_CASE("the bytes are those that other versions and Python's module write") {
  // tests/python/test_typed.py has the same ones.
  const std::string list = bytes_of_hexadecimal("c14b01010004000000b8a8eb299201a161");
  const std::tuple<int, std::string> value(1, "a");
  CHECK(to_bytes(value) == list);
  CHECK(from_bytes<std::tuple<int, std::string>>(list) == value);

  const std::string text = bytes_of_hexadecimal("c14b010000020000000f93c2d76162");
  CHECK(to_bytes(std::string("ab")) == text);
  CHECK(from_bytes<std::string>(text) == "ab");

  const std::string dict =
      bytes_of_hexadecimal("c14b010100130000008bc149eb82a475736572a3616e6ea5726f6c6573920102");
  const auto visit = from_bytes<Visit>(dict);
  REQUIRE(visit.has_value());
  CHECK(visit->user == "ann");
  CHECK(visit->roles == std::vector<int>{1, 2});
  CHECK(to_bytes(*visit) == dict);
}

TEST_CASE("numbers with a point keep it, and are read as the same") {
  const auto encoding = [](const auto& value) {
    return to_bytes(value)->substr(envelope::header_bytes);
  };
  CHECK(encoding(1.0) == bytes_of_hexadecimal("cb3ff0000000000000"));
  CHECK(encoding(1.0F) == bytes_of_hexadecimal("ca3f800000"));
  for (const double value : {0.0, -0.0, 2.0, -3.0, 0x1p63, 0x1p64, -0x1p63, 0.1}) {
    const auto read = from_bytes<double>(*to_bytes(value));
    REQUIRE(read.has_value());
    CHECK(std::bit_cast<std::uint64_t>(*read) == std::bit_cast<std::uint64_t>(value));
    CHECK(encoding(value).starts_with('\xcb'));
    const auto narrow = static_cast<float>(value);
    const auto read_narrow = from_bytes<float>(*to_bytes(narrow));
    REQUIRE(read_narrow.has_value());
    CHECK(std::bit_cast<std::uint32_t>(*read_narrow) == std::bit_cast<std::uint32_t>(narrow));
    CHECK(encoding(narrow).starts_with('\xca'));
  }
  CHECK(from_bytes<double>(*to_bytes(7)) == 7.0);  // as former versions wrote it
}

TEST_CASE("what has been written is read") {
  CHECK(*from_bytes<Session>(*to_bytes(session)) == session);
  CHECK(*from_bytes<Session>(*to_bytes(large_session())) == large_session());
  CHECK(*from_bytes<std::string>(*to_bytes(std::string("text"))) == "text");
  CHECK(*from_bytes<std::string>(*to_bytes(std::string())) == "");
  CHECK(from_bytes<Picture>(*to_bytes(Picture{"pixels"}))->pixels == "pixels");
  CHECK(*from_bytes<int>(*to_bytes(-7)) == -7);
  const std::vector<std::pair<std::string, double>> pairs{{"a", 0.1}};
  CHECK(*from_bytes<std::vector<std::pair<std::string, double>>>(*to_bytes(pairs)) == pairs);
}

TEST_CASE("the header is that of its specification") {
  const std::string bytes = *to_bytes(std::string("text"));
  CHECK(bytes == forged(1, 0, 0, 4, "text"));
  CHECK(to_bytes(session)->at(3) == 1);
  CHECK(to_bytes(Picture{"pixels"})->at(3) == '\x80');
}

TEST_CASE("from the threshold on values are compressed, if that makes them smaller") {
  const std::string zeros(100, '0');
  CHECK(to_bytes(zeros)->size() == 113);
  CHECK(to_bytes(zeros, {.compress_from = 101})->size() == 113);
  const std::string compressed = *to_bytes(zeros, {.compress_from = 100});
  CHECK(compressed.size() < 50);
  CHECK(*from_bytes<std::string>(compressed) == zeros);
  CHECK(to_bytes(large_session())->size() < 200);
  std::mt19937_64 random(test::seed());
  std::string noise(5000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  CHECK(to_bytes(noise)->size() == 5013);
  CHECK(*from_bytes<std::string>(*to_bytes(noise)) == noise);
}

TEST_CASE("a value that is cut off anywhere is refused") {
  for (const std::string& whole : {*to_bytes(session), *to_bytes(large_session())}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(code_of(from_bytes<Session>(whole.substr(0, length))) == Code::malformed_value);
    }
    CHECK(code_of(from_bytes<Session>(whole + '\0')) == Code::malformed_value);
  }
}

TEST_CASE("a value of which anything has changed is refused") {
  std::mt19937_64 random(test::seed());
  for (const std::string& whole : {*to_bytes(session), *to_bytes(large_session())}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
        CHECK(code_of(from_bytes<Session>(changed)) == Code::malformed_value);
      }
    }
    for (int i = 0; i < 1000; ++i) {
      std::string changed = whole;
      for (std::size_t changes = 1 + random() % 8; changes > 0; --changes) {
        changed[random() % changed.size()] = static_cast<char>(random());
      }
      if (changed != whole) CHECK(code_of(from_bytes<Session>(changed)) == Code::malformed_value);
    }
  }
}

TEST_CASE("any bytes are refused, or read as they are, but do no harm") {
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(code_of(from_bytes<Session>(bytes)) == Code::malformed_value);
    const auto raw = from_bytes<Session>(bytes, {.accept_raw = true});
    CHECK((raw || raw.error().code() == Code::malformed_value));
    (void)from_bytes<Session>(forged(1, 1, 0, static_cast<std::uint32_t>(bytes.size()), bytes));
    (void)from_bytes<Session>(forged(1, 1, 1, 100, bytes));
  }
}

TEST_CASE("the sentence tells what is wrong with a header") {
  CHECK(open_forged(1, 0, 0, 4, "text").has_value());
  CHECK(message_of(from_bytes<std::string>("")) ==
        "the value has no header, so it is none that was written with a type");
  CHECK(message_of(from_bytes<std::string>("\xc1K\x01")) ==
        "the value ends within its header, after 3 of 13 bytes");
  CHECK(message_of(open_forged(2, 0, 0, 4, "text")) ==
        "the value's header is of version 2; this library reads 1");
  CHECK(message_of(open_forged(1, '\x81', 0, 4, "text")) ==
        "the value was written by codec 129; expected 0");
  CHECK(message_of(open_forged(1, 0, 9, 4, "text")) ==
        "the value is compressed in a way that this library does not know: 9");
  CHECK(message_of(open_forged(1, 0, 0, 5, "text")) ==
        "the value has 4 bytes behind its header, which tells of 5");
  CHECK(message_of(open_forged(1, 0, 1, 4, "text"))
            .starts_with("the value cannot be decompressed to the 4 bytes that its header tells "
                         "of: "));
  std::string changed = *to_bytes(std::string("text"));
  changed.back() = 'T';
  CHECK(message_of(from_bytes<std::string>(changed)) ==
        "the value is not what was written: bytes of it are missing or have changed");
}

TEST_CASE("few bytes do not come to be many") {
  const std::string zeros(1 << 20, '0');
  const std::string bomb = *to_bytes(zeros);
  REQUIRE(bomb.size() < 200);
  CHECK(code_of(from_bytes<std::string>(bomb, {.max_bytes = (1 << 20) - 1})) ==
        Code::limit_exceeded);
  CHECK(from_bytes<std::string>(bomb, {.max_bytes = 1 << 20}).has_value());
  const std::string frame = bomb.substr(envelope::header_bytes);
  CHECK(code_of(open_forged(1, 0, 1, 1000, frame)) == Code::malformed_value);
  CHECK(code_of(open_forged(1, 0, 1, (1 << 20) + 1, frame)) == Code::malformed_value);
  CHECK(code_of(open_forged(1, 0, 1, 0xffffffff, frame)) == Code::limit_exceeded);
}

TEST_CASE("what is too large, or to be compressed in no way there is, is not written") {
  CHECK(to_bytes(std::string(10, 'x'), {.max_bytes = 10}).has_value());
  CHECK(code_of(to_bytes(std::string(11, 'x'), {.max_bytes = 10})) == Code::invalid_argument);
  CHECK(code_of(to_bytes(std::string(), {.compression_level = 0})) == Code::invalid_argument);
  CHECK(code_of(to_bytes(std::string(), {.compression_level = 20})) == Code::invalid_argument);
  CHECK(message_of(to_bytes(Picture{})) == "no pixels");
}

TEST_CASE("values of another codec or type are refused") {
  CHECK(code_of(from_bytes<Picture>(*to_bytes(session))) == Code::malformed_value);
  CHECK(code_of(from_bytes<std::string>(*to_bytes(session))) == Code::malformed_value);
  CHECK(message_of(from_bytes<Session>(*to_bytes(7))) ==
        "the value cannot be read: it is a MessagePack value of another type");
}

TEST_CASE("values without a header are read if the options say so") {
  const TypedOptions raw{.max_bytes = 10, .accept_raw = true};
  CHECK(*from_bytes<std::string>("plain", raw) == "plain");
  CHECK(*from_bytes<int>("\x07", raw) == 7);
  CHECK(code_of(from_bytes<int>("plain", raw)) == Code::malformed_value);
  CHECK(code_of(from_bytes<std::string>("eleven byte", raw)) == Code::limit_exceeded);
  CHECK(*from_bytes<std::string>(*to_bytes(std::string("sealed")), raw) == "sealed");
  CHECK(code_of(from_bytes<std::string>("\xc1Kcut", raw)) == Code::malformed_value);
}

TEST_CASE("MessagePack that claims to hold more than it does is refused before it is built") {
  using Ints = std::vector<int>;
  const TypedOptions raw{.accept_raw = true};
  const auto read = [&](const std::string& bytes) { return from_bytes<Ints>(bytes, raw); };
  REQUIRE(read("\x92\x01\x02"));
  for (const std::string& bytes : {std::string("\xdd\xff\xff\xff\xff\x01", 6),  // an array
                                   std::string("\xdf\x7f\xff\xff\xff\x01", 6),  // a map
                                   std::string("\xdb\xff\xff\xff\xff\x01", 6),  // a string
                                   std::string("\xc6\xff\xff\xff\xff\x01", 6),  // bytes
                                   std::string("\xc9\xff\xff\xff\xff\x01", 6),  // an extension
                                   std::string("\x92\x01"), std::string("\x92\x01\x02\x03"),
                                   std::string("\xc1"), std::string(100'000, '\x91')}) {
    CHECK(message_of(read(bytes)) ==
          "the value cannot be read: its bytes are no MessagePack value");
  }
  // Each of these arrays alone has no more elements than there are bytes.
  std::string nested;
  for (int i = 0; i < 50; ++i) nested += std::string("\xdc\x00\xf0", 3);
  nested.append(150, '\x01');
  CHECK(code_of(read(nested)) == Code::malformed_value);
}
