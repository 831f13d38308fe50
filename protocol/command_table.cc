#include "protocol/command_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace cachekit::protocol {
namespace {

using namespace command_flag;

constexpr CommandSpec table[] = {
#define COMMAND(id, name, arity, access, flags, first, last, step, retry, group, since, summary) \
  {CommandId::id, name, arity,        Access::access, flags, first,                              \
   last,          step, Retry::retry, group,          since, summary},
#include "protocol/commands.def"
#undef COMMAND
};

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr bool same_name(std::string_view capitals, std::string_view any_case) {
  if (capitals.size() != any_case.size()) return false;
  for (std::size_t i = 0; i < capitals.size(); ++i) {
    if (capitals[i] != upper(any_case[i])) return false;
  }
  return true;
}

template <std::size_t count>
constexpr std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  }
  return word;
}

// Up to eight bytes in one word, letters as small ones.
constexpr std::uint64_t word_of(std::string_view bytes) {
  constexpr std::uint64_t small_letters = 0x2020202020202020;
  const char* const at = bytes.data();
  const std::size_t size = bytes.size();
  std::uint64_t word = 0;
  if (size == 8) {
    word = word_at<8>(at);
  } else if (size >= 4) {
    word = word_at<4>(at) | word_at<4>(at + size - 4) << 32;
  } else if (size >= 2) {
    word = word_at<2>(at) | word_at<2>(at + size - 2) << 32;
  } else if (size == 1) {
    word = word_at<1>(at);
  }
  return word | small_letters;
}

// What is looked up. A short name is its word, since those have letters alone; of a long one the
// word is its end.
struct Name {
  constexpr explicit Name(std::string_view name)
      : size(name.size()),
        word(word_of(name.substr(size > longest_word ? size - longest_word : 0))) {}

  constexpr std::size_t slot() const {
    const std::uint64_t mixed = (word ^ size) * 0x9e3779b97f4a7c15;
    return mixed >> (64 - slot_bits);
  }

  static constexpr std::size_t longest_word = 8;
  static constexpr std::size_t slot_bits = 10;  // four times the commands: probes are short

  std::size_t size;
  std::uint64_t word;
};

struct Slot {
  std::uint64_t word = 0;
  std::uint8_t size = 0;  // 0: empty
  std::uint8_t index = 0;
};

constexpr auto make_slots() {
  std::array<Slot, std::size_t{1} << Name::slot_bits> slots{};
  for (std::size_t i = 0; i < std::size(table); ++i) {
    const Name name(table[i].name);
    std::size_t slot = name.slot();
    while (slots[slot].size != 0) slot = (slot + 1) % slots.size();
    slots[slot] = {name.word, static_cast<std::uint8_t>(name.size), static_cast<std::uint8_t>(i)};
  }
  return slots;
}

constexpr bool short_names_are_letters() {
  return std::all_of(std::begin(table), std::end(table), [](const CommandSpec& spec) {
    return spec.name.size() > Name::longest_word ||
           std::all_of(spec.name.begin(), spec.name.end(),
                       [](char c) { return c >= 'A' && c <= 'Z'; });
  });
}
static_assert(short_names_are_letters());

constexpr auto slots = make_slots();
static_assert(std::size(table) <= 0x100 && std::size(table) * 4 <= slots.size());

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> capitals) {
  return std::any_of(capitals.begin(), capitals.end(),
                     [&](std::string_view name) { return same_name(name, word); });
}

// OBJECT and MEMORY: those of their subcommands that take an argument take a key.
constexpr KeyRange one_behind_subcommand{.first = 2, .count = 1, .step = 1};

// How many keys the number in front of them announces; 0 if there are not so many.
std::size_t counted_keys(std::span<const std::string_view> arguments) {
  if (arguments.size() < 3) return 0;
  const std::string_view digits = arguments[1];
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  return is_number && count <= arguments.size() - 2 ? count : 0;
}

}  // namespace

std::span<const CommandSpec> commands() { return table; }

const CommandSpec* find_command(std::string_view name) {
  const Name wanted(name);
  for (std::size_t at = wanted.slot(); slots[at].size != 0; at = (at + 1) % slots.size()) {
    const Slot& slot = slots[at];
    if (slot.word != wanted.word || slot.size != wanted.size) continue;
    const CommandSpec& spec = table[slot.index];
    if (wanted.size <= Name::longest_word || same_name(spec.name, name)) return &spec;
  }
  return nullptr;
}

KeyRange keys_of(const CommandSpec& spec, std::size_t argument_count) {
  const bool has_subcommands = spec.id == CommandId::object || spec.id == CommandId::memory;
  if (has_subcommands && argument_count > 2) return one_behind_subcommand;
  if (spec.first_key == 0) return {};
  const auto first = static_cast<std::size_t>(spec.first_key);
  const auto step = static_cast<std::size_t>(spec.key_step);
  const auto last = spec.last_key >= 0 ? static_cast<std::size_t>(spec.last_key)
                                       : argument_count - static_cast<std::size_t>(-spec.last_key);
  if (argument_count <= first || last < first || last >= argument_count) return {};
  return {first, (last - first) / step + 1, step};
}

KeyRange keys_of(const CommandSpec& spec, std::span<const std::string_view> arguments) {
  switch (spec.id) {
    case CommandId::memory:
      return arguments.size() > 2 && same_name("USAGE", arguments[1]) ? one_behind_subcommand
                                                                      : KeyRange{};
    case CommandId::sintercard:
      return {.first = 2, .count = counted_keys(arguments), .step = 1};
    default:
      return keys_of(spec, arguments.size());
  }
}

Retry retry_class(const CommandSpec& spec, std::span<const std::string_view> arguments) {
  if (spec.id != CommandId::set || arguments.size() <= 3) return spec.retry;
  const auto options = arguments.subspan(3);
  const bool conditional = std::any_of(options.begin(), options.end(), [](std::string_view word) {
    return is_one_of(word, {"NX", "XX", "GET", "IFEQ"});
  });
  return conditional ? Retry::never : spec.retry;
}

}  // namespace cachekit::protocol
