// The ticket of a thread that waits for its answers itself.
//
// Thread rule: guarded by the channel's lock, but for the parker's own part.

#pragma once

#include "client/io/parker.h"
#include "client/io/ticket.h"

namespace cachekit::io {

struct ParkedTicket : Ticket {
  using Ticket::Ticket;

  Parker parker;
};

}  // namespace cachekit::io
