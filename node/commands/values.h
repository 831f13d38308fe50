// What handlers do with values: check their type, reply them, keep them over a change, write them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/commands/context.h"
#include "node/commands/errors.h"

namespace cachekit::node::commands {

/// Is the key of another type? Then the error has been replied. A missing key is of every type.
inline bool refuses(DataContext& context, const std::optional<storage::EntryView>& found,
                    storage::ValueType type) {
  if (!found || found->type == type) return false;
  context.reply.error(errors::wrong_type);
  return true;
}

/// "string", "list", …
std::string_view type_name(storage::ValueType type);

/// Replies bytes of a string that was found: large ones are pinned instead of copied.
void reply_part(protocol::ReplyWriter& reply, const storage::EntryView& found,
                std::string_view bytes);

/// Replies the string, or null where there is none.
void reply_value(protocol::ReplyWriter& reply, const std::optional<storage::EntryView>& found);

/// A string that outlives the next change of the store: a copy, or a pin of a large one.
class HeldValue {
 public:
  explicit HeldValue(const std::optional<storage::EntryView>& found);

  /// Replies the value, or null where there was none.
  void reply_to(protocol::ReplyWriter& reply) const;

 private:
  bool present_ = false;
  std::string copy_;
  storage::Blob pin_;
};

/// Sets a key to a string. False if there was no memory, and then the error has been replied.
bool write_value(DataContext& context, std::string_view key, std::string_view value,
                 storage::UnixMillis expire_at = storage::no_expiry);

/// False if there was no memory, and then the error has been replied.
bool is_done(DataContext& context, storage::WriteOutcome outcome);

}  // namespace cachekit::node::commands
