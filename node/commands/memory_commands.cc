// MEMORY: what keys take, and where the node's memory is.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "node/commands/errors.h"
#include "node/commands/help.h"
#include "node/commands/memory_report.h"
#include "node/commands/numbers.h"
#include "node/commands/subcommands.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

// SAMPLES is understood and of no use: the size of a collection is known, not estimated.
void memory_usage(Context& context) {
  for (auto words = context.arguments.subspan(3); !words.empty(); words = words.subspan(2)) {
    if (!same_word(words[0], "SAMPLES") || words.size() < 2) {
      return context.reply.error(errors::syntax);
    }
    const auto samples = parse_integer(words[1]);
    if (!samples) return context.reply.error(errors::not_an_integer);
    if (*samples < 0) return context.reply.error(errors::syntax);
  }
  const auto bytes = context.store.memory_usage(context.arguments[2], context.now);
  if (!bytes) return context.reply.null();
  context.reply.integer(static_cast<std::int64_t>(*bytes));
}

void memory_stats(Context& context) {
  const auto figures = memory_figures(context.node);
  context.reply.map(figures.size());
  for (const MemoryFigure& figure : figures) {
    context.reply.bulk(figure.name);
    if (figure.is_ratio) {
      context.reply.real(figure.value);
    } else {
      context.reply.integer(static_cast<std::int64_t>(figure.value));
    }
  }
}

void memory_doctor(Context& context) { context.reply.verbatim(memory_advice(context.node)); }

constexpr std::array<Subcommand, 4> of_memory{{
    {"memory|doctor", 2, memory_doctor, "Returns advice about memory."},
    {"memory|help", 2, subcommand_help, "Prints this help."},
    {"memory|stats", 2, memory_stats, "Returns where the memory of the node is."},
    {"memory|usage", -3, memory_usage, "Returns the bytes that a key takes [SAMPLES count]."},
}};

}  // namespace

std::span<const Subcommand> memory_subcommands() { return of_memory; }

void memory(Context& context) { run_subcommand(context); }

}  // namespace cachekit::node::commands
