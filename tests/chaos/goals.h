// What a run must have shown, by its fault.

#pragma once

#include "tests/chaos/report.h"

namespace cachekit::chaos {

/// Adds a violation for each goal that was missed. Bounds on time are `slack` times as long: 1 on a
/// machine that does nothing else.
void judge(Report& report, double slack);

}  // namespace cachekit::chaos
