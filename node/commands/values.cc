#include "node/commands/values.h"

#include <memory>

#include "node/storage/entry.h"

namespace cachekit::node::commands {
namespace {

void reply_pinned(protocol::ReplyWriter& reply, std::string_view bytes, storage::Blob pin) {
  reply.pinned_bulk(bytes, std::make_shared<const storage::Blob>(std::move(pin)));
}

}  // namespace

std::string_view type_name(storage::ValueType type) {
  switch (type) {
    case storage::ValueType::string:
      return "string";
    case storage::ValueType::list:
      return "list";
    case storage::ValueType::set:
      return "set";
    case storage::ValueType::hash:
      return "hash";
  }
  return "none";
}

void reply_part(protocol::ReplyWriter& reply, const storage::EntryView& found,
                std::string_view bytes) {
  if (found.blob != nullptr && bytes.size() >= storage::large_value_bytes) {
    reply_pinned(reply, bytes, found.pin());
  } else {
    reply.bulk(bytes);
  }
}

void reply_value(protocol::ReplyWriter& reply, const std::optional<storage::EntryView>& found) {
  if (!found) return reply.null();
  reply_part(reply, *found, found->value);
}

HeldValue::HeldValue(const std::optional<storage::EntryView>& found) : present_(found) {
  if (!found) return;
  pin_ = found->pin();
  if (!pin_) copy_ = found->value;
}

void HeldValue::reply_to(protocol::ReplyWriter& reply) const {
  if (!present_) return reply.null();
  if (!pin_) return reply.bulk(copy_);
  reply_pinned(reply, pin_.bytes(), pin_);
}

bool write_value(DataContext& context, std::string_view key, std::string_view value,
                 storage::UnixMillis expire_at) {
  return is_done(context, context.store.set(key, value, expire_at, context.now));
}

bool is_done(DataContext& context, storage::WriteOutcome outcome) {
  if (outcome == storage::WriteOutcome::done) return true;
  context.reply.error(errors::out_of_memory);
  return false;
}

}  // namespace cachekit::node::commands
