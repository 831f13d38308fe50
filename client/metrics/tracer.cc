#include "client/metrics/tracer.h"

namespace cachekit::metrics {
namespace {

thread_local bool is_telling = false;

}  // namespace

std::chrono::system_clock::time_point Tracer::calendar_time_of(Time time) {
  const auto ago = std::chrono::steady_clock::now() - time;
  return std::chrono::system_clock::now() -
         std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
}

void Tracer::tell(const Span& span) {
  if (is_telling) return;
  is_telling = true;
  if (options_.on_span) call(options_.on_span, span);
  if (options_.on_slow && span.duration >= options_.slow_threshold) call(options_.on_slow, span);
  is_telling = false;
}

void Tracer::call(const std::function<void(const Span&)>& hook, const Span& span) {
  try {
    hook(span);
  } catch (...) {
    failures_.add();
  }
}

}  // namespace cachekit::metrics
