#include "tests/chaos/network/network.h"

#include <fmt/format.h>

namespace cachekit::chaos {

std::string Network::address_beside(std::size_t, const std::string& listed) const { return listed; }

Status Network::go_beside(std::size_t) const { return {}; }

Result<std::string> Network::guest_url(const std::string& url, const Topology&,
                                       const std::filesystem::path&) const {
  return url;
}

Status Network::cannot(const char* what) {
  return {Code::invalid_argument, fmt::format("a link of this network cannot be {}", what)};
}

}  // namespace cachekit::chaos
