#include "client/api/async_call.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/api/client_state.h"

namespace cachekit::api {
namespace {

// More would take the slow path of malloc for each call.
static_assert(sizeof(AsyncCall) <= 1024);

Status superseded() { return Status(Code::cancelled, "another node has answered"); }

}  // namespace

AsyncCall::AsyncCall(AsyncLoop& loop, Asked&& asked, Completion& told, std::stop_token stop,
                     io::Time deadline, bool has_budget)
    : loop_(loop),
      asked_(std::move(asked)),
      told_(told),
      stop_(std::move(stop)),
      deadline_(deadline),
      has_budget_(has_budget) {}

Status AsyncCall::stopped() { return Status(Code::cancelled, "the operation was cancelled"); }

Status AsyncCall::no_room() {
  return Status(Code::deadline_exceeded,
                "the time was over before fewer operations were under way");
}

void AsyncCall::start(AsyncLoop& loop, Asked&& asked, Completion& told, std::stop_token stop,
                      io::Time deadline, bool has_budget) {
  auto* const call =
      new AsyncCall(loop, std::move(asked), told, std::move(stop), deadline, has_budget);
  loop.note_started();
  loop.events().post(*call);
}

void AsyncCall::run() {
  loop_.add(*this);
  if (stop_.stop_possible()) on_stop_.emplace(stop_, PostStop{this});
  if (loop_.closing()) return finish(tl::unexpected(AsyncLoop::closed()));
  if (has_budget_) return begin();
  if (loop_.let_in(*this)) return begin_with_budget();
  loop_.events().alarms().set(*this, deadline_);
}

void AsyncCall::begin_with_budget() {
  has_budget_ = true;
  loop_.events().alarms().clear(*this);
  begin();
}

io::Time AsyncCall::began() const { return deadline_ - loop_.client().router().total_timeout(); }

void AsyncCall::begin() {
  const auto* const request = std::get_if<Request>(&asked_);
  caching::NearCache* const near_cache = loop_.client().near_cache();
  if (near_cache != nullptr && request != nullptr) {
    caching::NearAnswer known = caching::NearAnswer::look(*near_cache, *request);
    if (known.is_whole()) return end(known.take());
    if (known.is_part()) near_ = std::make_unique<caching::NearAnswer>(std::move(known));
  }
  if (near_cache != nullptr) begin_near(*near_cache, asked_);
  if (request == nullptr) {
    route(**std::get_if<std::unique_ptr<AskedTransaction>>(&asked_));
  } else {
    route(near_ != nullptr ? near_->rest() : *request);
  }
  with_routed([](auto& calls) { calls.begin(); });
  advance();
}

void AsyncCall::route(const Request& request) {
  routed_.emplace<routing::SingleCall>(loop_.client().router().terms(), loop_.events(), request,
                                       began(), deadline_);
}

void AsyncCall::route(const AskedTransaction& transaction) {
  routed_ = std::make_unique<routing::RoutedTransaction>(
      loop_.client().router().terms(), loop_.events(), transaction.key, transaction.requests,
      transaction.options.write_replicas, began(), deadline_);
}

/// Calls `visit` with what is driven to its end.
template <class Visit>
void AsyncCall::with_routed(Visit visit) {
  if (auto* const call = std::get_if<routing::SingleCall>(&routed_)) return visit(*call);
  visit(std::get<std::unique_ptr<routing::RoutedTransaction>>(routed_)->batch());
}

Result<Value> AsyncCall::take_result() {
  using Transaction = std::unique_ptr<routing::RoutedTransaction>;
  if (auto* const transaction = std::get_if<Transaction>(&routed_)) return (*transaction)->result();
  Result<Value> result = std::get<routing::SingleCall>(routed_).result();
  if (near_ == nullptr) return result;
  return near_->complete(std::move(result));
}

void AsyncCall::advance() {
  with_routed([this](auto& calls) {
    calls.launch([&](io::Job& job) {
      flights_.emplace_back(*this, job, deadline_);
      flights_.back().place = std::prev(flights_.end());
      loop_.events().carry(flights_.back());
    });
    if (calls.finished()) {
      if (flights_.empty()) finish(take_result());
      return;
    }
    if (const io::Time next = calls.next_start(); next != io::Time::max()) {
      loop_.events().alarms().set(*this, next);
    }
  });
}

void AsyncCall::settle(Flight& flight) {
  with_routed([&](auto& calls) {
    calls.settle(*flight.job);
    flights_.erase(flight.place);
    calls.drop_superseded([&](io::Job& job) { return drop(job); });
  });
  advance();
}

/// False if it has its answers, and is about to be settled.
bool AsyncCall::drop(io::Job& job) {
  const auto flight = std::ranges::find(flights_, &job, &Flight::job);
  if (flight->is_carried()) return false;
  loop_.events().abandon(*flight, superseded());
  flights_.erase(flight);
  return true;
}

/// A pause is over, or the time of one that has waited for room.
void AsyncCall::ring() {
  if (is_routed()) return advance();
  loop_.forget_waiting(*this);
  finish(tl::unexpected(no_room()));
}

void AsyncCall::abandon(const Status& why) {
  loop_.events().alarms().clear(*this);
  if (!is_routed()) {
    loop_.forget_waiting(*this);
    return finish(tl::unexpected(why));
  }
  with_routed([&](auto& calls) {
    calls.abandon(why);
    for (Flight& flight : flights_) {
      if (flight.is_carried()) continue;  // and about to be settled
      loop_.events().abandon(flight, why);
      calls.settle(*flight.job);
    }
  });
  std::erase_if(flights_, [](const Flight& flight) { return !flight.is_carried(); });
  if (flights_.empty()) finish(take_result());
}

void AsyncCall::post_stop() {
  note_posted_.store(true);
  loop_.events().post(stop_note_);
}

void AsyncCall::note_stop() {
  note_posted_.store(false);
  if (finished_) {
    delete this;
    return;
  }
  abandon(stopped());
}

void AsyncCall::finish(Result<Value>&& result) {
  loop_.events().alarms().clear(*this);
  ClientState& client = loop_.client();
  if (!is_routed()) {
    report_unrouted(client.router().observers(), asked_, began(), loop_.events().now(),
                    result.error().code());
  } else if (client.near_cache() != nullptr) {
    end_near(*client.near_cache(), asked_);
  }
  end(std::move(result));
}

/// Tells whoever waits, with what has been noted.
void AsyncCall::end(Result<Value>&& result) {
  if (has_budget_) loop_.budget().give(bytes());
  loop_.remove(*this);
  on_stop_.reset();
  AsyncLoop& loop = loop_;
  Completion& told = told_;
  finished_ = true;
  if (!note_posted_.load()) delete this;
  told.complete(std::move(result));
  loop.note_finished();
}

}  // namespace cachekit::api
