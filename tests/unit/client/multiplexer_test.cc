#include "client/io/multiplexer.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::io {
namespace {

const Status lost(Code::unavailable, "lost");

/// A job of requests `ECHO word`, as the multiplexer meets it.
struct EchoJob {
  explicit EchoJob(std::vector<std::string> words) {
    for (const std::string& word : words) requests.push_back(Request{"ECHO", word});
    for (const Request& request : requests)
      job.calls.push_back({.request = &request, .answer = {}});
  }

  Answer::Kind kind(std::size_t call = 0) const { return job.calls[call].answer.kind; }
  std::string reply(std::size_t call = 0) const {
    const auto* text = job.calls[call].answer.reply.get_if<std::string>();
    return text != nullptr ? *text : "";
  }

  std::deque<Request> requests;
  Job job;
  Ticket ticket{job};
};

std::string wire(const std::string& word) {
  return fmt::format("*2\r\n$4\r\nECHO\r\n${}\r\n{}\r\n", word.size(), word);
}

std::string take(Multiplexer& multiplexer) {
  std::string bytes;
  multiplexer.take_unsent(bytes);
  return bytes;
}

std::string take_and_send(Multiplexer& multiplexer) {
  std::string bytes = take(multiplexer);
  multiplexer.note_sent(bytes.size());
  return bytes;
}

Ticket* deliver(Multiplexer& multiplexer, const std::string& word) {
  return multiplexer.deliver(Value(Value::Variant(word)), Time()).finished;
}

int break_off(Multiplexer& multiplexer, const Status& failure = lost, bool sending = false) {
  int finished = 0;
  multiplexer.break_off(failure, sending, [&](Ticket&) { ++finished; });
  return finished;
}

TEST_CASE("requests of several jobs leave together, and each gets its own reply") {
  Multiplexer multiplexer;
  EchoJob a({"a"});
  EchoJob b({"b1", "b2"});
  multiplexer.add(a.ticket);
  multiplexer.add(b.ticket);
  CHECK(multiplexer.under_way() == 0);
  CHECK(take_and_send(multiplexer) == wire("a") + wire("b1") + wire("b2"));
  CHECK(multiplexer.under_way() == 2);
  CHECK(deliver(multiplexer, "a") == &a.ticket);
  CHECK(deliver(multiplexer, "b1") == nullptr);
  CHECK(deliver(multiplexer, "b2") == &b.ticket);
  CHECK(a.reply() == "a");
  CHECK(b.reply(0) == "b1");
  CHECK(b.reply(1) == "b2");
  CHECK(multiplexer.under_way() == 0);
}

TEST_CASE("a reply that nobody asked for") {
  Multiplexer multiplexer;
  CHECK(!multiplexer.deliver(Value(), Time()).expected);
  EchoJob unsent({"a"});
  multiplexer.add(unsent.ticket);
  CHECK(!multiplexer.deliver(Value(), Time()).expected);
}

TEST_CASE("what is given up before anybody has taken it is never sent") {
  Multiplexer multiplexer;
  EchoJob a({"a"});
  EchoJob b({"b"});
  EchoJob c({"c"});
  for (EchoJob* each : {&a, &b, &c}) multiplexer.add(each->ticket);
  multiplexer.give_up(b.ticket, lost);
  CHECK(b.kind() == Answer::Kind::not_sent);
  CHECK(take_and_send(multiplexer) == wire("a") + wire("c"));
  CHECK(deliver(multiplexer, "a") == &a.ticket);
  CHECK(deliver(multiplexer, "c") == &c.ticket);
}

TEST_CASE("what is given up under way may have been executed, and its late reply reaches nobody") {
  Multiplexer multiplexer;
  EchoJob late({"late"});
  EchoJob next({"next"});
  multiplexer.add(late.ticket);
  multiplexer.add(next.ticket);
  take(multiplexer);
  multiplexer.give_up(late.ticket, lost);
  CHECK(late.kind() == Answer::Kind::unanswered);
  CHECK(deliver(multiplexer, "late") == nullptr);
  CHECK(deliver(multiplexer, "next") == &next.ticket);
  CHECK(next.reply() == "next");
}

TEST_CASE("many are given up at once, under way or not, and what is left is sent in its order") {
  Multiplexer multiplexer;
  EchoJob sent_late({"sent late"});
  EchoJob sent({"sent"});
  EchoJob a({"a1", "a2"});
  EchoJob late({"late"});
  EchoJob b({"b"});
  multiplexer.add(sent_late.ticket);
  multiplexer.add(sent.ticket);
  take_and_send(multiplexer);
  for (EchoJob* each : {&a, &late, &b}) multiplexer.add(each->ticket);
  std::vector<Ticket*> finished;
  multiplexer.give_up_if(
      [&](const Ticket& ticket) {
        const bool is_late = &ticket == &sent_late.ticket || &ticket == &late.ticket;
        return is_late ? std::optional(lost) : std::nullopt;
      },
      [&](Ticket& ticket) { finished.push_back(&ticket); });
  CHECK(finished == std::vector<Ticket*>{&sent_late.ticket, &late.ticket});
  CHECK(sent_late.kind() == Answer::Kind::unanswered);
  CHECK(late.kind() == Answer::Kind::not_sent);
  CHECK(take_and_send(multiplexer) == wire("a1") + wire("a2") + wire("b"));
  CHECK(deliver(multiplexer, "sent late") == nullptr);
  CHECK(deliver(multiplexer, "sent") == &sent.ticket);
  deliver(multiplexer, "a1");
  CHECK(deliver(multiplexer, "a2") == &a.ticket);
  CHECK_FALSE(multiplexer.empty());
  CHECK(deliver(multiplexer, "b") == &b.ticket);
  CHECK(multiplexer.empty());
}

TEST_CASE("when the connection breaks, only what was wholly handed over may have been executed") {
  Multiplexer multiplexer;
  EchoJob answered({"a1", "a2"});
  EchoJob cut({"cut"});
  EchoJob unsent({"unsent"});
  multiplexer.add(answered.ticket);
  multiplexer.add(cut.ticket);
  multiplexer.note_sent(take(multiplexer).size() - 1);
  multiplexer.add(unsent.ticket);
  deliver(multiplexer, "a1");
  CHECK(break_off(multiplexer) == 2);
  CHECK(answered.kind(0) == Answer::Kind::replied);
  CHECK(answered.kind(1) == Answer::Kind::unanswered);
  CHECK(cut.kind() == Answer::Kind::not_sent);
  CHECK(take_and_send(multiplexer) == wire("unsent"));
  CHECK(deliver(multiplexer, "unsent") == &unsent.ticket);
}

TEST_CASE("while somebody sends, all that he took may have been executed") {
  Multiplexer multiplexer;
  EchoJob job({"a"});
  multiplexer.add(job.ticket);
  take(multiplexer);
  CHECK(break_off(multiplexer, lost, true) == 1);
  CHECK(job.kind() == Answer::Kind::unanswered);
}

TEST_CASE("of a stream that cannot be read, the first answer is the unreadable one") {
  Multiplexer multiplexer;
  EchoJob a({"a"});
  EchoJob b({"b"});
  multiplexer.add(a.ticket);
  multiplexer.add(b.ticket);
  take_and_send(multiplexer);
  break_off(multiplexer, Status(Code::protocol_error, "nonsense"));
  CHECK(a.kind() == Answer::Kind::unreadable);
  CHECK(b.kind() == Answer::Kind::unanswered);
}

TEST_CASE("without a connection nothing is sent") {
  Multiplexer multiplexer;
  EchoJob a({"a"});
  EchoJob b({"b"});
  multiplexer.add(a.ticket);
  multiplexer.add(b.ticket);
  multiplexer.give_up(b.ticket, lost);
  int finished = 0;
  multiplexer.refuse_all(lost, true, [&](Ticket&) { ++finished; });
  CHECK(finished == 1);
  CHECK(a.kind() == Answer::Kind::not_sent);
  CHECK(a.job.calls[0].answer.refused);
  CHECK(!multiplexer.has_unsent());
}

// A node that echoes, and a connection that takes any number of bytes and breaks at any moment.
TEST_CASE("at random, no job ever gets another's reply") {
  std::mt19937_64 random(test::seed());
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
  Multiplexer multiplexer;
  std::deque<std::unique_ptr<EchoJob>> open;
  std::string sending;
  std::deque<std::string> echoes;  // of what was handed over, as words
  std::string arrived;
  int number = 0;
  int right = 0;
  const auto close = [&](Ticket& ticket) {
    const auto is_it = [&](const auto& job) { return &job->ticket == &ticket; };
    const auto job = std::find_if(open.begin(), open.end(), is_it);
    REQUIRE(job != open.end());
    for (std::size_t i = 0; i < (*job)->job.calls.size(); ++i) {
      if ((*job)->kind(i) != Answer::Kind::replied) continue;
      CHECK((*job)->reply(i) == (*job)->requests[i][1]);
      ++right;
    }
    open.erase(job);
  };
  for (int step = 0; step < 20'000; ++step) {
    if (chance(3)) {
      std::vector<std::string> words(1 + random() % 3);
      for (std::string& word : words) word = std::to_string(++number);
      multiplexer.add(open.emplace_back(std::make_unique<EchoJob>(words))->ticket);
    }
    if (sending.empty() && multiplexer.has_unsent() && chance(3)) multiplexer.take_unsent(sending);
    if (!sending.empty()) {
      const std::size_t bytes = random() % (sending.size() + 1);
      multiplexer.note_sent(bytes);
      arrived += sending.substr(0, bytes);
      sending.erase(0, bytes);
    }
    for (std::size_t end;
         (end = arrived.find("\r\n", arrived.find("ECHO") + 6)) != std::string::npos &&
         arrived.find("ECHO") != std::string::npos;) {
      const std::size_t last = arrived.find("\r\n", end + 2);
      if (last == std::string::npos) break;
      echoes.push_back(arrived.substr(end + 2, last - end - 2));
      arrived.erase(0, last + 2);
    }
    if (!echoes.empty() && chance(2)) {
      if (Ticket* ticket = deliver(multiplexer, echoes.front())) close(*ticket);
      echoes.pop_front();
    }
    if (!open.empty() && chance(20)) {
      EchoJob& job = *open[random() % open.size()];
      multiplexer.give_up(job.ticket, lost);
      close(job.ticket);
    }
    if (chance(100)) {
      multiplexer.give_up_if(
          [&](const Ticket&) { return chance(2) ? std::optional(lost) : std::nullopt; }, close);
    }
    if (chance(200)) {
      multiplexer.break_off(lost, false, close);
      sending.clear();
      arrived.clear();
      echoes.clear();
    }
  }
  CHECK(right > 1000);
}

}  // namespace
}  // namespace cachekit::io
