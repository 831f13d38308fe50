// What commands do to data, as statistics tell them apart.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cachekit {

enum class CommandClass : std::uint8_t {
  read,   ///< Reads keys and changes nothing.
  write,  ///< Changes keys.
  other,  ///< Transactions, what concerns a node instead of keys, and commands that nobody knows.
};

inline constexpr std::array command_classes{CommandClass::read, CommandClass::write,
                                            CommandClass::other};

/// As in "read".
std::string_view name_of(CommandClass command_class);

/// Something of which each class has its own.
template <class T>
struct PerClass {
  T read = {};
  T write = {};
  T other = {};

  const T& operator[](CommandClass command_class) const {
    switch (command_class) {
      case CommandClass::read:
        return read;
      case CommandClass::write:
        return write;
      case CommandClass::other:
        break;
    }
    return other;
  }
  T& operator[](CommandClass command_class) {
    return const_cast<T&>(static_cast<const PerClass&>(*this)[command_class]);
  }
};

}  // namespace cachekit
