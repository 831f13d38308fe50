#include "node/commands/memory_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/memory_size.h"
#include "node/process_usage.h"

namespace cachekit::node::commands {
namespace {

double real(std::size_t number) { return static_cast<double>(number); }

double ratio(std::size_t part, std::size_t whole) {
  return real(part) / real(std::max<std::size_t>(whole, 1));
}

}  // namespace

std::vector<MemoryFigure> memory_figures(const Node& node) {
  const storage::Store& store = node.store();
  const std::size_t used = store.used_memory_bytes();
  const std::size_t dataset = store.dataset_bytes();
  const std::size_t resident = process_usage().resident_bytes;
  const std::size_t keys = store.size();
  return {
      {"peak.allocated", real(std::max(used, node.statistics().peak_memory_bytes))},
      {"total.allocated", real(used)},
      {"keys.count", real(keys)},
      {"keys.bytes-per-key", real(keys > 0 ? used / keys : 0)},
      {"overhead.total", real(used - std::min(used, dataset))},
      {"dataset.bytes", real(dataset)},
      {"dataset.percentage", 100 * ratio(dataset, used), true},
      {"resident.bytes", real(resident)},
      {"fragmentation", ratio(resident, used), true},
  };
}

std::string memory_advice(const Node& node) {
  const std::size_t used = node.store().used_memory_bytes();
  const std::size_t limit = node.settings().max_memory_bytes;
  if (limit == 0) {
    return fmt::format(
        "No memory limit is set; {} are in use. Set maxmemory, so that the system "
        "does not decide what goes.",
        human_size(used));
  }
  return fmt::format("{} of {} are in use, which is as it should be.", human_size(used),
                     human_size(limit));
}

}  // namespace cachekit::node::commands
