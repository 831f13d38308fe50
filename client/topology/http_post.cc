#include "client/topology/http_post.h"

#include <new>
#include <utility>

namespace cachekit::topology {
namespace {

// A connection over which nothing comes is found dead after about twenty seconds; until then its
// user looks for himself.
constexpr long keepalive_idle_s = 5;
constexpr long keepalive_interval_s = 2;

// Once for the process, however many threads begin at the same time. There is no end: another part
// of the process may use libcurl.
void start_libcurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::bad_alloc();
}

CURL* new_easy() {
  start_libcurl();
  CURL* const handle = curl_easy_init();
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

std::unique_ptr<curl_slist, ListCleanup> make_headers(const std::string& token) {
  std::unique_ptr<curl_slist, ListCleanup> headers;
  const auto add = [&](const char* line) {
    curl_slist* const longer = curl_slist_append(headers.get(), line);
    if (longer == nullptr) throw std::bad_alloc();
    (void)headers.release();
    headers.reset(longer);
  };
  add("Content-Type: application/json");
  add("Expect:");  // no asking beforehand whether a long body is welcome
  // A member that is cut off from the others ends a watch instead of keeping silent.
  add("Grpc-Metadata-hasleader: true");
  if (!token.empty()) add(("Authorization: " + token).c_str());
  return headers;
}

}  // namespace

MultiHandle make_multi() {
  start_libcurl();
  MultiHandle handle(curl_multi_init());
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

HttpPost::HttpPost() : handle_(new_easy()) {}

void HttpPost::prepare(const std::string& member, const etcd::Request& request,
                       const std::string& token, Connection connection,
                       std::chrono::milliseconds limit, Sink sink) {
  CURL* const handle = handle_.get();
  curl_easy_reset(handle);
  body_ = request.body;
  sink_ = std::move(sink);
  headers_ = make_headers(token);
  curl_easy_setopt(handle, CURLOPT_URL, ("http://" + member + request.path).c_str());
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body_.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &HttpPost::receive);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, connection == Connection::own ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPIDLE, keepalive_idle_s);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPINTVL, keepalive_interval_s);
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name that is still being looked up when the time is over is not waited for.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
}

long HttpPost::status() const {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

bool HttpPost::sent() const {
  long bytes = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

// libcurl takes any other number than that of the bytes for a failure.
std::size_t HttpPost::receive(char* bytes, std::size_t size, std::size_t count, void* post) {
  const std::size_t total = size * count;
  return static_cast<HttpPost*>(post)->sink_({bytes, total}) ? total : 0;
}

}  // namespace cachekit::topology
