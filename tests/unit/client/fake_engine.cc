#include "tests/unit/client/fake_engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cachekit::test {
namespace {

void fill(io::Call& call, io::Answer::Kind kind, Code code, const char* why) {
  call.answer = {.kind = kind, .reply = {}, .failure = Status(code, why)};
}

Value value_or_nil(const std::map<std::string, std::string>& data, std::string_view key) {
  const auto found = data.find(std::string(key));
  return found == data.end() ? Value() : Value(found->second);
}

std::string describe(const Request& request) {
  std::string text;
  for (std::size_t i = 0; i < request.size(); ++i) text.append(i > 0 ? " " : "").append(request[i]);
  return text;
}

}  // namespace

void FakeEngine::sleep_until(io::Time time) { now_ = std::max(now_, time); }

void FakeEngine::script(const std::string& node, std::deque<Behaviour> behaviours) {
  scripts_[node] = std::move(behaviours);
}

void FakeEngine::meet(io::Job& job) {
  std::deque<Behaviour>& script = scripts_[job.node->name()];
  Behaviour behaviour = default_ ? default_ : executes();
  if (!script.empty()) {
    behaviour = std::move(script.front());
    script.pop_front();
  }
  ++jobs_[job.node->name()];
  behaviour(job);
}

void FakeEngine::exchange(std::span<io::Job* const> jobs, io::Time deadline) {
  for (io::Job* const job : jobs) meet(*job);
  now_ = std::min(now_, deadline);
}

/// Each job takes its time by itself.
class FakeEngine::Carrier final : public io::Carrier {
 public:
  Carrier(FakeEngine& engine, io::Time deadline) : engine_(engine), deadline_(deadline) {}
  ~Carrier() override { engine_.abandoned_ += static_cast<int>(over_at_.size()); }

  void carry(io::Job& job) override {
    const io::Time start = engine_.now_;
    engine_.meet(job);
    over_at_.emplace(std::min(std::exchange(engine_.now_, start), deadline_), &job);
  }

  std::vector<io::Job*> wait(io::Time until) override {
    const io::Time first = over_at_.empty() ? io::Time::max() : over_at_.begin()->first;
    engine_.sleep_until(std::min(first, until));
    std::vector<io::Job*> over;
    while (!over_at_.empty() && over_at_.begin()->first <= engine_.now_) {
      over.push_back(over_at_.begin()->second);
      over_at_.erase(over_at_.begin());
    }
    return over;
  }

  void abandon(io::Job& job) override {
    std::erase_if(over_at_, [&](const auto& entry) { return entry.second == &job; });
    ++engine_.abandoned_;
  }

 private:
  FakeEngine& engine_;
  const io::Time deadline_;
  std::multimap<io::Time, io::Job*> over_at_;
};

std::unique_ptr<io::Carrier> FakeEngine::make_carrier(io::Time deadline) {
  return std::make_unique<Carrier>(*this, deadline);
}

FakeEngine::Behaviour FakeEngine::executes() {
  return
      [this](io::Job& job) { breaks(job.calls.size(), job.calls.size(), job.calls.size())(job); };
}

FakeEngine::Behaviour FakeEngine::unreachable() { return breaks(0, 0, 0); }

FakeEngine::Behaviour FakeEngine::answers(std::string error) {
  return [error](io::Job& job) {
    for (io::Call& call : job.calls) {
      call.answer = {io::Answer::Kind::replied, Value(Value::ErrorText{error}), {}};
    }
  };
}

FakeEngine::Behaviour FakeEngine::hangs() {
  return [this](io::Job& job) {
    now_ += std::chrono::milliseconds(500);
    for (io::Call& call : job.calls) {
      fill(call, io::Answer::Kind::unanswered, Code::deadline_exceeded, "no answer in time");
    }
  };
}

FakeEngine::Behaviour FakeEngine::never_connects() {
  return [this](io::Job& job) {
    now_ += std::chrono::hours(1);
    for (io::Call& call : job.calls) {
      fill(call, io::Answer::Kind::not_sent, Code::deadline_exceeded, "no connection in time");
    }
  };
}

FakeEngine::Behaviour FakeEngine::breaks(std::size_t answered, std::size_t executed,
                                         std::size_t taken) {
  return [=, this](io::Job& job) {
    for (std::size_t i = 0; i < job.calls.size(); ++i) {
      Value reply;
      if (i < executed) reply = execute(*job.calls[i].request);
      if (i < answered) {
        job.calls[i].answer = {io::Answer::Kind::replied, std::move(reply), {}};
      } else {
        fill(job.calls[i], i < taken ? io::Answer::Kind::unanswered : io::Answer::Kind::not_sent,
             Code::unavailable, "the connection broke");
      }
    }
  };
}

Value FakeEngine::execute(const Request& request) {
  executed_.push_back(&request);
  history_ += describe(request) + "; ";
  const std::string_view name = request[0];
  const std::string key(request[1]);
  if (name == "GET") return value_or_nil(data_, key);
  if (name == "SET") {
    data_[key] = std::string(request[2]);
    return Value(Value::SimpleString{"OK"});
  }
  if (name == "INCR") {
    const std::int64_t next = data_.contains(key) ? std::stoll(data_[key]) + 1 : 1;
    data_[key] = std::to_string(next);
    return Value(next);
  }
  if (name == "DEL") {
    std::int64_t count = 0;
    for (std::size_t i = 1; i < request.size(); ++i) {
      count += static_cast<std::int64_t>(data_.erase(std::string(request[i])));
    }
    return Value(count);
  }
  if (name == "MGET") {
    Value::Array values;
    for (std::size_t i = 1; i < request.size(); ++i) {
      values.push_back(value_or_nil(data_, request[i]));
    }
    return Value(std::move(values));
  }
  throw std::logic_error("the fake node does not know " + std::string(name));
}

}  // namespace cachekit::test
