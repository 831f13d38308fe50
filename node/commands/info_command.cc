// INFO: asks the sections that were named.

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "node/commands/context.h"
#include "node/commands/info_sections.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

bool is_wanted(const InfoSection& section, std::span<const std::string_view> names) {
  if (names.empty()) return section.by_default;
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (same_word(name, "all") || same_word(name, "everything")) return true;
    return same_word(name, section.name) || (section.by_default && same_word(name, "default"));
  });
}

}  // namespace

void info(Context& context) {
  std::string text;
  for (const InfoSection& section : info_sections()) {
    if (!is_wanted(section, context.arguments.subspan(1))) continue;
    if (!text.empty()) text += "\r\n";
    text.append("# ").append(section.title).append("\r\n");
    section.write(context.node, text);
  }
  context.reply.verbatim(text);
}

}  // namespace cachekit::node::commands
