#include "node/server/turn_input.h"

#include <algorithm>
#include <utility>

#include "node/server/client_stream.h"
#include "node/server/server.h"

namespace cachekit::node {

TurnInput::TurnInput(Server& server)
    : server_(server), buffer_(new char[most_bytes + read_bytes]) {}

void TurnInput::add(ClientStream& stream, std::string_view bytes) {
  // With more than a thousand connections libuv may poll twice in one turn.
  if (stream.input_waits()) execute();
  stream.set_input_waits(true);
  Read& read = reads_[count_++];
  read.stream = &stream;
  read.bytes = bytes;
  used_ = static_cast<std::size_t>(bytes.end() - buffer_.get());
  if (used_ >= most_bytes || count_ == most_reads) execute();
}

// A connection may have failed since it was read from.
std::span<TurnInput::Read> TurnInput::open_reads() {
  const auto end =
      std::remove_if(reads_.begin(), reads_.begin() + static_cast<std::ptrdiff_t>(count_),
                     [](const Read& read) { return !read.stream->is_open(); });
  return {reads_.begin(), end};
}

void TurnInput::execute() {
  if (count_ == 0) return;
  const storage::Store& store = server_.node().store();
  const auto reads = open_reads();
  for (Read& read : reads) {
    read.stream->session().read(read.bytes, server_.now(), read.batch);
    read.batch.prefetch_table(store);
  }
  for (Read& read : reads) read.batch.prefetch_entries(store);
  for (Read& read : reads) read.stream->session().execute(read.actions);
  for (Read& read : reads) {
    read.stream->session().confirm(read.actions);
    read.stream->send(std::move(read.actions.send));
  }
  // Messages to others come after the replies that those have got before.
  for (Read& read : reads) {
    // A full read means that more is waiting; the others come first.
    read.stream->set_input_waits(false);
    read.stream->settle(read.actions, read.bytes.size() == read_bytes);
    read.batch.clear();
  }
  count_ = 0;
  used_ = 0;
}

}  // namespace cachekit::node
