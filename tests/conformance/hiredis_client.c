/* A C program over hiredis, synchronous and pipelined: hiredis_client HOST PORT. Exits with 0 if
 * every reply is what it should be, and otherwise prints the one that is not. */

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { pipelined_commands = 10000 };

static void fail(const char* what, const redisContext* context) {
  fprintf(stderr, "%s: %s\n", what,
          context != NULL && context->err ? context->errstr : "wrong reply");
  exit(1);
}

static void check(int is_right, const char* what, const redisContext* context) {
  if (!is_right) fail(what, context);
}

static void expect_status(redisContext* context, redisReply* reply, const char* text) {
  check(reply != NULL && reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, text) == 0, text,
        context);
  freeReplyObject(reply);
}

static void expect_integer(redisContext* context, redisReply* reply, long long value) {
  check(reply != NULL && reply->type == REDIS_REPLY_INTEGER && reply->integer == value,
        "an integer", context);
  freeReplyObject(reply);
}

static void synchronous(redisContext* context) {
  static const char binary[] = "\0\r\n\xff";
  expect_status(context, redisCommand(context, "PING"), "PONG");
  expect_status(context, redisCommand(context, "SET %s %b", "binary", binary, sizeof binary), "OK");

  redisReply* reply = redisCommand(context, "GET binary");
  check(reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == sizeof binary &&
            memcmp(reply->str, binary, sizeof binary) == 0,
        "GET of binary bytes", context);
  freeReplyObject(reply);

  reply = redisCommand(context, "MGET binary missing");
  check(reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
            reply->element[1]->type == REDIS_REPLY_NIL,
        "MGET", context);
  freeReplyObject(reply);

  reply = redisCommand(context, "INCR binary");
  check(reply != NULL && reply->type == REDIS_REPLY_ERROR &&
            strcmp(reply->str, "ERR value is not an integer or out of range") == 0,
        "INCR of binary bytes", context);
  freeReplyObject(reply);
}

static void pipelined(redisContext* context) {
  redisReply* reply = NULL;
  int i;
  expect_integer(context, redisCommand(context, "DEL counter"), 0);
  for (i = 0; i < pipelined_commands; ++i) {
    check(redisAppendCommand(context, "INCR counter") == REDIS_OK, "append", context);
  }
  for (i = 1; i <= pipelined_commands; ++i) {
    check(redisGetReply(context, (void**)&reply) == REDIS_OK, "pipelined INCR", context);
    expect_integer(context, reply, i);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: hiredis_client HOST PORT\n");
    return 2;
  }
  redisContext* context = redisConnect(argv[1], atoi(argv[2]));
  check(context != NULL && !context->err, "connect", context);
  synchronous(context);
  pipelined(context);
  redisFree(context);
  return 0;
}
