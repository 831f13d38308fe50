#include "client/loop/lookup.h"

#include <memory>
#include <utility>

namespace cachekit::loop {
namespace {

struct Lookup {
  uv_work_t work{};
  io::Resolver& resolver;
  topology::NodeAddress node;
  io::Time deadline;
  std::function<void(Addresses)> told;
  Addresses addresses;
};

Lookup& lookup_of(uv_work_t* work) { return *static_cast<Lookup*>(work->data); }

void ask(uv_work_t* work) {
  Lookup& lookup = lookup_of(work);
  lookup.addresses = lookup.resolver.resolve(lookup.node, lookup.deadline);
}

void tell(uv_work_t* work, int) {
  const std::unique_ptr<Lookup> lookup(&lookup_of(work));
  lookup->told(std::move(lookup->addresses));
}

}  // namespace

void look_up(uv_loop_t& loop, io::Resolver& resolver, const topology::NodeAddress& node,
             io::Time deadline, std::function<void(Addresses)> told) {
  auto lookup = std::unique_ptr<Lookup>(new Lookup{.resolver = resolver,
                                                   .node = node,
                                                   .deadline = deadline,
                                                   .told = std::move(told),
                                                   .addresses = {}});
  lookup->work.data = lookup.get();
  uv_queue_work(&loop, &lookup.release()->work, ask, tell);
}

}  // namespace cachekit::loop
