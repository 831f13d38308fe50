// One node as an agent sees it.
//
// Values and pure functions; no thread rule.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cachekit/value.h"
#include "client/io/clock.h"
#include "protocol/node_report.h"

namespace cachekit::agent {

enum class Contact : std::uint8_t {
  unknown,  ///< Not asked yet.
  answered,
  refused,  ///< Nobody listens there: the process is dead.
  silent,   ///< No answer in time, or none that makes sense.
};

struct NodeView {
  std::string address;  ///< As in the topology.
  Contact contact = Contact::unknown;
  io::Time since = {};               ///< It answered last then, or was met.
  protocol::NodeReport report = {};  ///< The last one; of now only if it has answered.

  bool answers() const { return contact == Contact::answered; }
};

/// A command for a node, of which the reply does not matter: what came of it is seen in the next
/// report.
struct NodeCommand {
  std::string node;
  std::vector<std::string> words;

  bool operator==(const NodeCommand&) const = default;
};

/// Of a reply to CACHEKIT.STATUS; nothing if it makes no sense.
std::optional<protocol::NodeReport> report_in(const Value& reply);

}  // namespace cachekit::agent
