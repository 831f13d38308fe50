#include "tests/simulation/simulated_engine.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "client/io/node.h"
#include "client/io/reply_reader.h"
#include "protocol/command_writer.h"
#include "tests/simulation/simulated_node.h"

namespace cachekit::simulation {
namespace {

std::string bytes_of(const io::Job& job) {
  std::string bytes;
  for (const io::Call& call : job.calls) {
    protocol::append_command_header(bytes, call.request->size());
    for (std::size_t i = 0; i < call.request->size(); ++i) {
      protocol::append_argument(bytes, (*call.request)[i]);
    }
  }
  return bytes;
}

}  // namespace

// One job on its way. What comes when it is over finds no job.
struct SimulatedEngine::Flight {
  explicit Flight(io::Job& of) : job(&of) {}
  ~Flight() {
    if (end) end->close();
  }

  void finish(bool refused = false) {
    for (std::size_t i = answered; i < job->calls.size(); ++i) {
      io::Answer& answer = job->calls[i].answer;
      answer.kind = sent ? io::Answer::Kind::unanswered : io::Answer::Kind::not_sent;
      answer.refused = refused;
      answer.failure = Status(Code::unavailable, "no answer");
    }
    job = nullptr;
    if (end) end->close();
  }

  io::Job* job;
  std::shared_ptr<End> end = {};
  io::ReplyReader reader{io::ReplyLimits{}};
  std::size_t answered = 0;
  bool sent = false;
};

double SimulatedEngine::random() {
  constexpr double range = 1U << 30;
  return static_cast<double>(world_.random() % (1U << 30)) / range;
}

Micros SimulatedEngine::micros_of(io::Time time) {
  const auto since = time - io::Time(std::chrono::hours(1));
  return std::chrono::ceil<std::chrono::microseconds>(since).count();
}

// All that is said to a node at once, by what comes last: a copy of the topology may stand before.
void SimulatedEngine::keep(Host to, const io::Job& job) {
  if (mail_ == nullptr) return;
  const Request& last = *job.calls.back().request;
  const bool is_order = last[0] == "CACHEKIT.ROLE";
  const bool is_request = last[0] == "CACHEKIT.PROMISE" || last[0] == "CACHEKIT.HANDOVER";
  if (!is_order && !is_request) return;
  Letter letter{.to = to, .bytes = bytes_of(job)};
  std::from_chars(last[1].data(), last[1].data() + last[1].size(), letter.epoch);
  (is_order ? mail_->orders : mail_->requests).push_back(std::move(letter));
}

void SimulatedEngine::take_off(const std::shared_ptr<Flight>& flight) {
  const std::weak_ptr<Flight> weak = flight;
  const auto fly = [weak](auto what) {
    if (const auto found = weak.lock(); found && found->job != nullptr) what(*found);
  };
  const Host target = SimulatedNode::host_of(flight->job->node->name());
  network_.connect(host_, target, [this, fly, target](std::shared_ptr<End> end) {
    fly([&](Flight& here) {
      if (!end) {
        here.finish(true);
        return world_.wake(*actor_);
      }
      here.end = end;
      end->on_close = [this, fly] {
        fly([&](Flight& closed) {
          closed.finish();
          world_.wake(*actor_);
        });
      };
      end->on_bytes = [this, fly](const std::string& bytes) {
        fly([&](Flight& answered) {
          std::vector<Value> replies;
          (void)answered.reader.read(bytes, replies);
          for (Value& reply : replies) {
            io::Answer& answer = answered.job->calls[answered.answered++].answer;
            answer.kind = io::Answer::Kind::replied;
            answer.reply = std::move(reply);
            if (answered.answered == answered.job->calls.size()) {
              answered.finish();
              return world_.wake(*actor_);
            }
          }
        });
      };
      keep(target, *here.job);
      here.sent = true;
      end->send(bytes_of(*here.job));
    });
  });
}

class SimulatedEngine::Carrier final : public io::Carrier {
 public:
  Carrier(SimulatedEngine& engine, io::Time deadline) : engine_(engine), deadline_(deadline) {}

  void carry(io::Job& job) override {
    flights_.push_back({&job, std::make_shared<Flight>(job)});
    engine_.take_off(flights_.back().flight);
  }

  std::vector<io::Job*> wait(io::Time until) override {
    while (true) {
      io::Time first = until;
      for (const auto& [job, flight] : flights_) {
        const io::Time end = std::min(deadline_, job->deadline);
        if (flight->job != nullptr && end <= engine_.now()) flight->finish();
        first = std::min(first, end);
      }
      std::vector<io::Job*> over;
      std::erase_if(flights_, [&](const One& one) {
        if (one.flight->job != nullptr) return false;
        over.push_back(one.job);
        return true;
      });
      if (!over.empty() || until <= engine_.now()) return over;
      engine_.sleep_until(first);
    }
  }

  void abandon(io::Job& job) override {
    std::erase_if(flights_, [&](const One& one) { return one.job == &job; });
  }

 private:
  struct One {
    io::Job* job;
    std::shared_ptr<Flight> flight;
  };

  SimulatedEngine& engine_;
  const io::Time deadline_;
  std::vector<One> flights_;
};

std::unique_ptr<io::Carrier> SimulatedEngine::make_carrier(io::Time deadline) {
  return std::make_unique<Carrier>(*this, deadline);
}

void SimulatedEngine::exchange(std::span<io::Job* const> jobs, io::Time deadline) {
  Carrier carrier(*this, deadline);
  for (io::Job* const job : jobs) carrier.carry(*job);
  for (std::size_t over = 0; over < jobs.size();) over += carrier.wait(io::Time::max()).size();
}

}  // namespace cachekit::simulation
