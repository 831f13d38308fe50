#include "client/routing/single_call.h"

#include <utility>

#include "client/metrics/class_of_command.h"
#include "client/routing/run_batch.h"
#include "client/routing/split.h"

namespace cachekit::routing {

SingleCall::SingleCall(const RoutingTerms& terms, io::Engine& engine, const Request& request,
                       io::Time began, io::Time deadline)
    : terms_(terms),
      engine_(engine),
      request_(request),
      began_(began),
      deadline_(deadline),
      view_(terms.views.get()) {}

Result<Value> SingleCall::run() {
  const Result<Route> route = route_by_keys(request_);
  if (!route || !is_plain(*route)) return run_as_batch(std::nullopt);
  const NodeList& nodes = view_->nodes_of(view_->shard_of(request_[route->keys.first]));
  io::Node& primary = *nodes.front();
  if (primary.breaker().is_open()) return run_as_batch(std::nullopt);

  sent_at_ = engine_.now();
  io::Job job = make_job(*route, nodes);
  primary.retry_budget().note_first_attempts(1, terms_.policy.retry_share);
  engine_.exchange(job, deadline_);
  const io::Answer& answer = job.calls.front().answer;
  const bool is_final = answer.kind == io::Answer::Kind::replied &&
                        judge(answer, route->retry, terms_.policy) == Verdict::deliver;
  return is_final ? finish(*route, job) : run_as_batch(std::move(job));
}

bool SingleCall::is_plain(const Route& route) const {
  const bool has_concern = route.writes && terms_.policy.write_replicas > 0;
  return route.keys.count == 1 && !has_concern && terms_.preference == nullptr &&
         terms_.hedging == nullptr && terms_.observers.tracer == nullptr;
}

/// As a batch would make it.
io::Job SingleCall::make_job(const Route& route, const NodeList& nodes) const {
  io::Job job;
  job.node = nodes.front().get();
  job.calls.resize(1);
  job.calls.front().request = &request_;
  job.shares = route.spec != nullptr;
  if (route.writes) {
    job.demotions = job.node->demotions();
  } else if (nodes.size() > 1) {
    job.deadline = sent_at_ + terms_.policy.read_attempt_timeout;
  }
  return job;
}

Result<Value> SingleCall::finish(const Route& route, io::Job& job) {
  const io::Time ended = engine_.now();
  io::Answer& answer = job.calls.front().answer;
  job.node->breaker().note_answer();
  metrics::NodeMeter& meter = job.node->meter();
  meter.replies[metrics::class_of(route.spec)].record(ended - sent_at_);
  if (const Code code = code_of(answer); code != Code::ok) meter.note_error_reply(code);

  Result<Value> result = whole_answer(route, result_of(answer));
  CallReport report(terms_.observers, began_);
  report.look_at(request_, route);
  report.end(ended);
  report.note(
      {.request = &request_, .route = &route, .code = result ? Code::ok : result.error().code()});
  report.finish();
  return result;
}

Result<Value> SingleCall::run_as_batch(std::optional<io::Job> attempt) {
  RoutedCall call(terms_, view_, engine_, std::span(&request_, 1), began_, deadline_);
  Batch& batch = call.batch();
  batch.begin();
  if (attempt) batch.resume(*std::move(attempt), sent_at_);
  finish_batch(batch, engine_);
  return std::move(call.results().front());
}

}  // namespace cachekit::routing
