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

constexpr std::size_t longest_name = 18;
constexpr std::size_t slot_count = 1024;  // several times the commands, so that probes are short
constexpr std::uint8_t empty_slot = 0xff;
static_assert(std::size(table) < empty_slot && std::size(table) * 4 <= slot_count);

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr bool same_name(std::string_view capitals, std::string_view any_case) {
  if (capitals.size() != any_case.size()) return false;
  for (std::size_t i = 0; i < capitals.size(); ++i) {
    if (capitals[i] != upper(any_case[i])) return false;
  }
  return true;
}

constexpr std::size_t slot_of(std::string_view name) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(upper(c))) * 16777619u;
  return hash % slot_count;
}

constexpr auto make_slots() {
  std::array<std::uint8_t, slot_count> slots{};
  slots.fill(empty_slot);
  for (std::size_t i = 0; i < std::size(table); ++i) {
    std::size_t slot = slot_of(table[i].name);
    while (slots[slot] != empty_slot) slot = (slot + 1) % slot_count;
    slots[slot] = static_cast<std::uint8_t>(i);
  }
  return slots;
}

constexpr auto slots = make_slots();

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
  if (name.size() > longest_name) return nullptr;
  for (std::size_t slot = slot_of(name); slots[slot] != empty_slot;
       slot = (slot + 1) % slot_count) {
    const CommandSpec& spec = table[slots[slot]];
    if (same_name(spec.name, name)) return &spec;
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
