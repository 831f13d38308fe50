#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cachekit::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t piece_bytes = std::size_t{16} << 10;
// On its way in one direction of one connection; beyond it the sender waits.
constexpr std::size_t most_bytes_under_way = std::size_t{256} << 10;
// Enough of a connection to know it by.
constexpr std::size_t opening_bytes = 256;
constexpr int backlog = 128;

sockaddr_in parse(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in parsed{};
  parsed.sin_family = AF_INET;
  if (colon == std::string::npos ||
      ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &parsed.sin_addr) != 1) {
    throw std::runtime_error("'" + address + "' is not host:port with a numeric host");
  }
  parsed.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  return parsed;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  operator int() const { return number_; }

 private:
  int number_;
};

void send_at_once(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// The other side is to see a reset, not an end.
void reset_at_close(int descriptor) {
  const linger now{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

// What one side says to the other.
struct Stream {
  struct Piece {
    std::string bytes;  // none: the end
    Clock::time_point due;
  };

  std::deque<Piece> pieces;
  std::size_t written = 0;  // of the first piece
  std::size_t under_way = 0;
  Clock::time_point last_due{};
  bool ended = false;   // all has been read
  bool closed = false;  // all has been written

  bool wants_to_read(const Way& way) const {
    return !way.cut && !ended && under_way < most_bytes_under_way;
  }
  bool wants_to_write(const Way& way, Clock::time_point now) const {
    return !way.cut && !pieces.empty() && pieces.front().due <= now;
  }
};

struct Pair {
  Descriptor client;
  Descriptor target;
  std::string opening = {};
  Stream up = {};  // to the target
  Stream down = {};
  bool broken = false;

  bool done() const { return broken || (up.closed && down.closed); }
};

}  // namespace

class TcpProxy::Loop {
 public:
  Loop(const std::string& target, std::uint64_t seed)
      : target_(parse(target)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        random_(seed) {
    sockaddr_in own = parse("127.0.0.1:0");
    socklen_t size = sizeof own;
    auto* const generic = reinterpret_cast<sockaddr*>(&own);
    if (listener_ < 0 || waker_ < 0 || ::bind(listener_, generic, size) != 0 ||
        ::listen(listener_, backlog) != 0 || ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("a proxy cannot listen on the loopback interface");
    }
    const std::string port = std::to_string(ntohs(own.sin_port));
    address_ = "127.0.0.1:" + port;
    target_text_ = target;
    if (target_.sin_port == 0) {
      target_.sin_port = own.sin_port;
      target_text_.replace(target.rfind(':') + 1, std::string::npos, port);
    }
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    stopping_ = true;
    wake();
    thread_.join();
  }

  const std::string& address() const { return address_; }
  const std::string& target() const { return target_text_; }

  void set(const LinkState& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    wake();
  }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(waker_, &one, sizeof one);
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wait(lock);
      for (Pair& pair : pairs_) serve(pair);
      std::erase_if(pairs_, [](const Pair& pair) { return pair.done(); });
      take_connections();
    }
    for (const Pair& pair : pairs_) reset_at_close(pair.client);
  }

  bool concerns(const Pair& pair) const {
    return state_.opening.empty() || pair.opening.find(state_.opening) != std::string::npos;
  }
  Way way_up(const Pair& pair) const { return concerns(pair) ? state_.to_target : Way(); }
  Way way_down(const Pair& pair) const { return concerns(pair) ? state_.to_client : Way(); }

  bool takes_connections() const { return !state_.opening.empty() || !state_.to_target.cut; }

  // A descriptor that nothing is wanted of is not watched at all: its end would be told for ever.
  static pollfd watch(int descriptor, bool reads, bool writes) {
    const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
    return {events != 0 ? descriptor : -1, static_cast<short>(events), 0};
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    const Clock::time_point now = Clock::now();
    std::vector<pollfd> watched{{waker_, POLLIN, 0},
                                {takes_connections() ? int{listener_} : -1, POLLIN, 0}};
    std::chrono::microseconds longest = std::chrono::hours(1);
    for (const Pair& pair : pairs_) {
      const Way up = way_up(pair);
      const Way down = way_down(pair);
      watched.push_back(
          watch(pair.client, pair.up.wants_to_read(up), pair.down.wants_to_write(down, now)));
      watched.push_back(
          watch(pair.target, pair.down.wants_to_read(down), pair.up.wants_to_write(up, now)));
      for (const auto& [stream, way] : {std::pair(&pair.up, &up), std::pair(&pair.down, &down)}) {
        if (way->cut || stream->pieces.empty() || stream->pieces.front().due <= now) continue;
        longest = std::min(longest, std::chrono::ceil<std::chrono::microseconds>(
                                        stream->pieces.front().due - now));
      }
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
    const timespec limit{seconds.count(), std::chrono::nanoseconds(longest - seconds).count()};
    lock.unlock();
    ::ppoll(watched.data(), watched.size(), &limit, nullptr);
    lock.lock();
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(waker_, &count, sizeof count);
  }

  void take_connections() {
    while (takes_connections()) {
      Descriptor client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client < 0) return;
      Descriptor target(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      send_at_once(client);
      send_at_once(target);
      const auto* const generic = reinterpret_cast<const sockaddr*>(&target_);
      if (::connect(target, generic, sizeof target_) != 0 && errno != EINPROGRESS) {
        reset_at_close(client);
        continue;
      }
      pairs_.push_back({std::move(client), std::move(target)});
    }
  }

  void serve(Pair& pair) {
    const bool well = read(pair, pair.client, pair.up, way_up(pair)) &&
                      read(pair, pair.target, pair.down, way_down(pair)) &&
                      write(pair.up, pair.target, way_up(pair)) &&
                      write(pair.down, pair.client, way_down(pair));
    if (well) return;
    pair.broken = true;
    reset_at_close(pair.client);
    reset_at_close(pair.target);
  }

  // False if the connection has broken.
  bool read(Pair& pair, int from, Stream& stream, const Way& way) {
    while (stream.wants_to_read(way)) {
      std::array<char, piece_bytes> bytes;
      const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      const std::string_view piece(bytes.data(), static_cast<std::size_t>(count));
      if (from == pair.client && pair.opening.size() < opening_bytes) {
        pair.opening.append(piece.substr(0, opening_bytes));
      }
      stream.ended = piece.empty();
      stream.under_way += piece.size();
      stream.last_due = std::max(stream.last_due, due_of(piece.size(), stream.last_due, way));
      stream.pieces.push_back({std::string(piece), stream.last_due});
    }
    return true;
  }

  Clock::time_point due_of(std::size_t size, Clock::time_point last_due, const Way& way) {
    const Clock::time_point now = Clock::now();
    const auto chance = [this] { return std::uniform_real_distribution<>()(random_); };
    Clock::time_point due = now + way.delay;
    if (way.jitter.count() > 0) {
      due += std::chrono::duration_cast<Clock::duration>(way.jitter * chance());
    }
    if (way.loss > 0 && chance() < way.loss) due += way.repeated_after;
    if (way.bytes_per_second == 0) return due;
    const std::chrono::duration<double> length(static_cast<double>(size) /
                                               static_cast<double>(way.bytes_per_second));
    return std::max(due, last_due) + std::chrono::duration_cast<Clock::duration>(length);
  }

  static bool write(Stream& stream, int to, const Way& way) {
    while (stream.wants_to_write(way, Clock::now())) {
      const std::string& piece = stream.pieces.front().bytes;
      if (piece.empty()) {
        ::shutdown(to, SHUT_WR);
        stream.closed = true;
        stream.pieces.pop_front();
        return true;
      }
      const ssize_t count =
          ::send(to, piece.data() + stream.written, piece.size() - stream.written, MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      stream.written += static_cast<std::size_t>(count);
      if (stream.written < piece.size()) return true;
      stream.under_way -= piece.size();
      stream.written = 0;
      stream.pieces.pop_front();
    }
    return true;
  }

  sockaddr_in target_;
  Descriptor listener_;
  Descriptor waker_;
  std::string address_;
  std::string target_text_;
  std::mt19937_64 random_;
  std::list<Pair> pairs_;
  std::mutex mutex_;  // held but while it waits, so that a new state holds when set() returns
  LinkState state_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

TcpProxy::TcpProxy(const std::string& target, std::uint64_t seed)
    : loop_(std::make_unique<Loop>(target, seed)) {}
TcpProxy::~TcpProxy() = default;

const std::string& TcpProxy::address() const { return loop_->address(); }
const std::string& TcpProxy::target() const { return loop_->target(); }

void TcpProxy::set(const LinkState& state) { loop_->set(state); }

}  // namespace cachekit::test
