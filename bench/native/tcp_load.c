/*
 * tcp_load: questions to dns, or to a frame or byte echo, over some connections with a fixed number of questions in flight
 * on each. Prints one line of JSON.
 *
 * --mode route  GetRouteRequest (1) of the modules in turn, answered by GetRouteResponse (2) in the order asked
 * --mode same   the same questions, expected back as they are: what a byte echo does with them
 * --mode echo   frames of 64 bytes, expected back as they are
 *
 * The modules are modid, modid + 1 … of one cmdid; each connection begins elsewhere among them. A gap is the time between
 * two reads of one connection that brought answers: the longest one tells how long a server made somebody wait.
 */
#include "load.h"

#define USAGE                                                                                                       \
  "tcp_load --port P [--host 127.0.0.1] [--mode route|same|echo] [--connections 16] [--flight 32] [--seconds 3]\n"  \
  "         [--warmup 0.3] [--modid 1] [--cmdid 1] [--modules 100]"
#define MAX_CONNECTIONS 1024
#define MAX_FLIGHT 4096
#define IN_BYTES (256 * 1024)
#define ECHO_FRAME_BYTES 64

enum { ROUTE, SAME, ECHO };

typedef struct {
  int fd;
  uint32_t first, last;              /* questions in flight are first … last - 1, by number */
  int modules[MAX_FLIGHT];           /* what question n asked for, at n % MAX_FLIGHT */
  int64_t sent_ns[MAX_FLIGHT];
  int64_t heard_ns;                  /* when answers last came */
  int next_module;
  size_t in_bytes, out_from, out_to;
  uint8_t in[IN_BYTES];
  uint8_t out[MAX_FLIGHT * ECHO_FRAME_BYTES];
} connection_t;

typedef struct {
  uint64_t answers, empty, pushed, wrong;
  int64_t gap_ns;
  latencies_t latencies;
} counts_t;

static connection_t *connections[MAX_CONNECTIONS];
static counts_t counts;
static int mode, cmdid = 1, first_modid = 1, modules = 100;

static uint8_t *put_question(uint8_t *frame, int modid) {
  uint8_t *at = put_field(put_field(frame + HEADER_BYTES, 1, modid), 2, cmdid);
  if (mode == ECHO) {
    memset(at, 0, (size_t)(frame + ECHO_FRAME_BYTES - at));
    at = frame + ECHO_FRAME_BYTES;
  }
  put_header(frame, 1, (uint32_t)(at - frame - HEADER_BYTES));
  return at;
}

static void flush(connection_t *connection) {
  while (connection->out_from < connection->out_to) {
    ssize_t sent = send(connection->fd, connection->out + connection->out_from, connection->out_to - connection->out_from, 0);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) die("send");
    connection->out_from += (size_t)sent;
  }
  connection->out_from = connection->out_to = 0;
}

/* Asks until so many questions are in flight. What is unsent waits for the next time: it is at most `flight` of them. */
static void ask(connection_t *connection, int flight) {
  if (connection->out_from) {
    memmove(connection->out, connection->out + connection->out_from, connection->out_to - connection->out_from);
    connection->out_to -= connection->out_from;
    connection->out_from = 0;
  }
  int64_t now = now_ns();
  while ((int)(connection->last - connection->first) < flight) {
    int slot = (int)(connection->last++ % MAX_FLIGHT);
    connection->modules[slot] = first_modid + connection->next_module;
    connection->sent_ns[slot] = now;
    if (++connection->next_module == modules) connection->next_module = 0;
    connection->out_to = (size_t)(put_question(connection->out + connection->out_to, connection->modules[slot]) - connection->out);
  }
  flush(connection);
}

/* Takes one whole frame. A route that nobody asked for just now is a push, which comes in between. */
static void take(connection_t *connection, const uint8_t *body, uint32_t msgid, uint32_t body_bytes, int64_t now) {
  const uint8_t *at = body, *end = body + body_bytes;
  uint64_t modid = 0, answered_cmdid = 0;
  if (at < end && *at == 1 << 3) at = get_varint(at + 1, end, &modid);
  if (at && at < end && *at == 2 << 3) at = get_varint(at + 1, end, &answered_cmdid);
  if (!at || msgid != (mode == ROUTE ? 2 : 1) || answered_cmdid != (uint64_t)cmdid) {
    counts.wrong++;
    return;
  }
  int slot = (int)(connection->first % MAX_FLIGHT);
  if (connection->first == connection->last || (uint64_t)connection->modules[slot] != modid) {
    if (mode == ROUTE) counts.pushed++;
    else counts.wrong++;
    return;
  }
  connection->first++;
  counts.answers++;
  counts.empty += mode == ROUTE && at == end;
  add_latency(&counts.latencies, now - connection->sent_ns[slot]);
}

/* Reads once; 1 when there may be more to read, of which epoll would say nothing. */
static int hear(connection_t *connection, int flight) {
  size_t room = IN_BYTES - connection->in_bytes;
  ssize_t bytes = recv(connection->fd, connection->in + connection->in_bytes, room, 0);
  if (bytes < 0 && errno == EAGAIN) return 0;
  if (bytes <= 0) {
    fprintf(stderr, "The server closed a connection\n");
    exit(1);
  }
  connection->in_bytes += (size_t)bytes;
  int64_t now = now_ns();
  uint32_t first = connection->first;
  uint8_t *at = connection->in, *end = at + connection->in_bytes;
  while (end - at >= HEADER_BYTES) {
    uint32_t body_bytes = get_u32(at + 4);
    if (body_bytes > 65527) {
      fprintf(stderr, "The server sent what is no frame\n");
      exit(1);
    }
    if ((size_t)(end - at) < HEADER_BYTES + (size_t)body_bytes) break;
    take(connection, at + HEADER_BYTES, get_u32(at), body_bytes, now);
    at += HEADER_BYTES + body_bytes;
  }
  connection->in_bytes = (size_t)(end - at);
  memmove(connection->in, at, connection->in_bytes);
  if (connection->first != first) {
    if (now - connection->heard_ns > counts.gap_ns) counts.gap_ns = now - connection->heard_ns;
    connection->heard_ns = now;
    ask(connection, flight);
  }
  return (size_t)bytes == room;
}

int main(int argc, char **argv) {
  const char *const names[] = {"port",   "host",  "mode",  "connections", "flight", "seconds",
                               "warmup", "modid", "cmdid", "modules",     NULL};
  check_flags(argc, argv, names, USAGE);
  const char *name = text_flag(argc, argv, "mode", "route");
  mode = !strcmp(name, "echo") ? ECHO : !strcmp(name, "same") ? SAME : ROUTE;
  int count = (int)number_flag(argc, argv, "connections", 16), flight = (int)number_flag(argc, argv, "flight", 32);
  int port = (int)number_flag(argc, argv, "port", 0);
  first_modid = (int)number_flag(argc, argv, "modid", 1);
  cmdid = (int)number_flag(argc, argv, "cmdid", 1);
  modules = (int)number_flag(argc, argv, "modules", 100);
  if (!port || count < 1 || count > MAX_CONNECTIONS || flight < 1 || flight > MAX_FLIGHT || modules < 1) {
    fprintf(stderr, "%s\n", USAGE);
    return 2;
  }
  stop_on_signal();
  int epoll = epoll_create1(0);
  struct epoll_event events[MAX_CONNECTIONS];
  for (int at = 0; at < count; at++) {
    connection_t *connection = connections[at] = calloc(1, sizeof(connection_t));
    connection->fd = connect_socket(SOCK_STREAM, text_flag(argc, argv, "host", "127.0.0.1"), port);
    connection->next_module = (int)((int64_t)at * modules / count);
    connection->heard_ns = now_ns();
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = (uint32_t)at};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
  }
  for (int at = 0; at < count; at++) ask(connections[at], flight);
  int64_t start = now_ns() + (int64_t)(number_flag(argc, argv, "warmup", 0.3) * 1e9);
  int64_t end = start + (int64_t)(number_flag(argc, argv, "seconds", 3) * 1e9), now;
  int warm = 0;
  while ((now = now_ns()) < end && !is_stopping) {
    if (!warm && now >= start) {
      warm = 1;
      start = now;
      memset(&counts, 0, sizeof counts);
    }
    int ready = epoll_wait(epoll, events, MAX_CONNECTIONS, 50);
    for (int at = 0; at < ready; at++) {
      connection_t *connection = connections[events[at].data.u32];
      if (events[at].events & EPOLLOUT) flush(connection);
      if (events[at].events & ~(uint32_t)EPOLLOUT)
        while (hear(connection, flight)) continue;
    }
  }
  for (int at = 0; at < count; at++)
    if (now - connections[at]->heard_ns > counts.gap_ns) counts.gap_ns = now - connections[at]->heard_ns;
  double seconds = (double)(now - start) / 1e9;
  printf("{\"mode\":\"%s\",\"connections\":%d,\"flight\":%d,\"seconds\":%.3f,\"rate\":%.0f,\"answers\":%lu,\"empty\":%lu,"
         "\"pushed\":%lu,\"wrong\":%lu,\"gap_ms\":%.2f,",
         name, count, flight, seconds, (double)counts.answers / seconds, counts.answers, counts.empty, counts.pushed,
         counts.wrong, (double)counts.gap_ns / 1e6);
  print_latencies(&counts.latencies);
  printf("}\n");
}
