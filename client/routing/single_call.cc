#include "client/routing/single_call.h"

#include <span>
#include <utility>

#include "client/metrics/class_of_command.h"
#include "client/routing/call_report.h"
#include "client/routing/split.h"

namespace cachekit::routing {

SingleCall::SingleCall(const RoutingTerms& terms, io::Environment& environment,
                       const Request& request, io::Time began, io::Time deadline)
    : terms_(terms),
      environment_(environment),
      request_(request),
      began_(began),
      deadline_(deadline),
      view_(terms.views.get()),
      route_(route_by_keys(request)) {}

void SingleCall::begin() {
  if (!is_plain()) return go_on_as_batch();
  const NodeList& nodes = view_->nodes_of(view_->shard_of(request_[route_->keys.first]));
  has_replicas_ = nodes.size() > 1;
  first_.node = nodes.front().get();
  if (first_.node->breaker().is_open()) go_on_as_batch();
}

bool SingleCall::is_plain() const {
  if (!route_ || route_->keys.count != 1) return false;
  const bool has_concern = route_->writes && terms_.policy.write_replicas > 0;
  return !has_concern && terms_.preference == nullptr && terms_.hedging == nullptr &&
         terms_.observers.tracer == nullptr;
}

// The job is as a batch would make it.
io::Job* SingleCall::launch_first() {
  if (phase_ != Phase::due) return nullptr;
  phase_ = Phase::under_way;
  sent_at_ = environment_.now();
  first_.calls.resize(1);
  first_.calls.front().request = &request_;
  first_.shares = route_->spec != nullptr;
  if (route_->writes) {
    first_.demotions = first_.node->demotions();
  } else if (has_replicas_) {
    first_.deadline = sent_at_ + terms_.policy.read_attempt_timeout;
  }
  first_.node->retry_budget().note_first_attempts(1, terms_.policy.retry_share);
  return &first_;
}

void SingleCall::settle(io::Job& job) {
  if (phase_ == Phase::batch) return call_->batch().settle(job);
  if (!is_answered()) return go_on_as_batch();
  answered_at_ = environment_.now();
  phase_ = Phase::answered;
}

bool SingleCall::is_answered() const {
  const io::Answer& answer = first_.calls.front().answer;
  return answer.kind == io::Answer::Kind::replied &&
         judge(answer, route_->retry, terms_.policy) == Verdict::deliver;
}

void SingleCall::abandon(const Status& why) {
  abandoned_ = why;
  if (phase_ == Phase::due) go_on_as_batch();
  if (phase_ == Phase::batch) call_->batch().abandon(why);
}

void SingleCall::go_on_as_batch() {
  const bool has_attempt = phase_ == Phase::under_way;
  phase_ = Phase::batch;
  call_ = std::make_unique<RoutedCall>(terms_, view_, environment_, std::span(&request_, 1), began_,
                                       deadline_);
  Batch& batch = call_->batch();
  batch.begin();
  if (!has_attempt) return;
  io::Job& attempt = batch.adopt(std::move(first_), sent_at_);
  if (!abandoned_.ok()) batch.abandon(abandoned_);
  batch.settle(attempt);
}

Result<Value> SingleCall::result() {
  return phase_ == Phase::batch ? std::move(call_->results().front()) : first_result();
}

Result<Value> SingleCall::first_result() {
  io::Answer& answer = first_.calls.front().answer;
  first_.node->breaker().note_answer();
  metrics::NodeMeter& meter = first_.node->meter();
  meter.replies[metrics::class_of(route_->spec)].record(answered_at_ - sent_at_);
  if (const Code code = code_of(answer); code != Code::ok) meter.note_error_reply(code);

  Result<Value> result = whole_answer(*route_, result_of(answer));
  CallReport report(terms_.observers, began_);
  report.look_at(request_, *route_);
  report.end(answered_at_);
  report.note(
      {.request = &request_, .route = &*route_, .code = result ? Code::ok : result.error().code()});
  report.finish();
  return result;
}

}  // namespace cachekit::routing
