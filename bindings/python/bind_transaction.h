// Transactions, for Client and AsyncClient alike.

#pragma once

#include <cachekit/operation.h>
#include <cachekit/transaction.h>
#include <pybind11/stl.h>

#include <optional>
#include <utility>
#include <vector>

#include "bindings/python/binder.h"

namespace cachekit::python {

inline std::vector<Request> requests_of(const std::vector<std::vector<Bytes>>& commands) {
  std::vector<Request> requests;
  for (const std::vector<Bytes>& words : commands) {
    Request& request = requests.emplace_back();
    for (const Bytes& word : words) request.add(word.bytes);
  }
  return requests;
}

template <class Self, class Class, class Call>
void bind_transaction(Class& bound, Call call) {
  const auto as_list = [](Result<std::vector<Value>> answers) {
    return to_python(Value(value_or_throw(std::move(answers))));
  };
  bound.def(
      "transaction",
      [call, as_list](Self self, const Bytes& key, const std::vector<std::vector<Bytes>>& commands,
                      std::optional<int> write_replicas) {
        const std::vector<Request> requests = requests_of(commands);
        return call(
            self,
            [&](auto& target) {
              return target.transaction(key.bytes, requests, {.write_replicas = write_replicas});
            },
            as_list);
      },
      "key"_a, "commands"_a, py::kw_only(), "write_replicas"_a = py::none(),
      "Executes commands on keys of one shard, that of key, one after the other with nothing in "
      "between, all of them or none: transaction(\"n\", [(\"INCR\", \"n\"), (\"PEXPIRE\", \"n\", "
      "\"1000\")]). A list of their answers; an error of a single command stands among them as an "
      "exception and undoes nothing. write_replicas instead of the client's.");
}

}  // namespace cachekit::python
