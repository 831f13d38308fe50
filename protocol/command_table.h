// What both ends of the wire know of every command. The rows stand in commands.def.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cachekit::protocol {

enum class CommandId : std::uint8_t {
#define COMMAND(id, ...) id,
#include "protocol/commands.def"
#undef COMMAND
};

/// read and write touch keys; connection concerns only the asking connection or informs about the
/// node; admin changes the node.
enum class Access : std::uint8_t { read, write, connection, admin };

/// May a client send a command again when it does not know whether the first one was executed?
enum class Retry : std::uint8_t {
  read,        ///< Yes: it changes nothing.
  same_state,  ///< It leaves the same state, but may overwrite what another client wrote since.
  never,       ///< A second execution would do something else, or answer something else.
};

/// Bits of CommandSpec::flags.
namespace command_flag {
inline constexpr std::uint8_t none = 0;
inline constexpr std::uint8_t denyoom = 1;    ///< Refused when memory is full and nothing can go.
inline constexpr std::uint8_t fast = 2;       ///< O(1) or O(log n) for each key.
inline constexpr std::uint8_t no_auth = 4;    ///< Allowed before authentication.
inline constexpr std::uint8_t dangerous = 8;  ///< In Redis's ACL category of that name.
}  // namespace command_flag

struct CommandSpec {
  CommandId id;
  std::string_view name;  ///< In capitals.
  int arity;              ///< Arguments with the name; -n: n or more.
  Access access;
  std::uint8_t flags;
  int first_key;  ///< Position of the first key; 0: none.
  int last_key;   ///< Position of the last; negative: from the end.
  int key_step;
  Retry retry;
  std::string_view group;
  std::string_view since;
  std::string_view summary;

  bool accepts(std::size_t argument_count) const {
    const auto least = static_cast<std::size_t>(arity < 0 ? -arity : arity);
    return arity < 0 ? argument_count >= least : argument_count == least;
  }
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

/// All commands, indexed by CommandId.
std::span<const CommandSpec> commands();

inline const CommandSpec& command(CommandId id) { return commands()[static_cast<std::size_t>(id)]; }

/// By name in any case; nullptr if there is none.
const CommandSpec* find_command(std::string_view name);

/// Where the keys of a call stand: `count` of them, at `first`, `first + step`, …
struct KeyRange {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t step = 1;
};

/// The keys of a call with this many arguments, its name included; none if the call is too short.
/// Not those of SINTERCARD, and one more of MEMORY STATS and the like with an argument too many.
KeyRange keys_of(const CommandSpec& spec, std::size_t argument_count);

/// The same for a call whose arguments are known: so also the keys of SINTERCARD, which counts
/// them, and no others of MEMORY, whose subcommand says whether there is one.
KeyRange keys_of(const CommandSpec& spec, std::span<const std::string_view> arguments);

/// Whether the keys of a call are read, and nothing is changed: so also by OBJECT and MEMORY.
inline bool reads_keys(const CommandSpec& spec) {
  return spec.access == Access::read || spec.id == CommandId::object ||
         spec.id == CommandId::memory;
}

/// The retry class of one call: the table's, but for SET with a condition or GET, whose second
/// execution could answer something else than the first.
Retry retry_class(const CommandSpec& spec, std::span<const std::string_view> arguments);

}  // namespace cachekit::protocol
