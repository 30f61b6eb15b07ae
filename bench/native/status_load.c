/*
 * status_load: agents that report to a reporter as fast as it reads. Sends every row `times` times, in rounds: so many
 * rows, then all of them again with other counts. A frame has the hosts of one module. Ends when the reporter has read
 * all, and prints one line of JSON; whether it also stored all is for others to see.
 *
 * Row n is host n % hosts of module modid + n / hosts; modules are dealt out to the connections.
 */
#include "load.h"

#define USAGE                                                                                                     \
  "status_load --port P [--host 127.0.0.1] [--connections 4] [--rows 100000] [--times 1] [--hosts 10] [--modid 1]\n" \
  "            [--cmdid 1]"
#define MAX_CONNECTIONS 64
#define MAX_HOSTS 100
#define OUT_BYTES 65536
#define MAX_FRAME_BYTES (64 + MAX_HOSTS * 64)

typedef struct {
  int fd, caller;
  int64_t module, round; /* what it sends next */
  int is_done;
  size_t from, to;
  uint8_t out[OUT_BYTES];
} connection_t;

static int cmdid, first_modid, hosts, count;
static int64_t modules, times;

static uint8_t *put_report(uint8_t *frame, int64_t module, int64_t round, int caller) {
  uint8_t *at = put_field(put_field(put_field(frame + HEADER_BYTES, 1, first_modid + module), 2, cmdid), 3, caller);
  for (int host = 0; host < hosts; host++) {
    uint8_t result[64];
    uint8_t *end = put_field(put_field(result, 1, 0x0a000001 + host), 2, 8000 + host);
    end = put_field(put_field(end, 3, 100 + round), 4, round % 3);
    *at++ = 4 << 3 | 2;
    at = put_varint(at, (uint64_t)(end - result));
    memcpy(at, result, (size_t)(end - result));
    at += end - result;
  }
  at = put_field(at, 5, time(NULL));
  put_header(frame, 3, (uint32_t)(at - frame - HEADER_BYTES));
  return at;
}

/* A frame of msgid 12 that says nothing of itself. */
static const uint8_t HELLO[HEADER_BYTES] = {12};

static void fill(connection_t *connection) {
  connection->from = connection->to = 0;
  while (OUT_BYTES - connection->to >= MAX_FRAME_BYTES && !connection->is_done) {
    uint8_t *at = connection->out + connection->to;
    connection->to = (size_t)(put_report(at, connection->module, connection->round, connection->caller) - connection->out);
    connection->module += count;
    if (connection->module < modules) continue;
    connection->module %= count;
    connection->is_done = ++connection->round == times;
  }
}

/* 1 once all is sent. */
static int feed(connection_t *connection) {
  for (;;) {
    if (connection->from == connection->to) fill(connection);
    if (connection->from == connection->to) return 1;
    ssize_t sent = send(connection->fd, connection->out + connection->from, connection->to - connection->from, 0);
    if (sent < 0 && errno == EAGAIN) return 0;
    if (sent < 0) die("send");
    connection->from += (size_t)sent;
  }
}

int main(int argc, char **argv) {
  const char *const names[] = {"port", "host", "connections", "rows", "times", "hosts", "modid", "cmdid", NULL};
  check_flags(argc, argv, names, USAGE);
  int port = (int)number_flag(argc, argv, "port", 0);
  count = (int)number_flag(argc, argv, "connections", 4);
  hosts = (int)number_flag(argc, argv, "hosts", 10);
  times = (int64_t)number_flag(argc, argv, "times", 1);
  modules = (int64_t)number_flag(argc, argv, "rows", 100000) / hosts;
  first_modid = (int)number_flag(argc, argv, "modid", 1);
  cmdid = (int)number_flag(argc, argv, "cmdid", 1);
  if (!port || count < 1 || count > MAX_CONNECTIONS || hosts < 1 || hosts > MAX_HOSTS || times < 1 || modules < count) {
    fprintf(stderr, "%s\n", USAGE);
    return 2;
  }
  static connection_t connections[MAX_CONNECTIONS];
  int epoll = epoll_create1(0), open = count;
  struct epoll_event events[MAX_CONNECTIONS];
  for (int at = 0; at < count; at++) {
    connections[at].fd = connect_socket(SOCK_STREAM, text_flag(argc, argv, "host", "127.0.0.1"), port);
    /* Like our agents: so the reporter acknowledges what it has stored. */
    if (send(connections[at].fd, HELLO, HEADER_BYTES, 0) != HEADER_BYTES) die("send");
    connections[at].caller = 0x0a010001 + at;
    connections[at].module = at;
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)at};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections[at].fd, &event);
  }
  int64_t start = now_ns();
  while (open) {
    int ready = epoll_wait(epoll, events, MAX_CONNECTIONS, -1);
    for (int at = 0; at < ready; at++) {
      connection_t *connection = &connections[events[at].data.u32];
      if (events[at].events & EPOLLIN) {
        char byte;
        if (recv(connection->fd, &byte, 1, 0) > 0) continue;
        if (!connection->is_done || connection->from < connection->to) {
          fprintf(stderr, "The reporter closed a connection\n");
          return 1;
        }
        close(connection->fd);
        open--;
      } else if (feed(connection)) {
        /* It closes when it has read all. */
        shutdown(connection->fd, SHUT_WR);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = events[at].data.u32};
        epoll_ctl(epoll, EPOLL_CTL_MOD, connection->fd, &event);
      }
    }
  }
  double seconds = (double)(now_ns() - start) / 1e9;
  printf("{\"rows\":%ld,\"results\":%ld,\"seconds\":%.3f,\"rate\":%.0f}\n", modules * hosts, modules * hosts * times, seconds,
         (double)(modules * hosts * times) / seconds);
}
