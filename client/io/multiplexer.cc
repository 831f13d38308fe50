#include "client/io/multiplexer.h"

#include <algorithm>
#include <utility>

#include "protocol/command_writer.h"

namespace cachekit::io {
namespace {

void append(std::string& bytes, const Request& request) {
  protocol::append_command_header(bytes, request.size());
  for (std::size_t i = 0; i < request.size(); ++i) protocol::append_argument(bytes, request[i]);
}

/// Fills in the answers that are missing. A node may have executed what was wholly among the bytes
/// of the job that were handed over.
void lose(const Ticket& ticket, const Status& failure, std::uint64_t handed_over) {
  std::vector<Call>& calls = ticket.job->calls;
  for (std::size_t i = ticket.answered; i < calls.size(); ++i) {
    calls[i].answer.failure = failure;
    if (calls[i].end <= handed_over) calls[i].answer.kind = Answer::Kind::unanswered;
  }
}

}  // namespace

void Multiplexer::add(Ticket& ticket) {
  const std::uint64_t begin = taken_ + unsent_.size();
  for (Call& call : ticket.job->calls) {
    append(unsent_, *call.request);
    call.end = taken_ + unsent_.size() - begin;
  }
  queue_.push_back({.ticket = &ticket,
                    .replies_left = ticket.job->calls.size(),
                    .begin = begin,
                    .end = taken_ + unsent_.size()});
  ++unsent_tickets_;
}

void Multiplexer::take_unsent(std::string& bytes) {
  bytes.swap(unsent_);
  taken_ += bytes.size();
  unsent_tickets_ = 0;
}

Multiplexer::Delivery Multiplexer::deliver(Value&& reply, Time now) {
  if (under_way() == 0) return {.expected = false, .finished = nullptr};
  Entry& entry = queue_.front();
  Ticket* const ticket = entry.ticket;
  if (ticket != nullptr) {
    Answer& answer = ticket->job->calls[ticket->answered++].answer;
    answer.kind = Answer::Kind::replied;
    answer.reply = std::move(reply);
    ticket->progress = now;
  }
  if (--entry.replies_left > 0) return {.expected = true, .finished = nullptr};
  queue_.pop_front();
  return {.expected = true, .finished = ticket};
}

void Multiplexer::give_up(Ticket& ticket, const Status& failure) {
  const auto entry = std::ranges::find(queue_, &ticket, &Entry::ticket);
  lose(ticket, failure, taken_ - std::min(taken_, entry->begin));
  entry->ticket = nullptr;
  if (entry->begin >= taken_) remove_unsent(entry);
}

void Multiplexer::remove_unsent(std::deque<Entry>::iterator entry) {
  const std::uint64_t size = entry->end - entry->begin;
  unsent_.erase(entry->begin - taken_, size);
  --unsent_tickets_;
  for (auto later = queue_.erase(entry); later != queue_.end(); ++later) {
    later->begin -= size;
    later->end -= size;
  }
}

void Multiplexer::give_up_if(const std::function<std::optional<Status>(const Ticket&)>& why_over,
                             const std::function<void(Ticket&)>& finish) {
  bool any_unsent = false;
  for (Entry& entry : queue_) {
    if (entry.ticket == nullptr) continue;
    const std::optional<Status> why = why_over(*entry.ticket);
    if (!why) continue;
    lose(*entry.ticket, *why, taken_ - std::min(taken_, entry.begin));
    any_unsent |= entry.begin >= taken_;
    finish(*std::exchange(entry.ticket, nullptr));
  }
  if (any_unsent) remove_unsent_that_are_given_up();
}

void Multiplexer::remove_unsent_that_are_given_up() {
  std::string kept;
  auto to = queue_.end() - static_cast<std::ptrdiff_t>(unsent_tickets_);
  for (auto from = to; from != queue_.end(); ++from) {
    if (from->ticket == nullptr) continue;
    Entry entry = *from;
    kept.append(unsent_, entry.begin - taken_, entry.end - entry.begin);
    entry.begin = taken_ + kept.size() - (entry.end - entry.begin);
    entry.end = taken_ + kept.size();
    *to++ = entry;
  }
  unsent_tickets_ -= static_cast<std::size_t>(queue_.end() - to);
  queue_.erase(to, queue_.end());
  unsent_ = std::move(kept);
}

Ticket* Multiplexer::lose_front(const Status& failure, std::uint64_t handed_over, bool first) {
  const Entry entry = queue_.front();
  queue_.pop_front();
  if (entry.ticket == nullptr) return nullptr;
  lose(*entry.ticket, failure, handed_over - std::min(handed_over, entry.begin));
  const bool unreadable =
      failure.code() == Code::protocol_error || failure.code() == Code::limit_exceeded;
  if (first && unreadable) {
    entry.ticket->job->calls[entry.ticket->answered].answer.kind = Answer::Kind::unreadable;
  }
  return entry.ticket;
}

Ticket& Multiplexer::refuse_front(const Status& failure, bool refused) {
  Ticket& ticket = *queue_.front().ticket;
  queue_.pop_front();
  lose(ticket, failure, 0);
  for (Call& call : ticket.job->calls) call.answer.refused = refused;
  return ticket;
}

}  // namespace cachekit::io
