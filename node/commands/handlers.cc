#include <array>

#include "node/commands/context.h"

namespace cachekit::node {
namespace {

// A Context is a DataContext, so one signature serves both kinds of handler.
constexpr std::array handlers{
#define COMMAND(id, ...) Handler{[](Context& context) { commands::id(context); }},
#include "protocol/commands.def"
#undef COMMAND
};

}  // namespace

Handler handler_of(protocol::CommandId id) { return handlers[static_cast<std::size_t>(id)]; }

}  // namespace cachekit::node
