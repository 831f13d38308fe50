// Removing every key. SYNC and ASYNC do the same: the keys are gone at once, the memory comes back
// in steps.

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

bool valid_mode(std::span<const std::string_view> words) {
  if (words.empty()) return true;
  return words.size() == 1 && (same_word(words[0], "SYNC") || same_word(words[0], "ASYNC"));
}

void flush(DataContext& context) {
  if (!valid_mode(context.arguments.subspan(1))) return context.reply.error(errors::syntax);
  context.store.clear();
  context.reply.ok();
}

}  // namespace

void flushall(DataContext& context) { flush(context); }

// The same as FLUSHALL, since there is one database.
void flushdb(DataContext& context) { flush(context); }

}  // namespace cachekit::node::commands
