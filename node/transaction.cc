#include "node/transaction.h"

#include <utility>

namespace cachekit::node {

QueuedCommand::QueuedCommand(const protocol::CommandSpec& spec,
                             std::span<const std::string_view> arguments)
    : spec_(&spec) {
  std::size_t total = 0;
  for (const std::string_view argument : arguments) total += argument.size();
  bytes_.reserve(total);
  sizes_.reserve(arguments.size());
  for (const std::string_view argument : arguments) {
    bytes_.append(argument);
    sizes_.push_back(argument.size());
  }
}

std::vector<std::string_view> QueuedCommand::arguments() const {
  std::vector<std::string_view> result;
  result.reserve(sizes_.size());
  std::string_view rest = bytes_;
  for (const std::size_t size : sizes_) {
    result.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return result;
}

std::size_t QueuedCommand::size_bytes() const {
  return sizeof(*this) + bytes_.capacity() + sizes_.capacity() * sizeof(std::size_t);
}

void Transaction::begin() {
  discard();
  active_ = true;
}

void Transaction::discard() { *this = Transaction(); }

bool Transaction::queue(const protocol::CommandSpec& spec,
                        std::span<const std::string_view> arguments) {
  std::size_t needed = sizeof(QueuedCommand) + arguments.size() * sizeof(std::size_t);
  for (const std::string_view argument : arguments) needed += argument.size();
  if (size_bytes_ + needed > max_queued_bytes) return false;
  const QueuedCommand& queued = commands_.emplace_back(spec, arguments);
  size_bytes_ += queued.size_bytes();
  denies_oom_ = denies_oom_ || spec.has(protocol::command_flag::denyoom);
  writes_ = writes_ || spec.access == protocol::Access::write;
  return true;
}

std::vector<QueuedCommand> Transaction::take() {
  auto commands = std::move(commands_);
  discard();
  return commands;
}

}  // namespace cachekit::node
