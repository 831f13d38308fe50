#include "node/commands/values.h"

#include "node/commands/errors.h"
#include "node/storage/entry.h"

namespace cachekit::node::commands {

void reply_stored(protocol::ReplyWriter& reply, std::string_view bytes,
                  const std::shared_ptr<const void>& pin) {
  if (pin && bytes.size() >= storage::large_value_bytes) {
    reply.pinned_bulk(bytes, pin);
  } else {
    reply.bulk(bytes);
  }
}

void reply_value(protocol::ReplyWriter& reply, const std::optional<storage::EntryView>& found) {
  if (!found) return reply.null();
  reply_stored(reply, found->value, found->pin);
}

HeldValue::HeldValue(const std::optional<storage::EntryView>& found) : present_(found) {
  if (!found) return;
  if (found->pin) {
    pinned_ = found->value;
    pin_ = found->pin;
  } else {
    copy_ = found->value;
  }
}

void HeldValue::reply_to(protocol::ReplyWriter& reply) const {
  if (!present_) return reply.null();
  reply_stored(reply, pin_ ? pinned_ : std::string_view(copy_), pin_);
}

bool write_value(DataContext& context, std::string_view key, std::string_view value,
                 storage::UnixMillis expire_at) {
  const auto outcome = context.store.set(key, value, expire_at, context.now);
  if (outcome == storage::WriteOutcome::done) return true;
  context.reply.error(errors::out_of_memory);
  return false;
}

}  // namespace cachekit::node::commands
