// libcurl's handles, and what all requests to etcd have in common: POST over plain HTTP/1.1, by no
// proxy, following no redirect, with an answer of bounded size, and without signals.
//
// Thread rule: a handle is used by one thread at a time.

#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cachekit/status.h"
#include "client/topology/etcd_messages.h"

namespace cachekit::topology {

struct EasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiCleanup {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using MultiHandle = std::unique_ptr<CURLM, MultiCleanup>;

MultiHandle make_multi();

/// A request at a time, over a connection that stays.
class HttpPost {
 public:
  /// Takes a piece of the body of the answer; false: it has seen enough.
  using Sink = std::function<bool(std::string_view piece)>;

  HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  enum class Connection : std::uint8_t {
    kept,  ///< One from before, if there is any; libcurl then sends again if it turns out dead.
    own,   ///< Nothing is sent twice.
  };

  /// `member` is "host:port"; an empty token is not sent; no time: no limit.
  void prepare(const std::string& member, const etcd::Request& request, const std::string& token,
               Connection connection, std::chrono::milliseconds limit, Sink sink);

  CURLcode perform() { return curl_easy_perform(handle_.get()); }

  CURL* handle() const { return handle_.get(); }

  /// Of the answer; 0 before there is one.
  long status() const;

  /// Whether anything of the request may have reached the member.
  bool sent() const;

 private:
  static std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* post);

  std::string body_;
  Sink sink_;
  std::unique_ptr<curl_slist, ListCleanup> headers_;
  std::unique_ptr<CURL, EasyCleanup> handle_;
};

}  // namespace cachekit::topology
