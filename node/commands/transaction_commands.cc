// MULTI, EXEC, DISCARD, and WATCH, which is refused. The session queues what comes in between.

#include "node/commands/context.h"
#include "node/connection.h"
#include "node/executor.h"
#include "node/node.h"
#include "node/storage/effect_group.h"

namespace cachekit::node::commands {

void multi(Context& context) {
  if (context.connection.transaction.active()) {
    return context.reply.error("ERR MULTI calls can not be nested");
  }
  context.connection.transaction.begin();
  context.reply.ok();
}

void discard(Context& context) {
  if (!context.connection.transaction.active()) {
    return context.reply.error("ERR DISCARD without MULTI");
  }
  context.connection.transaction.discard();
  context.reply.ok();
}

void exec(Context& context) {
  Connection& connection = context.connection;
  if (!connection.transaction.active()) return context.reply.error("ERR EXEC without MULTI");
  if (connection.transaction.failed()) {
    connection.transaction.discard();
    return context.reply.error("EXECABORT Transaction discarded because of previous errors.");
  }
  const auto commands = connection.transaction.take();
  context.reply.array(commands.size());
  const storage::EffectGroup one_change(context.store.sink());
  for (const QueuedCommand& command : commands) {
    const auto arguments = command.arguments();
    execute(resolved(command.spec(), arguments), context.node, connection);
  }
}

// Watching would need a list of watchers for every key; SET with IFEQ or NX does what locks and
// counters need of it.
void watch(Context& context) {
  if (context.connection.transaction.active()) {
    return context.reply.error("ERR WATCH inside MULTI is not allowed");
  }
  context.reply.error(
      "ERR WATCH is not supported: cachekit does not watch keys, use SET with NX or IFEQ, or "
      "DELIFEQ");
}

void unwatch(Context& context) { context.reply.ok(); }

}  // namespace cachekit::node::commands
