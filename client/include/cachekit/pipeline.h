// Many commands in one go.
//
//   auto pipeline = client.pipeline();
//   auto session = pipeline.get("user:123:session");
//   auto views = pipeline.incr("page:views:123");
//   pipeline.execute();
//   if (views.result()) std::cout << *views.result();
//
// The commands are split by shard, sent to all shards in parallel, and each shard executes its own
// in call order. Nothing orders commands on different shards, and other clients' commands may come
// in between: a pipeline is no transaction. Each command succeeds or fails by itself, and is
// retried by itself under the same rule as a single call. GETs and MGETs of what a near-cache has,
// and the pipeline does not write, are answered from there.
//
// Thread rule: one thread at a time. The Client must outlive the Pipeline.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "cachekit/commands.h"

namespace cachekit {

namespace api {
class PipelineState;
}

/// The answer to a pipelined command, there after execute(). May outlive the Pipeline.
template <class T>
class Pending {
 public:
  /// Before execute(): invalid_argument.
  const Result<T>& result() const { return *result_; }

 private:
  friend class Pipeline;

  Pending()
      : result_(std::make_shared<Result<T>>(
            tl::unexpected(Status(Code::invalid_argument, "the pipeline has not been executed")))) {
  }

  std::shared_ptr<Result<T>> result_;
};

class Pipeline : public Commands<Pipeline, Pending> {
 public:
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  /// Sends what was called since the last execute() and waits for all answers. Fails, with the
  /// first failure in call order, if any command failed; the others' results are there all the
  /// same.
  Status execute();

  /// Commands not executed yet.
  std::size_t size() const;

  /// For Commands.
  template <class T>
  Pending<T> run(Operation<T> operation) {
    Pending<T> pending;
    add(std::move(operation.request),
        [result = pending.result_, decode = operation.decode](Result<Value> reply) {
          *result = reply ? decode(*std::move(reply)) : tl::unexpected(std::move(reply.error()));
          return result->has_value() ? Status() : result->error();
        });
    return pending;
  }

 private:
  friend class Client;

  /// Takes the reply, answers whether the command succeeded.
  using Completion = std::function<Status(Result<Value>)>;

  explicit Pipeline(std::unique_ptr<api::PipelineState> state);
  void add(Request request, Completion completion);

  std::unique_ptr<api::PipelineState> state_;
};

}  // namespace cachekit
