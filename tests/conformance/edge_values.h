// The keys, numbers, patterns and mistakes that random commands are made of.

#pragma once

#include <string>
#include <vector>

namespace cachekit::conformance::edge_values {

using namespace std::string_literals;

inline const std::string keys[] = {
    "a",      "b",      "key:1",  "key:2",  "key:3",  "key:4",       "",
    "{tag}1", "{tag}2", "x{tag}", "list:1", "list:2", "list:3",      "set:1",
    "set:2",  "set:3",  "hash:1", "hash:2", "hash:3", "\0\xff\r\n"s, std::string(300, 'k')};

// Elements, members and fields: few, so that they meet, and some that are too long for a block.
inline const std::string elements[] = {
    "a", "b", "c",  "d",  "e",   "",    "0",       "1",         "2",
    "3", "7", "10", "-5", "1.5", "abc", "\0\r\n"s, "field:one", std::string(80, 'e')};

inline const std::string indices[] = {"0", "1",  "-1",  "2",   "-2",   "3",  "-3",
                                      "5", "10", "-10", "100", "-100", "57", "-57"};

inline const std::string integers[] = {"0",
                                       "1",
                                       "-1",
                                       "2",
                                       "10",
                                       "-7",
                                       "100",
                                       "12345",
                                       "9223372036854775806",
                                       "9223372036854775807",
                                       "-9223372036854775807",
                                       "-9223372036854775808",
                                       "4611686018427387904",
                                       "-1000000000000"};

// What looks like a number but is not one that Redis takes, or is just out of range.
inline const std::string odd_integers[] = {"9223372036854775808",
                                           "-9223372036854775809",
                                           "abc",
                                           "",
                                           " 1",
                                           "1 ",
                                           "01",
                                           "+1",
                                           "1.0",
                                           "1e3",
                                           "-0",
                                           "0x10",
                                           "--1",
                                           "99999999999999999999999999",
                                           "1\0"s};

inline const std::string reals[] = {"0",      "1.5",   "-0.1", "3.0e3", "1e-5",
                                    "10.10",  "-2.50", "1e17", "0.1",   "12345678901234567",
                                    "-1e300", "5.0",   "100",  ".5",    "1e300"};

inline const std::string odd_reals[] = {"abc",  "",     " 1.5", "1.5 ",  "nan", "inf",
                                        "-inf", "1.5x", "1,5",  "0x1p3", "1e",  "--1.5"};

// Offsets are small or beyond every limit: what lies between would allocate hundreds of megabytes.
inline const std::string offsets[] = {"0",
                                      "1",
                                      "-1",
                                      "2",
                                      "5",
                                      "-3",
                                      "10",
                                      "100",
                                      "-100",
                                      "1000",
                                      "30000",
                                      "536870912",
                                      "2147483647000",
                                      "9223372036854775807",
                                      "-9223372036854775808"};

// Seconds that every expiry command refuses, or takes as past. No small positive number stands
// here: a key that lives for one second dies at a different place of the stream on each server.
inline const std::string odd_seconds[] = {"0",
                                          "-1",
                                          "-1000",
                                          "9223372036854775807",
                                          "9223372036854776",
                                          "-9223372036854775808",
                                          "-9223372036854776",
                                          "abc",
                                          "",
                                          "1.5",
                                          "9223372036854775808"};

inline const std::string patterns[] = {
    "*",   "?", "a",   "[ab]", "[^a]", "key:*", "key:[1-3]", "key:[3-1]", "*1",   "{tag}?", "\\a",
    "\\*", "",  "**1", "*:*",  "[",    "[a",    "[\\a]",     "k??:?",     "\0*"s, "*\n"};

inline const std::string junk[] = {"",
                                   "foo",
                                   "NX",
                                   "ex",
                                   "GET",
                                   "-1",
                                   "\x01\r\n",
                                   "keepttl",
                                   "LEFT",
                                   "WITHVALUES",
                                   "9223372036854775807"};

// Right and wrong calls that concern the connection, all with one right answer.
inline const std::vector<std::string> connection_commands[] = {
    {"PING"},
    {"PING", "hello"},
    {"PING", ""},
    {"PING", "a", "b"},
    {"ECHO", "hello"},
    {"ECHO", ""},
    {"ECHO"},
    {"SELECT", "0"},
    {"SELECT", "1"},
    {"SELECT", "-1"},
    {"SELECT", "abc"},
    {"SELECT", "99999999999999"},
    {"CLIENT", "GETNAME"},
    {"CLIENT", "SETNAME", "worker-1"},
    {"CLIENT", "SETNAME", ""},
    {"CLIENT", "SETNAME", "two words"},
    {"CLIENT", "SETNAME", "line\nend"},
    {"client", "setname"},
    {"CLIENT", "NOSUCH"},
    {"CLIENT"},
    {"CLIENT", "GETNAME", "x"},
    {"CONFIG", "NOSUCH"},
    {"CONFIG", "GET"},
    {"CONFIG"},
    {"CONFIG", "SET", "maxmemory"},
    {"COMMAND", "NOSUCH"},
    {"AUTH", "password"},
    {"AUTH"},
    {"AUTH", "user", "password"},
    {"AUTH", "a", "b", "c"},
    {"HELLO", "4"},
    {"HELLO", "abc"},
    {"HELLO", "1"},
    {"UNWATCH"},
    {"EXEC"},
    {"DISCARD"},
    {"CLIENT", "ID", "x"},
    {"TIME", "x"},
    {"CLIENT", "REPLY"},
    {"CLIENT", "REPLY", "MAYBE"},
    {"COMMAND", "COUNT", "x"},
    {"CLIENT", "KILL"},
    {"CLIENT", "KILL", "ID", "abc"},
    {"CLIENT", "KILL", "ID", "0"},
    {"CLIENT", "KILL", "127.0.0.1:1"},
    {"CLIENT", "KILL", "ADDR", "127.0.0.1:1"},
    {"CLIENT", "KILL", "FOO", "bar"},
    {"CONFIG", "RESETSTAT", "x"},
    {"RANDOMKEY", "x"}};

}  // namespace cachekit::conformance::edge_values
