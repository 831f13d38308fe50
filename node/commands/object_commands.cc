// OBJECT: how a key is held, and how it has been used.

#include <array>

#include "node/commands/errors.h"
#include "node/commands/help.h"
#include "node/commands/numbers.h"
#include "node/commands/subcommands.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_view.h"

namespace cachekit::node::commands {
namespace {

using storage::EntryView;
using storage::FieldItem;
using storage::FieldView;
using storage::ValueType;

// Redis's names for what it would hold the same contents as, so that tools understand them.
constexpr std::size_t longest_embedded_string = 44;
constexpr std::size_t longest_integer = 20;

std::string_view string_encoding(std::string_view value) {
  if (value.size() <= longest_integer && parse_integer(value)) return "int";
  return value.size() <= longest_embedded_string ? "embstr" : "raw";
}

std::string_view set_encoding(const FieldView& set) {
  if (set.table() != nullptr) return "hashtable";
  bool integers = true;
  set.visit_all([&](const FieldItem& item) {
    integers = parse_integer(item.field).has_value();
    return integers;
  });
  return integers ? "intset" : "hashtable";
}

std::string_view encoding_of(const EntryView& entry) {
  switch (entry.type) {
    case ValueType::string:
      return string_encoding(entry.value);
    case ValueType::list:
      return "quicklist";
    case ValueType::set:
      return set_encoding(FieldView(entry));
    case ValueType::hash:
      return entry.collection != nullptr ? "hashtable" : "listpack";
  }
  return "unknown";
}

// Looking at a key is no use of it.
std::optional<EntryView> find(Context& context) {
  return context.store.find(context.arguments[2], context.now, storage::Lookup::inspect);
}

void object_encoding(Context& context) {
  const auto found = find(context);
  if (!found) return context.reply.null();
  context.reply.bulk(encoding_of(*found));
}

// Values are not shared among keys.
void object_refcount(Context& context) {
  if (!find(context)) return context.reply.null();
  context.reply.integer(1);
}

void object_freq(Context& context) {
  if (!find(context)) return context.reply.null();
  const auto frequency = context.store.frequency(context.arguments[2], context.now);
  if (frequency) return context.reply.integer(*frequency);
  context.reply.error(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note "
      "that when switching between policies at runtime LRU and LFU data will take some time to "
      "adjust.");
}

// Keys stand in an order, which takes no clock.
void object_idletime(Context& context) {
  if (!find(context)) return context.reply.null();
  context.reply.error("ERR idle time is not tracked: keys are kept in an order, without times");
}

constexpr std::array<Subcommand, 5> of_object{{
    {"object|encoding", 3, object_encoding, "Returns how the value of a key is held."},
    {"object|freq", 3, object_freq, "Returns how often a key is used, under an LFU policy."},
    {"object|help", 2, subcommand_help, "Prints this help."},
    {"object|idletime", 3, object_idletime, "Is refused: the times of uses are not kept."},
    {"object|refcount", 3, object_refcount, "Returns 1: values are not shared."},
}};

}  // namespace

std::span<const Subcommand> object_subcommands() { return of_object; }

void object(Context& context) { run_subcommand(context); }

}  // namespace cachekit::node::commands
