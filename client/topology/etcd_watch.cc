#include "client/topology/etcd_watch.h"

#include <algorithm>
#include <random>
#include <utility>

namespace cachekit::topology {
namespace {

using std::chrono::milliseconds;

/// How long a member has to put a watch in place.
constexpr auto creation_timeout = EtcdCaller::attempt_timeout;

/// Bounds of the pauses before the next stream; the first again after a stream that has lived so
/// long.
constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1000};
constexpr milliseconds long_life{1000};

/// A change that the caller has seen and a stream has not told of for so long: the member at its
/// other end hangs, though its machine keeps the connection up.
constexpr milliseconds deaf_after{500};

}  // namespace

EtcdWatch::EtcdWatch(EtcdPlace place, EtcdCaller& caller)
    : place_(std::move(place)),
      caller_(caller),
      multi_(make_multi()),
      back_off_(first_pause, longest_pause, std::random_device()()) {}

EtcdWatch::~EtcdWatch() { close(); }

void EtcdWatch::interrupt() {
  interrupted_ = true;
  curl_multi_wakeup(multi_.get());
}

void EtcdWatch::wake() {
  if (created_) return;
  woken_ = true;
  curl_multi_wakeup(multi_.get());
}

std::optional<std::int64_t> EtcdWatch::wait(Seen seen, io::Time deadline) {
  while (!interrupted_ && !woken_.exchange(false)) {
    const io::Time now = io::Clock::now();
    if (open_) {
      if (const auto told = advance(now)) return *told;
      if (open_ && is_deaf(seen, now)) fail(now);
    }
    if (now >= deadline) break;
    if (!open_ && now >= next_opening_) {
      std::optional<std::string> token = caller_.token();
      // Without the token that it needs it leaves the caller, who looks then, to get one.
      if (token) {
        open(seen.revision == 0 ? 0 : seen.revision + 1, *std::move(token), now);
        continue;
      }
      next_opening_ = deadline;
    }
    io::Time next = deadline;
    if (!open_) next = std::min(next, next_opening_);
    if (open_ && !created_) next = std::min(next, opened_at_ + creation_timeout);
    sleep_until(next, now);
  }
  return std::nullopt;
}

void EtcdWatch::sleep_until(io::Time time, io::Time now) {
  const auto left = std::chrono::ceil<milliseconds>(time - now).count();
  curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::clamp<long>(left, 1, 60'000)),
                  nullptr);
}

void EtcdWatch::open(std::int64_t start_revision, std::string token, io::Time now) {
  lines_ = etcd::LineSplitter();
  created_ = false;
  overflow_ = false;
  owes_since_.reset();
  opened_at_ = now;
  told_ = start_revision == 0 ? 0 : start_revision - 1;
  post_.prepare(place_.members[member_], etcd::watch_request(place_.key(), start_revision), token,
                HttpPost::Connection::own, milliseconds(0), [this](std::string_view piece) {
                  overflow_ = !lines_.add(piece);
                  return !overflow_;
                });
  open_ = curl_multi_add_handle(multi_.get(), post_.handle()) == CURLM_OK;
  if (!open_) fail(now);
}

void EtcdWatch::close() {
  created_ = false;
  if (std::exchange(open_, false)) curl_multi_remove_handle(multi_.get(), post_.handle());
}

void EtcdWatch::fail(io::Time now) {
  close();
  if (now - opened_at_ >= long_life) back_off_.reset();
  next_opening_ = now + back_off_.next();
  member_ = (member_ + 1) % place_.members.size();
}

// What has come in the meantime: something to tell, or nothing; the stream may be closed then.
std::optional<std::int64_t> EtcdWatch::advance(io::Time now) {
  int running = 0;
  curl_multi_perform(multi_.get(), &running);
  const auto told = take_lines(now);
  if (!open_ || told) return told;
  if (overflow_) {
    fail(now);
    return 0;  // there has been something, so the caller looks
  }
  const bool late = !created_ && now - opened_at_ >= creation_timeout;
  if (late || ended()) fail(now);
  return std::nullopt;
}

std::optional<std::int64_t> EtcdWatch::take_lines(io::Time now) {
  std::optional<std::int64_t> news;
  while (const auto text = lines_.next()) {
    const auto line = etcd::read_watch_line(*text);
    if (!line || line->canceled) {
      if (line && etcd::wants_token(line->reason)) caller_.forget_token();
      // What has been compacted away cannot be told; what is there now can be read.
      if (line && line->compacted) news = news.value_or(0);
      fail(now);
      break;
    }
    // Whoever has read nothing may have missed what was before.
    const bool first = line->created && told_ == 0;
    created_ = created_ || line->created;
    if (!line->changed && !first) continue;
    told_ = std::max(told_, line->revision);
    news = told_;
  }
  return news;
}

bool EtcdWatch::ended() {
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return false;
  constexpr long unauthorized = 401;
  if (post_.status() == unauthorized) caller_.forget_token();
  return true;
}

bool EtcdWatch::is_deaf(Seen seen, io::Time now) {
  if (!created_ || seen.mod_revision <= told_) {
    owes_since_.reset();
    return false;
  }
  if (!owes_since_) owes_since_ = now;
  return now - *owes_since_ >= deaf_after;
}

}  // namespace cachekit::topology
