#include "client/routing/error_reply.h"

#include <algorithm>
#include <array>
#include <string>

namespace cachekit::routing {
namespace {

/// An error's kind is its first word.
std::string_view kind_of(std::string_view error_text) {
  return error_text.substr(0, error_text.find(' '));
}

constexpr std::array<std::string_view, 7> passing_refusals = {
    "LOADING",     // the node reads its data, or copies it from its primary
    "MASTERDOWN",  // a replica without its primary that may not answer from old data
    "TRYAGAIN",    // the key is being moved
    "CLUSTERDOWN",
    "BUSY",        // a script holds the node
    "READONLY",    // a write came to a replica, as during a promotion
    "NOREPLICAS",  // a primary with too few replicas to take writes
};

constexpr std::array<std::string_view, 4> credential_errors = {"NOAUTH", "WRONGPASS", "NOPERM",
                                                               "DENIED"};

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

bool was_refused(std::string_view error_text) {
  return is_one_of(passing_refusals, kind_of(error_text)) ||
         error_text.starts_with("ERR max number of clients");
}

Status status_of_error(std::string_view error_text) {
  const std::string_view kind = kind_of(error_text);
  Code code = Code::server_error;
  if (kind == "WRONGTYPE") code = Code::wrong_type;
  if (kind == "OOM") code = Code::out_of_memory;
  if (is_one_of(credential_errors, kind)) code = Code::unauthenticated;
  return Status(code, std::string(error_text));
}

}  // namespace cachekit::routing
