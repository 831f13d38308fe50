// The commands, once, for Client and Pipeline alike.

#pragma once

#include "bindings/python/binder.h"
#include "bindings/python/commands/hashes.h"
#include "bindings/python/commands/keys.h"
#include "bindings/python/commands/lists.h"
#include "bindings/python/commands/sets.h"
#include "bindings/python/commands/strings.h"

namespace cachekit::python {

template <class Self, class Class, class Call>
void bind_commands(Class& bound, Call call) {
  Binder<Self, Class, Call> bind(bound, call);
  bind_string_commands(bind);
  bind_key_commands(bind);
  bind_list_commands(bind);
  bind_set_commands(bind);
  bind_hash_commands(bind);
}

}  // namespace cachekit::python
