// CLIENT and its subcommands: what the node knows of its connections.

#include <fmt/format.h>

#include <array>
#include <string>

#include "node/commands/authentication.h"
#include "node/commands/client_filter.h"
#include "node/commands/errors.h"
#include "node/commands/help.h"
#include "node/commands/numbers.h"
#include "node/commands/subcommands.h"
#include "node/commands/tracking_commands.h"
#include "node/connection.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

std::string flags_of(const Connection& connection) {
  const tracking::ClientTracking& tracking = connection.tracking;
  std::string flags;
  if (connection.subscribed) flags.push_back('P');
  if (connection.transaction.active()) flags.push_back('x');
  if (tracking.on) flags.push_back('t');
  if (tracking.broken_redirect) flags.push_back('R');
  if (tracking.broadcast) flags.push_back('B');
  if (connection.close) flags.push_back('c');
  if (connection.endpoints.unix_socket) flags.push_back('U');
  return flags.empty() ? "N" : flags;
}

// Fields that have no meaning here keep Redis's place and say 0, since tools read the line by name
// or by position.
void append_line(std::string& out, const Connection& connection, Now now) {
  const Transaction& transaction = connection.transaction;
  const std::int64_t queued =
      transaction.active() ? static_cast<std::int64_t>(transaction.size()) : -1;
  const std::size_t unsent = connection.unsent_bytes + connection.output.size_bytes();
  const std::size_t total =
      sizeof(Connection) + connection.input_bytes + transaction.size_bytes() + unsent;
  out += fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db=0 sub={} psub=0 ssub=0 "
      "multi={} qbuf={} qbuf-free=0 argv-mem=0 multi-mem={} rbs=0 rbp=0 obl={} oll=0 omem=0 "
      "tot-mem={} events=r cmd={} user=default redir={} resp={} lib-name={} lib-ver={}\n",
      connection.id, connection.endpoints.peer, connection.endpoints.local,
      connection.endpoints.descriptor, connection.name,
      (now.monotonic_ms - connection.created_ms) / 1000,
      (now.monotonic_ms - connection.last_active_ms) / 1000, flags_of(connection),
      connection.subscribed ? 1 : 0, queued, connection.input_bytes, transaction.size_bytes(),
      unsent, total, lower(connection.last_command), redirection_of(connection),
      static_cast<int>(connection.version), connection.library_name, connection.library_version);
}

void client_getname(Context& context) {
  if (context.connection.name.empty()) return context.reply.null();
  context.reply.bulk(context.connection.name);
}

void client_id(Context& context) {
  context.reply.integer(static_cast<std::int64_t>(context.connection.id));
}

void client_info(Context& context) {
  std::string line;
  append_line(line, context.connection, context.node.now());
  context.reply.verbatim(line);
}

void list_by_id(Context& context) {
  std::string lines;
  for (const std::string_view text : context.arguments.subspan(3)) {
    const auto id = parse_integer(text);
    if (!id || *id <= 0) return context.reply.error("ERR Invalid client ID");
    const Connection* found = context.node.connections().find(static_cast<ConnectionId>(*id));
    if (found != nullptr) append_line(lines, *found, context.node.now());
  }
  context.reply.verbatim(lines);
}

void client_list(Context& context) {
  const auto arguments = context.arguments;
  if (arguments.size() > 3 && same_word(arguments[2], "ID")) return list_by_id(context);
  ClientFilter filter;
  filter.skip_me = false;
  if (arguments.size() == 4 && same_word(arguments[2], "TYPE")) {
    filter.type = client_type_of(arguments[3]);
    if (!filter.type) {
      return context.reply.error(fmt::format("ERR Unknown client type '{}'", arguments[3]));
    }
  } else if (arguments.size() != 2) {
    return context.reply.error(errors::syntax);
  }
  std::string lines;
  context.node.connections().for_each([&](const Connection& connection) {
    if (filter.matches(connection, context.connection)) {
      append_line(lines, connection, context.node.now());
    }
  });
  context.reply.verbatim(lines);
}

void kill(Connection& victim, Connection& killer) {
  const std::string reason = fmt::format("killed by connection {}", killer.id);
  if (&victim == &killer) {
    killer.close = Close{reason};
    return;
  }
  victim.killed = true;
  killer.outbox.push_back({victim.id, Message::Kind::close, reason});
}

// Returns how many connections were killed.
std::int64_t kill_matching(Context& context, const ClientFilter& filter) {
  std::int64_t killed = 0;
  context.node.connections().for_each([&](Connection& connection) {
    if (!filter.matches(connection, context.connection)) return;
    kill(connection, context.connection);
    ++killed;
  });
  return killed;
}

void client_kill(Context& context) {
  if (context.arguments.size() == 3) {
    ClientFilter by_address;
    by_address.peer = context.arguments[2];
    by_address.skip_me = false;
    if (kill_matching(context, by_address) == 0) return context.reply.error("ERR No such client");
    return context.reply.ok();
  }
  const auto filter = read_client_filter(context.arguments.subspan(2));
  if (!filter) return context.reply.error(filter.error());
  context.reply.integer(kill_matching(context, *filter));
}

void client_reply(Context& context) {
  ReplyMode& mode = context.connection.reply_mode;
  const std::string_view wanted = context.arguments[2];
  if (same_word(wanted, "ON")) {
    mode = ReplyMode::on;
    return context.reply.ok();
  }
  if (same_word(wanted, "OFF")) {
    mode = ReplyMode::off;
  } else if (same_word(wanted, "SKIP")) {
    if (mode != ReplyMode::off) mode = ReplyMode::skip_next;
  } else {
    context.reply.error(errors::syntax);
  }
}

void client_setinfo(Context& context) {
  const std::string_view option = context.arguments[2];
  const std::string_view value = context.arguments[3];
  Connection& connection = context.connection;
  std::string* target = nullptr;
  if (same_word(option, "LIB-NAME")) target = &connection.library_name;
  if (same_word(option, "LIB-VER")) target = &connection.library_version;
  if (target == nullptr) {
    return context.reply.error(fmt::format("ERR Unrecognized option '{}'", option));
  }
  if (!is_plain_name(value)) {
    return context.reply.error(fmt::format(
        "ERR {} cannot contain spaces, newlines or special characters.", lower(option)));
  }
  *target = value;
  context.reply.ok();
}

void client_setname(Context& context) {
  if (!is_plain_name(context.arguments[2])) return context.reply.error(bad_client_name);
  context.connection.name = context.arguments[2];
  context.reply.ok();
}

constexpr std::array<Subcommand, 13> of_client{{
    {"client|caching", 3, client_caching,
     "Says YES or NO of whether the next command's keys are remembered, in OPTIN or OPTOUT mode."},
    {"client|getname", 2, client_getname, "Returns the name of this connection."},
    {"client|getredir", 2, client_getredir,
     "Returns the id of the connection that is told in this one's stead, 0 or -1."},
    {"client|help", 2, subcommand_help, "Prints this help."},
    {"client|id", 2, client_id, "Returns the id of this connection."},
    {"client|info", 2, client_info, "Describes this connection, like a line of LIST."},
    {"client|kill", -3, client_kill,
     "Closes the connection from <ip:port>, or all that match [ID id] [ADDR ip:port] [LADDR "
     "ip:port] [TYPE type] [USER name] [SKIPME yes|no]."},
    {"client|list", -2, client_list,
     "Describes the connections, if asked by [TYPE type] [ID id ...]."},
    {"client|reply", 3, client_reply, "Turns replies ON or OFF, or lets SKIP leave out the next."},
    {"client|setinfo", 4, client_setinfo, "Sets what LIST shows as LIB-NAME or LIB-VER."},
    {"client|setname", 3, client_setname, "Names this connection."},
    {"client|tracking", -3, client_tracking,
     "Turns invalidations ON or OFF: [REDIRECT id] [BCAST] [PREFIX prefix ...] [OPTIN] [OPTOUT] "
     "[NOLOOP]."},
    {"client|trackinginfo", 2, client_trackinginfo, "Describes the tracking of this connection."},
}};

}  // namespace

std::span<const Subcommand> client_subcommands() { return of_client; }

void client(Context& context) { run_subcommand(context); }

}  // namespace cachekit::node::commands
