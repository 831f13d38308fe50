// What handlers do with values: reply them, keep them over a change, write them.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/commands/context.h"

namespace cachekit::node::commands {

/// Replies bytes that lie in the store; large ones are pinned by `pin` instead of copied.
void reply_stored(protocol::ReplyWriter& reply, std::string_view bytes,
                  const std::shared_ptr<const void>& pin);

/// Replies the value, or null where there is none.
void reply_value(protocol::ReplyWriter& reply, const std::optional<storage::EntryView>& found);

/// A value that outlives the next change of the store: a copy, or a pin of a large one.
class HeldValue {
 public:
  explicit HeldValue(const std::optional<storage::EntryView>& found);

  /// Replies the value, or null where there was none.
  void reply_to(protocol::ReplyWriter& reply) const;

 private:
  bool present_ = false;
  std::string copy_;
  std::string_view pinned_;
  std::shared_ptr<const void> pin_;
};

/// Sets a key. False if there was no memory, and then the error has been replied.
bool write_value(DataContext& context, std::string_view key, std::string_view value,
                 storage::UnixMillis expire_at = storage::no_expiry);

}  // namespace cachekit::node::commands
