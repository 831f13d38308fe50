#include "node/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string_view>

#include "node/eviction.h"
#include "node/memory_size.h"
#include "node/version.h"
#include "protocol/limits.h"

namespace cachekit::node {
namespace {

constexpr int usage_error = 2;
constexpr std::size_t least_input_limit_bytes = std::size_t{1} << 20;

// Flags that are words on the command line and something else in the settings.
struct Words {
  std::string max_memory = "0";
  std::string eviction = "adaptive";
  std::string query_buffer_limit = "1gb";
  std::string output_buffer_limit = "1gb";
  std::string invalidation_buffer_limit = "32mb";
  std::string max_bulk = "512mb";
  std::string log_level = "notice";
  std::string password_file;
  bool without_tcp = false;
  int ready_descriptor = -1;
};

void declare_network(CLI::App& app, Settings& settings, Words& words) {
  app.add_option("--port", settings.port, "TCP port; 0 takes any free one")->capture_default_str();
  app.add_option("--bind", settings.bind,
                 "Numeric address to listen on; may be repeated [127.0.0.1, and ::1 if there]");
  app.add_option("--unix-socket", settings.unix_socket, "Path of a Unix socket to listen on");
  app.add_flag("--no-tcp", words.without_tcp, "Listen on the Unix socket alone");
  app.add_option("--maxclients", settings.max_clients, "Most connections at once")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--timeout", settings.timeout_s,
                 "Disconnect a client that is silent for so many seconds; 0: never")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{std::numeric_limits<std::int32_t>::max()}))
      ->capture_default_str();
  app.add_option("--tcp-keepalive", settings.tcp_keepalive_s,
                 "Probe a silent peer after so many seconds; 0: never")
      ->check(CLI::Range(0U, 32767U))
      ->capture_default_str();
}

void declare_replication(CLI::App& app, Settings& settings) {
  app.add_flag("--managed", settings.managed,
               "Wait for an agent's order to be a primary or a replica");
  app.add_option("--lease-ms", settings.lease_ms,
                 "How long a managed primary writes after a replica has last answered")
      ->check(CLI::Range(std::int64_t{50}, std::int64_t{60'000}))
      ->capture_default_str();
  app.add_option("--min-replicas-to-write", settings.min_replicas_to_write,
                 "Refuse writes while fewer replicas follow closely; not for managed nodes")
      ->capture_default_str();
  app.add_option("--min-replicas-max-lag", settings.min_replicas_max_lag_s,
                 "Seconds since its last acknowledgement within which a replica follows closely")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{std::numeric_limits<std::int32_t>::max()}))
      ->capture_default_str();
}

void declare_limits(CLI::App& app, Settings& settings, Words& words) {
  app.add_option("--maxmemory", words.max_memory,
                 "Most memory for keys and values, such as 512mb or 1gb; 0: no limit")
      ->capture_default_str();
  app.add_option("--eviction", words.eviction, "When memory is full: " + eviction_names())
      ->capture_default_str();
  app.add_option("--query-buffer-limit", words.query_buffer_limit,
                 "Most bytes of unfinished input kept for a client")
      ->capture_default_str();
  app.add_option("--output-buffer-limit", words.output_buffer_limit,
                 "Most bytes of unread replies kept for a client; 0: no limit")
      ->capture_default_str();
  app.add_option("--invalidation-buffer-limit", words.invalidation_buffer_limit,
                 "Most bytes of unread invalidations kept for a client")
      ->capture_default_str();
  app.add_option("--tracking-table-max-keys", settings.tracking_table_max_keys,
                 "Most keys remembered for clients that track what they read; 0: no limit")
      ->capture_default_str();
  app.add_option("--max-bulk-size", words.max_bulk, "Largest value that a client may send")
      ->capture_default_str();
}

void declare_process(CLI::App& app, Options& options, Words& words) {
  app.add_option("--requirepass", options.settings.password,
                 "Password that clients must give; better in a file or in the environment, where "
                 "other users do not see it")
      ->envname("CACHEKIT_REQUIREPASS");
  app.add_option("--requirepass-file", words.password_file,
                 "File whose first line is the password");
  app.add_option("--log-level", words.log_level, "debug, verbose, notice or warning")
      ->capture_default_str();
  app.add_option("--log-file", options.log_file, "File to append the log to [standard error]");
  app.add_option("--ready-fd", words.ready_descriptor,
                 "Descriptor that is told host:port, and closed, once the node listens")
      ->check(CLI::Range(0, std::numeric_limits<int>::max()));
  app.add_flag("--measure-turns", options.settings.measure_turns,
               "Measure every turn of the loop, for INFO latency");
  app.add_flag("--die-with-parent", options.die_with_parent,
               "Stop when the thread that started the node ends");
}

tl::unexpected<EarlyExit> refuse(std::string sentence) {
  return tl::unexpected(EarlyExit{usage_error, fmt::format("cachekit-node: {}\n", sentence)});
}

// The sentence to refuse with; empty if the size has been taken.
std::string take_size(std::size_t& target, std::string_view flag, std::string_view word,
                      std::size_t least, std::size_t most) {
  const auto size = parse_memory_size(word);
  if (!size) {
    return fmt::format("{} is '{}', expected a size such as 512mb, 1gb or 1048576", flag, word);
  }
  if (*size < least) return fmt::format("{} is {}, expected at least {} bytes", flag, word, least);
  if (*size > most) return fmt::format("{} is {}, expected at most {} bytes", flag, word, most);
  target = *size;
  return {};
}

std::string take_password_file(Settings& settings, const std::string& path) {
  std::ifstream file(path);
  if (!std::getline(file, settings.password)) {
    return fmt::format("cannot read a password from the first line of '{}'", path);
  }
  if (settings.password.ends_with('\r')) settings.password.pop_back();
  if (settings.password.empty()) return fmt::format("the first line of '{}' is empty", path);
  return {};
}

std::string take_words(Options& options, const Words& words) {
  Settings& settings = options.settings;
  settings.tcp = !words.without_tcp;
  if (words.ready_descriptor >= 0) options.ready_descriptor = words.ready_descriptor;
  if (!settings.tcp && settings.unix_socket.empty()) {
    return "--no-tcp needs --unix-socket, or there is nothing to listen on";
  }
  const auto eviction = eviction_of(words.eviction);
  if (!eviction) {
    return fmt::format("--eviction is '{}', expected one of {}", words.eviction, eviction_names());
  }
  settings.eviction = *eviction;
  const auto log_level = log_level_of(words.log_level);
  if (!log_level) {
    return fmt::format("--log-level is '{}', expected debug, verbose, notice or warning",
                       words.log_level);
  }
  settings.log_level = *log_level;
  if (!words.password_file.empty()) {
    if (!settings.password.empty()) {
      return "the password is given twice: in --requirepass-file, and in --requirepass or "
             "CACHEKIT_REQUIREPASS";
    }
    if (auto problem = take_password_file(settings, words.password_file); !problem.empty()) {
      return problem;
    }
  }
  struct Size {
    std::size_t& target;
    std::string_view flag;
    const std::string& word;
    std::size_t least = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();
  };
  for (const Size& size :
       {Size{settings.max_memory_bytes, "--maxmemory", words.max_memory},
        Size{settings.query_buffer_limit_bytes, "--query-buffer-limit", words.query_buffer_limit,
             least_input_limit_bytes},
        Size{settings.output_buffer_limit_bytes, "--output-buffer-limit",
             words.output_buffer_limit},
        Size{settings.invalidation_buffer_limit_bytes, "--invalidation-buffer-limit",
             words.invalidation_buffer_limit, least_invalidation_limit_bytes},
        Size{settings.max_bulk_bytes, "--max-bulk-size", words.max_bulk, least_input_limit_bytes,
             protocol::max_bulk_bytes}}) {
    if (auto problem = take_size(size.target, size.flag, size.word, size.least, size.most);
        !problem.empty()) {
      return problem;
    }
  }
  return {};
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

}  // namespace

tl::expected<Options, EarlyExit> parse_options(int count, const char* const* words_given) {
  CLI::App app("One storage node of cachekit: keys in memory, spoken to in Redis's protocol.",
               "cachekit-node");
  Options options;
  Words words;
  app.set_config("--config", "", "Read flags from a file, one name = value a line");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_version_flag("--version", std::string(version));
  declare_network(app, options.settings, words);
  declare_replication(app, options.settings);
  declare_limits(app, options.settings, words);
  declare_process(app, options, words);
  try {
    app.parse(count, words_given);
  } catch (const CLI::ParseError& error) {  // CLI11 also says so when it is asked for help
    std::ostringstream out;
    std::ostringstream problems;
    const int status = app.exit(error, out, problems);
    return tl::unexpected(EarlyExit{status == 0 ? 0 : usage_error, out.str() + problems.str()});
  }
  if (auto problem = take_words(options, words); !problem.empty()) return refuse(problem);
  if (auto exposure = check_exposure(options.settings); !exposure) return refuse(exposure.error());
  return options;
}

tl::expected<void, std::string> check_exposure(const Settings& settings) {
  if (!settings.tcp || !settings.password.empty()) return {};
  for (const std::string& address : settings.bind) {
    if (is_loopback(address)) continue;
    return tl::unexpected(fmt::format(
        "--bind {} would open the node to other machines without a password: give it one with "
        "--requirepass-file, or bind 127.0.0.1",
        address));
  }
  return {};
}

}  // namespace cachekit::node
