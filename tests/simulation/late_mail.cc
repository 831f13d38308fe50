#include "tests/simulation/late_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cachekit::simulation {

void LateMail::repeat_an_order() {
  const auto& orders = kept_.orders;
  if (!orders.empty()) deliver(orders[world_.random() % orders.size()]);
}

void LateMail::repeat_to_new_life(Host host) {
  std::vector<Letter> mail;
  std::ranges::copy_if(kept_.orders, std::back_inserter(mail),
                       [&](const Letter& letter) { return letter.to == host; });
  if (!mail.empty() && world_.chance(0.5)) deliver(mail[world_.random() % mail.size()]);
}

void LateMail::repeat_an_epoch(std::uint64_t before) {
  constexpr std::uint64_t oldest = 3;
  const std::uint64_t age = 1 + world_.random() % oldest;
  if (age >= before) return;
  const bool whole = world_.chance(0.5);
  for (const auto* letters : {&kept_.orders, &kept_.requests}) {
    for (const Letter& letter : *letters) {
      if (letter.epoch != before - age) continue;
      if (whole || world_.chance(0.5)) deliver(letter);
    }
  }
}

void LateMail::deliver(const Letter& letter) {
  world_.tell(fmt::format("what was said in epoch {} reaches {} again", letter.epoch, letter.to));
  network_.connect(from_, letter.to, [this, bytes = letter.bytes](std::shared_ptr<End> end) {
    if (!end) return;
    ++delivered_;
    end->on_bytes = [this](const std::string& answer) { world_.tell("its answer: " + answer); };
    end->send(bytes);
    connections_.push_back(std::move(end));
  });
}

}  // namespace cachekit::simulation
