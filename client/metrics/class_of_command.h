// To which class a command belongs, by the command table.

#pragma once

#include "cachekit/command_class.h"
#include "protocol/command_table.h"

namespace cachekit::metrics {

/// Null: a command that the table does not know.
inline CommandClass class_of(const protocol::CommandSpec* spec) {
  if (spec == nullptr) return CommandClass::other;
  if (protocol::reads_keys(*spec)) return CommandClass::read;
  return spec->access == protocol::Access::write ? CommandClass::write : CommandClass::other;
}

}  // namespace cachekit::metrics
