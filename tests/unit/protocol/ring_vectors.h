// Test vectors of the ring. Made by make_ring_vectors.py, which shares no code with the ring: do
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
  std::array<std::uint8_t, 22> owner_of_key;
};

template <char Byte, std::size_t Count>
inline constexpr auto repeated_bytes = [] {
  std::array<char, Count> bytes{};
  bytes.fill(Byte);
  return bytes;
}();
template <char Byte, std::size_t Count>
inline constexpr std::string_view repeated(repeated_bytes<Byte, Count>.data(), Count);

// clang-format off

inline constexpr Hash hashes[] = {
    {{"", 0}, 0x2d06800538d394c2u},
    {{"a", 1}, 0xe6c632b61e964e1fu},
    {{"abc", 3}, 0x78af5f94892f3950u},
    {{"key", 3}, 0xbbea0d63a05165e3u},
    {{"test", 4}, 0x9ec9f7918d7dfc40u},
    {{"user:123", 8}, 0xe7fe84bad8913b52u},
    {{"page:views:123", 14}, 0xc096cde9f84300b3u},
    {{"xxxxxxxxxxxxxxxx", 16}, 0xdf76ff0d7f0d9edfu},
    {{"user:123:session:abc", 20}, 0xcf2af4ae8ffdf252u},
    {repeated<'y', 128>, 0x22b1c31676fb61bau},
    {repeated<'z', 129>, 0x4e151cfc44a9680cu},
    {repeated<'z', 240>, 0xbf0e0b40af0c6df2u},
    {repeated<'w', 241>, 0xe4522033e988b656u},
    {repeated<'w', 1025>, 0x9ab3811b25e43ecdu},
};

inline constexpr Owner owners[] = {
    {{"", 0}, 0x2d06800538d394c2u},
    {{"a", 1}, 0xe6c632b61e964e1fu},
    {{"user:123:session", 16}, 0x0fc7b7e1a249aa86u},
    {{"page:views:123", 14}, 0xc096cde9f84300b3u},
    {{"key:0", 5}, 0xb464ee7b63344e80u},
    {{"key:1", 5}, 0xbf2d6d6b8270d37au},
    {{"key:2", 5}, 0xcccb71f9abe54869u},
    {{"key:3", 5}, 0x3feadf581ba2b548u},
    {{"key:4", 5}, 0x53766f18db157522u},
    {{"key:5", 5}, 0x3ac7cc074fc056b9u},
    {{"key:6", 5}, 0x5c7a51f1b3bd7dfeu},
    {{"key:7", 5}, 0xf99ed2552ba6d58bu},
    {{"key:8", 5}, 0x8b1060ff37fbcc94u},
    {{"key:9", 5}, 0x874d6a68b38376ebu},
    {{"{user1000}.following", 20}, 0xb03c8988cdc1c874u},
    {{"{user1000}.followers", 20}, 0xb03c8988cdc1c874u},
    {{"foo{}{bar}", 10}, 0xc183e6678835189cu},
    {{"foo{{bar}}zap", 13}, 0xa3610095f98f8e10u},
    {{"foo{bar}{zap}", 13}, 0xd463c860a032d362u},
    {{"foo{bar", 7}, 0x34c86ac8c5beb8b0u},
    {{"\321\201\320\273\320\276\320\275", 8}, 0x8c8ea765b5285684u},
    {{"\000\001\377", 3}, 0x8af97d207880c972u},
};

inline constexpr Ring rings[] = {
    {4096, 1, {{
        {"s1", 1.0}}},
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {4096, 3, {{
        {"s1", 1.0},
        {"s2", 1.0},
        {"s3", 1.0}}},
     {1, 1, 1, 1, 2, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 2, 2, 0, 2, 2, 1}},
    {4096, 3, {{
        {"10.0.0.1:7001", 1.0},
        {"10.0.0.2:7001", 2.0},
        {"10.0.0.3:7001", 0.5}}},
     {0, 1, 0, 2, 1, 2, 1, 1, 1, 2, 1, 0, 2, 2, 0, 0, 1, 0, 1, 1, 1, 1}},
    {150, 10, {{
        {"shard-0", 1.0},
        {"shard-1", 1.0},
        {"shard-2", 1.0},
        {"shard-3", 1.0},
        {"shard-4", 1.0},
        {"shard-5", 1.0},
        {"shard-6", 1.0},
        {"shard-7", 1.0},
        {"shard-8", 1.0},
        {"shard-9", 1.0}}},
     {4, 5, 9, 4, 4, 8, 2, 5, 9, 4, 7, 0, 0, 2, 4, 4, 6, 3, 0, 0, 7, 0}},
};

// clang-format on

}  // namespace cachekit::ring_vectors
