#include "bench/compare/load_run.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <vector>

#include "bench/compare/load_connection.h"
#include "bench/compare/request_batch.h"

namespace cachekit::bench::compare {
namespace {

using Clock = LoadConnection::Clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t receive_buffer_bytes = std::size_t{256} << 10;
constexpr int wait_ms = 100;  // also how late a stalled server's run ends
constexpr Seconds check_interval{0.02};
constexpr Seconds stall_limit{30};

class LoadRun {
 public:
  explicit LoadRun(const LoadOptions& options)
      : options_(options), batch_(options), random_(options.seed), buffer_(receive_buffer_bytes) {}
  ~LoadRun() {
    if (epoll_ >= 0) ::close(epoll_);
  }
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  tl::expected<LoadResult, std::string> run();

 private:
  bool connect();
  void turn();
  void on_event(const epoll_event& event);
  void receive(LoadConnection& connection);
  void send_batch(LoadConnection& connection);
  void watch(LoadConnection& connection, int operation, bool to_send);
  std::uint64_t next_key();
  void check_time();
  void begin_counting();
  bool is_over() const;
  void fail(std::string sentence) {
    if (failure_.empty()) failure_ = std::move(sentence);
  }

  const LoadOptions& options_;
  RequestBatch batch_;
  std::mt19937_64 random_;
  std::vector<char> buffer_;
  std::vector<LoadConnection> connections_;
  int epoll_ = -1;
  Clock::time_point now_ = Clock::now();
  Clock::time_point began_ = now_;
  Clock::time_point checked_ = now_;
  Clock::time_point last_reply_ = now_;
  bool counting_ = false;
  bool over_ = false;
  std::uint64_t next_fill_key_ = 0;
  std::size_t idle_connections_ = 0;  // that have nothing left to fill
  ProcessCpu server_at_begin_;
  LoadResult result_;
  std::string failure_;
};

bool LoadRun::connect() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  connections_.reserve(options_.connections);
  for (std::size_t i = 0; i < options_.connections; ++i) {
    auto connection = LoadConnection::open(options_);
    if (!connection) {
      fail(connection.error());
      return false;
    }
    watch(connections_.emplace_back(std::move(*connection)), EPOLL_CTL_ADD, false);
  }
  return true;
}

void LoadRun::watch(LoadConnection& connection, int operation, bool to_send) {
  epoll_event event{};
  event.events = to_send ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_, operation, connection.descriptor(), &event);
}

std::uint64_t LoadRun::next_key() {
  if (options_.operation == Operation::fill) return next_fill_key_++;
  // The upper half of 32 random bits times the range: uniform, and without a division.
  return ((random_() >> 32) * options_.keys) >> 32;
}

void LoadRun::send_batch(LoadConnection& connection) {
  std::size_t requests = options_.depth;
  if (options_.operation == Operation::fill) {
    requests =
        static_cast<std::size_t>(std::min<std::uint64_t>(requests, options_.keys - next_fill_key_));
    if (requests == 0) {
      ++idle_connections_;
      return;
    }
  }
  for (std::size_t i = 0; i < requests; ++i) batch_.set_key(i, next_key());
  if (!connection.send(batch_.bytes(requests), requests, now_)) {
    return fail(fmt::format("cannot send: {}", std::strerror(errno)));
  }
  if (connection.has_rest()) watch(connection, EPOLL_CTL_MOD, true);
}

void LoadRun::receive(LoadConnection& connection) {
  const ssize_t size = ::recv(connection.descriptor(), buffer_.data(), buffer_.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return fail("the server has closed a connection");
  const auto count =
      connection.received(std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
  if (!connection.failure().empty()) {
    return fail(fmt::format("the server answered '{}'", connection.failure()));
  }
  result_.requests += count.replies;
  result_.misses += count.misses;
  if (!connection.answered()) return;
  now_ = last_reply_ = Clock::now();
  result_.latency.record(now_ - connection.sent_at());
  send_batch(connection);
}

void LoadRun::on_event(const epoll_event& event) {
  LoadConnection& connection = *static_cast<LoadConnection*>(event.data.ptr);
  if ((event.events & EPOLLOUT) != 0) {
    if (!connection.send_rest()) return fail(fmt::format("cannot send: {}", std::strerror(errno)));
    if (!connection.has_rest()) watch(connection, EPOLL_CTL_MOD, false);
  }
  if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive(connection);
}

void LoadRun::turn() {
  std::array<epoll_event, 64> events{};
  const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
  now_ = Clock::now();
  for (int i = 0; i < ready && failure_.empty(); ++i) on_event(events[static_cast<std::size_t>(i)]);
  check_time();
}

void LoadRun::begin_counting() {
  counting_ = true;
  result_ = {};
  began_ = now_;
  server_at_begin_ = process_cpu(options_.server_pid);
}

bool LoadRun::is_over() const {
  if (options_.operation == Operation::fill) return idle_connections_ == connections_.size();
  if (now_ - began_ >= Seconds(options_.seconds)) return true;
  return options_.server_cpu_s > 0 &&
         process_cpu(options_.server_pid).total_s() - server_at_begin_.total_s() >=
             options_.server_cpu_s;
}

void LoadRun::check_time() {
  if (now_ - last_reply_ > stall_limit) return fail("the server has answered nothing for long");
  if (options_.operation != Operation::fill && now_ - checked_ < check_interval) return;
  checked_ = now_;
  if (!counting_) {
    if (now_ - began_ >= Seconds(options_.warmup_s)) begin_counting();
  } else {
    over_ = is_over();
  }
}

tl::expected<LoadResult, std::string> LoadRun::run() {
  if (!connect()) return tl::unexpected(failure_);
  if (options_.operation == Operation::fill) begin_counting();
  for (LoadConnection& connection : connections_) send_batch(connection);
  while (!over_ && failure_.empty()) turn();
  if (!failure_.empty()) return tl::unexpected(failure_);
  const ProcessCpu server = process_cpu(options_.server_pid);
  result_.server = {server.user_s - server_at_begin_.user_s,
                    server.system_s - server_at_begin_.system_s};
  result_.elapsed_s = Seconds(Clock::now() - began_).count();
  return std::move(result_);
}

}  // namespace

tl::expected<LoadResult, std::string> run_load(const LoadOptions& options) {
  return LoadRun(options).run();
}

}  // namespace cachekit::bench::compare
