#!/usr/bin/python3
"""Prints ring_vectors.h: what the ring must answer, computed without cachekit's own code.

The ring is written here a second time, from its definition alone: a sorted list of all points and
a binary search. The hash comes from the system's libxxhash, the C++ side compiles it from the
header. Run it as

    ./make_ring_vectors.py > ring_vectors.h

The names, weights and keys are plain lists, so that a client in another language can copy them.
"""

import bisect
import ctypes

XXHASH = ctypes.CDLL("libxxhash.so.0")
XXHASH.XXH3_64bits.restype = ctypes.c_uint64
XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

# One length from each branch of XXH3: 0, 1-3, 4-8, 9-16, 17-128, 129-240, and longer.
HASHED = [b"", b"a", b"abc", b"key", b"test", b"user:123", b"page:views:123", b"x" * 16,
          b"user:123:session:abc", b"y" * 128, b"z" * 129, b"z" * 240, b"w" * 241, b"w" * 1025]

KEYS = [b"", b"a", b"user:123:session", b"page:views:123", b"key:0", b"key:1", b"key:2", b"key:3",
        b"key:4", b"key:5", b"key:6", b"key:7", b"key:8", b"key:9", b"{user1000}.following",
        b"{user1000}.followers", b"foo{}{bar}", b"foo{{bar}}zap", b"foo{bar}{zap}", b"foo{bar",
        b"\xd1\x81\xd0\xbb\xd0\xbe\xd0\xbd", b"\x00\x01\xff"]

RINGS = [
    (4096, [("s1", 1.0)]),
    (4096, [("s1", 1.0), ("s2", 1.0), ("s3", 1.0)]),
    (4096, [("10.0.0.1:7001", 1.0), ("10.0.0.2:7001", 2.0), ("10.0.0.3:7001", 0.5)]),
    (150, [("shard-%d" % i, 1.0) for i in range(10)]),
]


def xxh3(data):
    return XXHASH.XXH3_64bits(data, len(data))


def tag(key):
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            return key[start + 1:end]
    return key


def build(points, members):
    """The sorted (position, name) of every point, of equal positions only the smaller name."""
    owner = {}
    for name, weight in members:
        for i in range(int(points * weight + 0.5)):
            position = xxh3(name.encode() + b"\x00" + i.to_bytes(4, "little"))
            owner[position] = min(owner.get(position, name), name)
    return sorted(owner.items())


def lookup(ring, position):
    at = bisect.bisect_left(ring, (position, ""))
    return ring[at % len(ring)][1]


def literal(data):
    """A C++ string literal that holds the bytes, with its length where it needs one."""
    text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else "\\%03o" % b for b in data)
    if len(data) > 64:
        assert len(set(data)) == 1
        return "repeated<'%s', %d>" % (chr(data[0]), len(data))
    return "{\"%s\", %d}" % (text, len(data))


def main():
    print("""// Test vectors of the ring. Made by make_ring_vectors.py, which shares no code with the ring: do
// not edit. A client in another language that reproduces them agrees with cachekit on every key.
//
// hashes: XXH3-64 with seed 0 of some bytes. owners: keys and the positions of their tags.
// rings: points for a weight of one, the shards, and for each key of `owners`, in their order, the
// index of its shard.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cachekit::ring_vectors {

struct Hash {
  std::string_view bytes;
  std::uint64_t xxh3;
};

struct Owner {
  std::string_view key;
  std::uint64_t position;
};

struct Shard {
  std::string_view name;
  double weight;
};

inline constexpr std::size_t most_shards = 10;

struct Ring {
  std::uint32_t points;
  std::size_t shard_count;
  std::array<Shard, most_shards> shards;
  std::array<std::uint8_t, %d> owner_of_key;
};

template <char Byte, std::size_t Count>
inline constexpr auto repeated_bytes = [] {
  std::array<char, Count> bytes{};
  bytes.fill(Byte);
  return bytes;
}();
template <char Byte, std::size_t Count>
inline constexpr std::string_view repeated(repeated_bytes<Byte, Count>.data(), Count);

// clang-format off""" % len(KEYS))
    print("\ninline constexpr Hash hashes[] = {")
    for data in HASHED:
        print("    {%s, 0x%016xu}," % (literal(data), xxh3(data)))
    print("};\n\ninline constexpr Owner owners[] = {")
    for key in KEYS:
        print("    {%s, 0x%016xu}," % (literal(key), xxh3(tag(key))))
    print("};\n\ninline constexpr Ring rings[] = {")
    for points, members in RINGS:
        ring = build(points, members)
        names = [name for name, _ in members]
        owners = [names.index(lookup(ring, xxh3(tag(key)))) for key in KEYS]
        shards = ",\n        ".join('{"%s", %s}' % member for member in members)
        print("    {%d, %d, {{\n        %s}},\n     {%s}}," %
              (points, len(members), shards, ", ".join(map(str, owners))))
    print("};\n\n// clang-format on\n\n}  // namespace cachekit::ring_vectors")


if __name__ == "__main__":
    main()
