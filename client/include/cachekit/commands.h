// The methods that Client and Pipeline share: one for each command.
//
// The names and meanings are Redis's: https://redis.io/commands. Outcome<T> is Result<T> on a
// Client, which answers at once, and Pending<T> on a Pipeline, which answers after execute().
//
// Keys and values are any bytes, up to 512 MiB. Any method may fail with unavailable,
// deadline_exceeded or outcome_unknown, and with wrong_type if the key holds a value of another
// type; see status.h. Commands on several keys of several shards are divided where they can be
// (mget, mset, del, unlink, exists, touch), otherwise refused with invalid_argument: keys with one
// {tag}, such as "{user:1}:a" and "{user:1}:b", lie on one shard.

#pragma once

#include <initializer_list>
#include <string_view>

#include "cachekit/commands/hashes.h"
#include "cachekit/commands/keys.h"
#include "cachekit/commands/lists.h"
#include "cachekit/commands/sets.h"
#include "cachekit/commands/strings.h"
#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class Commands : public KeyCommands<Derived, Outcome>,
                 public StringCommands<Derived, Outcome>,
                 public ListCommands<Derived, Outcome>,
                 public SetCommands<Derived, Outcome>,
                 public HashCommands<Derived, Outcome> {
 public:
  using OptionalString = cachekit::OptionalString;

  /// Any command of the node, routed by its keys. One without keys needs Client::command_on.
  Outcome<Value> command(Strings words) {
    return static_cast<Derived&>(*this).run(operations::command(words));
  }
  Outcome<Value> command(std::initializer_list<std::string_view> words) {
    return command(Strings(words.begin(), words.size()));
  }
};

}  // namespace cachekit
