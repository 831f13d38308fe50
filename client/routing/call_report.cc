#include "client/routing/call_report.h"

#include <algorithm>
#include <vector>

#include "client/metrics/class_of_command.h"
#include "client/routing/batch.h"

namespace cachekit::routing {
namespace {

std::string_view first_word(const Request& request) {
  return request.size() > 0 ? request[0] : std::string_view();
}

const protocol::CommandSpec* spec_of(const EndedRequest& ended) {
  if (ended.route != nullptr) return ended.route->spec;
  return protocol::find_command(first_word(*ended.request));
}

}  // namespace

void CallReport::follow(Batch& batch) {
  if (is_traced()) batch.trace(log_);
}

void CallReport::look_at(const Request& request, const Route& route) const {
  if (observers_.hot_keys == nullptr) return;
  for (std::size_t i = 0; i < route.keys.count; ++i) {
    observers_.hot_keys->note_call(request[key_position(route.keys, i)], route.writes, began_);
  }
}

void CallReport::end(io::Time ended, std::size_t requests) {
  took_ = std::max(ended - began_, io::Duration::zero());
  is_pipelined_ = requests > 1;
  is_told_ = is_traced() && observers_.tracer->wants(took_);
  if (is_told_) log_.close();
}

void CallReport::note(const EndedRequest& ended) {
  const protocol::CommandSpec* const spec = spec_of(ended);
  const CommandClass command_class = metrics::class_of(spec);
  ++calls_[command_class];
  if (ended.code != Code::ok) observers_.calls.note_failure(ended.code);
  if (is_told_) tell(ended, command_class, spec);
}

void CallReport::finish() const {
  for (const CommandClass command_class : command_classes) {
    const std::uint64_t calls = calls_[command_class];
    if (calls > 0) observers_.calls.note_ended(command_class, took_, calls);
  }
}

void CallReport::tell(const EndedRequest& ended, CommandClass command_class,
                      const protocol::CommandSpec* spec) const {
  metrics::Tracer& tracer = *observers_.tracer;
  const std::vector<Attempt> attempts =
      log_.attempts_of(ended.first_command, ended.commands, began_);
  Span span;
  span.command = !ended.name.empty() ? ended.name
                 : spec != nullptr   ? spec->name
                                     : first_word(*ended.request);
  span.command_class = command_class;
  span.began = metrics::Tracer::calendar_time_of(began_);
  span.duration = took_;
  span.code = ended.code;
  if (!attempts.empty()) {
    span.shard = attempts.back().shard;
    span.node = attempts.back().node;
  }
  if (ended.route != nullptr) {
    span.keys = ended.route->keys.count;
    if (tracer.tells_keys() && span.keys > 0) span.key = (*ended.request)[ended.route->keys.first];
  }
  span.pipelined = is_pipelined_;
  span.hedged = std::ranges::any_of(attempts, &Attempt::hedged);
  span.attempts = attempts;
  tracer.tell(span);
}

void report_unrouted(const Observers& observers, const Request& request, io::Time began,
                     io::Time ended, Code code) {
  CallReport report(observers, began);
  report.end(ended);
  report.note({.request = &request, .code = code});
  report.finish();
}

void report_near_hit(metrics::Tracer& tracer, std::string_view key, io::Time began) {
  Span span;
  span.command = "GET";
  span.command_class = CommandClass::read;
  span.began = metrics::Tracer::calendar_time_of(began);
  span.duration = io::Clock::now() - began;
  span.keys = 1;
  if (tracer.tells_keys()) span.key = key;
  span.near_cache = true;
  tracer.tell(span);
}

}  // namespace cachekit::routing
