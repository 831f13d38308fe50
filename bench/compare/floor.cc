// cachekit-compare-floor: the least that a server on libuv can do. It finds the end of each command
// and answers with a constant of as many bytes as the real reply has. It keeps nothing, so no
// server of this kind can use less CPU time; what the others use more is what they do.
//
//   cachekit-compare-floor PORT VALUE_BYTES [KEYS]
//
// With KEYS it has a value for each key, in an array, and answers with a copy of that.
//
// One read buffer for all, one gathered write for each read.

#include <fmt/format.h>
#include <uv.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare/command_ends.h"
#include "bench/compare/value_array.h"

namespace {

using cachekit::bench::compare::CommandEnds;
using cachekit::bench::compare::ValueArray;

constexpr std::size_t read_buffer_bytes = std::size_t{64} << 10;
constexpr std::size_t replies_in_block = 1024;
constexpr std::size_t words_of_a_get = 2;
constexpr int backlog = 511;

void check(int status, const char* what) {
  if (status >= 0) return;
  std::fprintf(stderr, "cachekit-compare-floor: cannot %s: %s\n", what, uv_strerror(status));
  std::exit(1);
}

// The same reply many times over, so that a run of them is one range of memory.
struct ReplyBlock {
  explicit ReplyBlock(const std::string& reply) : size(reply.size()) {
    for (std::size_t i = 0; i < replies_in_block; ++i) bytes += reply;
  }
  std::size_t size;
  std::string bytes;
};

struct Floor {
  explicit Floor(std::size_t value_bytes)
      : value(fmt::format("${}\r\n{:x>{}}\r\n", value_bytes, "", value_bytes)), ok("+OK\r\n") {}

  ReplyBlock value;
  ReplyBlock ok;
  std::optional<ValueArray> array;
  std::string copies;  // of the array's values, of one answer
  std::vector<char> read_buffer = std::vector<char>(read_buffer_bytes);
  std::vector<uv_buf_t> answer;
};

struct Client {
  explicit Client(Floor& of_floor) : floor(of_floor) { handle.data = this; }

  Floor& floor;
  uv_tcp_t handle{};
  CommandEnds commands;
};

uv_stream_t* stream_of(uv_tcp_t& handle) { return reinterpret_cast<uv_stream_t*>(&handle); }

void close_client(Client& client) {
  uv_close(reinterpret_cast<uv_handle_t*>(&client.handle),
           [](uv_handle_t* handle) { delete static_cast<Client*>(handle->data); });
}

void add_reply(std::vector<uv_buf_t>& answer, const ReplyBlock& block) {
  if (!answer.empty() && answer.back().base == block.bytes.data() &&
      answer.back().len < block.bytes.size()) {
    answer.back().len += block.size;
  } else {
    answer.push_back(
        uv_buf_init(const_cast<char*>(block.bytes.data()), static_cast<unsigned>(block.size)));
  }
}

// The rest of an answer that the socket did not take at once.
struct Rest {
  uv_write_t request{};
  std::string bytes;
};

void write_rest(Client& client, const std::vector<uv_buf_t>& answer, std::size_t written) {
  auto* const rest = new Rest;
  rest->request.data = rest;
  for (const uv_buf_t& range : answer) {
    const std::size_t skipped = std::min(written, range.len);
    rest->bytes.append(range.base + skipped, range.len - skipped);
    written -= skipped;
  }
  const uv_buf_t buffer =
      uv_buf_init(rest->bytes.data(), static_cast<unsigned>(rest->bytes.size()));
  const int status =
      uv_write(&rest->request, stream_of(client.handle), &buffer, 1,
               [](uv_write_t* request, int) { delete static_cast<Rest*>(request->data); });
  if (status != 0) delete rest;
}

void add_constants(Client& client, std::string_view bytes) {
  Floor& floor = client.floor;
  client.commands.feed(bytes, [&](std::size_t words, const char*) {
    add_reply(floor.answer, words == words_of_a_get ? floor.value : floor.ok);
  });
}

void add_values(Client& client, std::string_view bytes) {
  Floor& floor = client.floor;
  floor.copies.clear();
  client.commands.feed(bytes, [&](std::size_t words, const char* end) {
    const auto received = bytes.substr(0, static_cast<std::size_t>(end - bytes.data()));
    if (words == words_of_a_get) {
      floor.copies += floor.array->reply_to(received);
    } else {
      floor.array->store(received);
      floor.copies += "+OK\r\n";
    }
  });
  if (floor.copies.empty()) return;
  floor.answer.push_back(
      uv_buf_init(floor.copies.data(), static_cast<unsigned>(floor.copies.size())));
}

void answer_commands(Client& client, std::string_view bytes) {
  std::vector<uv_buf_t>& answer = client.floor.answer;
  answer.clear();
  if (client.floor.array) {
    add_values(client, bytes);
  } else {
    add_constants(client, bytes);
  }
  if (answer.empty()) return;
  std::size_t size = 0;
  for (const uv_buf_t& range : answer) size += range.len;
  const int taken =
      uv_try_write(stream_of(client.handle), answer.data(), static_cast<unsigned>(answer.size()));
  const std::size_t written = taken > 0 ? static_cast<std::size_t>(taken) : 0;
  if (taken < 0 && taken != UV_EAGAIN) return close_client(client);
  if (written < size) write_rest(client, answer, written);
}

void on_connection(uv_stream_t* listener, int status) {
  if (status != 0) return;
  auto* const client = new Client(*static_cast<Floor*>(listener->data));
  uv_tcp_init(listener->loop, &client->handle);
  if (uv_accept(listener, stream_of(client->handle)) != 0) return close_client(*client);
  uv_tcp_nodelay(&client->handle, 1);
  uv_read_start(
      stream_of(client->handle),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        std::vector<char>& shared = static_cast<Client*>(handle->data)->floor.read_buffer;
        *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        Client& peer = *static_cast<Client*>(stream->data);
        if (count < 0) return close_client(peer);
        answer_commands(peer, std::string_view(buffer->base, static_cast<std::size_t>(count)));
      });
}

template <typename Number>
Number number_of(const char* word) {
  Number number{};
  const char* const end = word + std::strlen(word);
  const auto [rest, error] = std::from_chars(word, end, number);
  if (error == std::errc() && rest == end) return number;
  std::fprintf(stderr, "cachekit-compare-floor: '%s' is no number that fits here\n", word);
  std::exit(2);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3 && count != 4) {
    std::fprintf(stderr, "usage: cachekit-compare-floor PORT VALUE_BYTES [KEYS]\n");
    return 2;
  }
  const auto value_bytes = number_of<std::size_t>(words[2]);
  Floor floor(value_bytes);
  if (count == 4) floor.array.emplace(number_of<std::size_t>(words[3]), value_bytes);
  uv_loop_t* const loop = uv_default_loop();
  uv_tcp_t listener{};
  listener.data = &floor;
  uv_tcp_init(loop, &listener);
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", number_of<std::uint16_t>(words[1]), &address);
  check(uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0), "bind");
  check(uv_listen(stream_of(listener), backlog, on_connection), "listen");
  return uv_run(loop, UV_RUN_DEFAULT);
}
