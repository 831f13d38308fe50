// cachekit-node: wires options, log, node and server together in the open, and runs the loop.

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "node/node.h"
#include "node/options.h"
#include "node/server/server.h"
#include "node/version.h"

namespace cachekit::node {
namespace {

// Descriptors that are not connections: listeners, the loop's own, logs, and some to spare.
constexpr rlim_t other_descriptors = 64;

constexpr std::uint64_t nanoseconds_per_ms = 1'000'000;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::trace;
    case LogLevel::verbose:
      return spdlog::level::debug;
    case LogLevel::notice:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
  }
  return spdlog::level::info;
}

// Throws spdlog_ex if the file cannot be opened.
std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  } else {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
  }
  auto logger = std::make_shared<spdlog::logger>("cachekit-node", std::move(sink));
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e [%P] %l: %v");
  logger->set_level(spdlog::level::trace);  // the node has chosen already
  logger->flush_on(spdlog::level::trace);
  return logger;
}

LogSink log_to(std::shared_ptr<spdlog::logger> logger) {
  return [logger = std::move(logger)](LogLevel level, std::string_view line) {
    std::string printable(line);  // it may quote what a client sent
    std::replace_if(
        printable.begin(), printable.end(), [](unsigned char c) { return c < ' '; }, '?');
    logger->log(spdlog_level(level), printable);
  };
}

Identity new_identity() {
  std::random_device random;
  Identity identity;
  for (int i = 0; i < 5; ++i) identity.run_id += fmt::format("{:08x}", random());
  identity.seed = (std::uint64_t{random()} << 32) | random();
  return identity;
}

Now read_clocks(const uv_loop_t& loop) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count(),
          static_cast<std::int64_t>(uv_now(&loop))};
}

// Asks for all descriptors that the process may have, and returns for how many clients they are
// enough.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return Settings{}.max_clients;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur > other_descriptors ? limit.rlim_cur - other_descriptors : 1;
}

// A password on the command line stands in ps for everyone to see; at least not for long.
void hide_password(int count, char** words) {
  constexpr std::string_view flag = "--requirepass";
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == flag && i + 1 < count) {
      std::memset(words[i + 1], '*', std::strlen(words[i + 1]));
    } else if (word.starts_with(flag) && word.substr(flag.size()).starts_with('=')) {
      std::memset(words[i] + flag.size() + 1, '*', word.size() - flag.size() - 1);
    }
  }
}

void tell_ready(int descriptor, const std::string& address) {
  const std::string line = address + "\n";
  if (write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    fmt::print(stderr, "cachekit-node: nobody reads descriptor {}\n", descriptor);
  }
  close(descriptor);
}

int serve(Options options) {
  const auto logger = make_logger(options.log_file);
  uv_loop_t loop;
  if (const int status = uv_loop_init(&loop); status != 0) {
    logger->error("cannot create an event loop: {}", uv_strerror(status));
    return 1;
  }
  const std::size_t wanted_clients = options.settings.max_clients;
  options.settings.max_clients_ceiling = raise_descriptor_limit();
  options.settings.max_clients = std::min(wanted_clients, options.settings.max_clients_ceiling);

  int status = 0;
  {
    Node node(std::move(options.settings), new_identity(), log_to(logger), read_clocks(loop),
              [] { return static_cast<std::int64_t>(uv_hrtime() / nanoseconds_per_ms); });
    if (node.settings().max_clients < wanted_clients) {
      node.log(LogLevel::warning, "maxclients is {} instead of {}: the limit on descriptors is low",
               node.settings().max_clients, wanted_clients);
    }
    Server server(node, &loop);
    node.log(LogLevel::notice, "cachekit-node {} starts, run id {}", version, node.run_id());
    if (const auto listening = server.listen(); listening) {
      if (options.ready_descriptor) tell_ready(*options.ready_descriptor, server.address());
    } else {
      node.log(LogLevel::warning, "{}", listening.error());
      server.stop("it cannot listen");
      status = 1;
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    node.log(LogLevel::notice, "stopped");
  }
  uv_loop_close(&loop);
  return status;
}

}  // namespace
}  // namespace cachekit::node

// The settings of jemalloc. One thread allocates, so one arena will do; what is free goes back to
// the system by a thread that the loop need not wait for.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:1,background_thread:true,max_background_threads:1";
}

int main(int count, char** words) {
  using namespace cachekit::node;
  const auto options = parse_options(count, words);
  if (!options) {
    fmt::print(options.error().status == 0 ? stdout : stderr, "{}", options.error().text);
    return options.error().status;
  }
  hide_password(count, words);
  if (options->die_with_parent) prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return serve(*options);
  } catch (const spdlog::spdlog_ex& error) {
    fmt::print(stderr, "cachekit-node: {}\n", error.what());
    return 1;
  }
}
