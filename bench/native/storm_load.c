/*
 * storm_load: very many agents at one dns, or at a byte echo, each over a connection of its own. An agent asks for its
 * modules as soon as it is connected, all at once, and takes answers and pushes; it asks again for one of them when it has
 * heard nothing for quiet_ms, and leaves when it has heard nothing for answer_ms and awaits an answer. One that could not
 * connect within connect_ms, or lost its connection, tries again as the agent of Lars does: after a wait drawn from the
 * upper half of first_ms · 2^n, at most last_ms; and each time that ran out doubles both times, at most eightfold, until a
 * connection has lasted. It is right once each of its modules was answered on this connection.
 *
 * --mode route  GetRouteRequest (1), answered by GetRouteResponse (2) with the host that bench/harness/databases.ts gave it
 * --mode same   the same questions, expected back as they are: what a byte echo does with them
 *
 * The modules are 1 … modules, of cmdid 1; agent n asks for `each` of them in a row, from n · step on. Those that stand at
 * the multiples of `each` may be changed: an agent is changed once it has seen `new_port` for all that it asks for.
 *
 * Prints a line of JSON about all of them every 50 ms, until its standard input ends. Each agent has an address of its own in
 * 127.0.0.0/8, so that ports do not run out.
 */
#include <sys/resource.h>
#include "load.h"

#define USAGE                                                                                                      \
  "storm_load --port P --new_port P [--mode route|same] [--agents 10000] [--modules 100000] [--each 100]\n"        \
  "           [--step 10] [--first_ms 100] [--last_ms 5000] [--connect_ms 1500]\n"  \
  "           [--answer_ms 5000] [--quiet_ms 1500]"
#define MAX_EACH 512
#define PART_BYTES 2048
#define CHUNK (256 * 1024)
#define REPORT_NS 50000000
#define TICK_MS 5
#define GOOD_NS 1000000000     /* a connection that has lasted this long starts the waits over */
#define LASTING_NS 60000000000 /* and the times too */
#define FIRST_IP 0x0a000001
#define HOSTS 10

typedef struct {
  int fd, is_connected, waits, answered, changed, is_asked_again, timeouts;
  int64_t due_ns; /* when to connect, or to give up connecting */
  int64_t connected_ns, heard_ns;
  uint8_t is_answered[MAX_EACH], is_changed[MAX_EACH];
  size_t part_bytes;
  uint8_t part[PART_BYTES]; /* the beginning of a frame whose rest has not come */
} agent_t;

static agent_t *agents;
static uint8_t chunk[PART_BYTES + CHUNK];
static int count, modules, each, step, is_same, new_port, epoll;
static double first_ms, last_ms, connect_ms, answer_ms, quiet_ms;
static struct { uint64_t connected, right, changed, attempts, losses, answers, wrong; } sums;

static double patient(const agent_t *agent, double ms) {
  return ms * (1 << (agent->timeouts < 3 ? agent->timeouts : 3));
}

static void leave(agent_t *agent, int64_t now) {
  double most = first_ms * (double)(1 << (agent->waits < 16 ? agent->waits : 16));
  if (most > last_ms) most = last_ms;
  if (agent->is_connected) {
    sums.connected--;
    sums.losses++;
    sums.right -= agent->answered == each;
    sums.changed -= agent->changed > 0;
    if (now - agent->connected_ns >= GOOD_NS) agent->waits = 0, most = first_ms;
  }
  agent->waits++;
  close(agent->fd);
  agent->fd = -1;
  agent->is_connected = agent->answered = agent->changed = agent->is_asked_again = 0;
  agent->part_bytes = 0;
  memset(agent->is_answered, 0, sizeof agent->is_answered);
  memset(agent->is_changed, 0, sizeof agent->is_changed);
  agent->due_ns = now + (int64_t)(most * (0.5 + drand48() / 2) * 1e6);
}

static void try_connect(agent_t *agent, int port, int64_t now) {
  int index = (int)(agent - agents), on = 1;
  char own[32];
  snprintf(own, sizeof own, "127.%d.%d.1", 1 + index / 256, index % 256);
  struct sockaddr_in from = address_of(own, 0), to = address_of("127.0.0.1", port);
  agent->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (agent->fd < 0) die("socket");
  setsockopt(agent->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(agent->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(agent->fd, (void *)&from, sizeof from)) die("bind");
  sums.attempts++;
  agent->due_ns = now + (int64_t)(patient(agent, connect_ms) * 1e6);
  if (connect(agent->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) return leave(agent, now);
  struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)index};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, agent->fd, &event)) die("epoll_ctl");
}

/* Asks for the first modules; 0 when they cannot be sent. */
static int ask(agent_t *agent, int many) {
  static uint8_t questions[MAX_EACH * 32];
  int index = (int)(agent - agents);
  uint8_t *at = questions;
  for (int nth = 0; nth < many; nth++) {
    int modid = 1 + (int)(((int64_t)index * step + nth) % modules);
    uint8_t *end = put_field(put_field(at + HEADER_BYTES, 1, modid), 2, 1);
    put_header(at, 1, (uint32_t)(end - at - HEADER_BYTES));
    at = end;
  }
  return send(agent->fd, questions, (size_t)(at - questions), 0) == at - questions;
}

static void begin(agent_t *agent, int64_t now) {
  int failure = 0, index = (int)(agent - agents);
  socklen_t size = sizeof failure;
  getsockopt(agent->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure || !ask(agent, each)) return leave(agent, now);
  agent->is_connected = 1;
  agent->connected_ns = agent->heard_ns = now;
  agent->due_ns = INT64_MAX;
  sums.connected++;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
  epoll_ctl(epoll, EPOLL_CTL_MOD, agent->fd, &event);
}

/* The first host of a route, or of none at all. */
static void get_host(const uint8_t *at, const uint8_t *end, uint64_t *ip, uint64_t *port) {
  uint64_t bytes;
  *ip = *port = 0;
  if (!at || at >= end || *at++ != (3 << 3 | 2) || !(at = get_varint(at, end, &bytes))) return;
  if (at < end && *at == 1 << 3) at = get_varint(at + 1, end, ip);
  if (at && at < end && *at == 2 << 3) get_varint(at + 1, end, port);
}

static void take(agent_t *agent, const uint8_t *body, uint32_t msgid, uint32_t body_bytes) {
  const uint8_t *at = body, *end = body + body_bytes;
  uint64_t modid = 0, cmdid = 0, ip, port;
  if (at < end && *at == 1 << 3) at = get_varint(at + 1, end, &modid);
  if (at && at < end && *at == 2 << 3) at = get_varint(at + 1, end, &cmdid);
  int64_t first = (int64_t)(agent - agents) * step % modules;
  int nth = (int)(((int64_t)modid - 1 - first + modules) % modules);
  int may_change = !is_same && (modid - 1) % (uint64_t)each == 0;
  get_host(at, end, &ip, &port);
  uint64_t number = (modid - 1) * HOSTS;
  int is_new = may_change && port == (uint64_t)new_port;
  int is_right = is_same ? msgid == 1 : msgid == 2 && ip == FIRST_IP + number && (is_new || port == 8000 + number % 1000);
  sums.answers++;
  if (!is_right || cmdid != 1 || modid < 1 || nth >= each) {
    sums.wrong++;
    return;
  }
  if (!agent->is_answered[nth]) {
    agent->is_answered[nth] = 1;
    sums.right += ++agent->answered == each;
  }
  if (may_change && agent->is_changed[nth] != is_new) {
    agent->is_changed[nth] = (uint8_t)is_new;
    sums.changed -= agent->changed > 0;
    agent->changed += is_new ? 1 : -1;
    sums.changed += agent->changed > 0;
  }
}

/* Leaves who says nothing, or asks again whether it is there. */
static void check(agent_t *agent, int64_t now) {
  double silent_ms = (double)(now - agent->heard_ns) / 1e6;
  int is_awaiting = agent->answered < each || agent->is_asked_again;
  if (now - agent->connected_ns >= LASTING_NS) agent->timeouts = 0;
  if (is_awaiting ? silent_ms < patient(agent, answer_ms) : silent_ms < quiet_ms) return;
  if (!is_awaiting && ask(agent, 1)) {
    agent->is_asked_again = 1;
    return;
  }
  agent->timeouts += is_awaiting;
  leave(agent, now);
}

static void hear(agent_t *agent, int64_t now) {
  memcpy(chunk, agent->part, agent->part_bytes);
  ssize_t bytes = recv(agent->fd, chunk + agent->part_bytes, CHUNK, 0);
  if (bytes < 0 && errno == EAGAIN) return;
  if (bytes <= 0) return leave(agent, now);
  agent->heard_ns = now;
  agent->is_asked_again = 0;
  uint8_t *at = chunk, *end = chunk + agent->part_bytes + bytes;
  while (end - at >= HEADER_BYTES && (size_t)(end - at) >= HEADER_BYTES + (size_t)get_u32(at + 4)) {
    uint32_t body_bytes = get_u32(at + 4);
    take(agent, at + HEADER_BYTES, get_u32(at), body_bytes);
    at += HEADER_BYTES + body_bytes;
  }
  agent->part_bytes = (size_t)(end - at);
  if (agent->part_bytes > PART_BYTES) {
    fprintf(stderr, "The server sent a longer frame than any route here\n");
    exit(1);
  }
  memcpy(agent->part, at, agent->part_bytes);
}

static void report(void) {
  printf("{\"connected\":%lu,\"right\":%lu,\"changed\":%lu,\"attempts\":%lu,\"losses\":%lu,\"answers\":%lu,\"wrong\":%lu}\n",
         sums.connected, sums.right, sums.changed, sums.attempts, sums.losses, sums.answers, sums.wrong);
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *const names[] = {"port",     "new_port", "mode",       "agents",    "modules",  "each", "step",
                               "first_ms", "last_ms",  "connect_ms", "answer_ms", "quiet_ms", NULL};
  check_flags(argc, argv, names, USAGE);
  signal(SIGPIPE, SIG_IGN);
  int port = (int)number_flag(argc, argv, "port", 0);
  is_same = !strcmp(text_flag(argc, argv, "mode", "route"), "same");
  new_port = (int)number_flag(argc, argv, "new_port", 0);
  count = (int)number_flag(argc, argv, "agents", 10000);
  modules = (int)number_flag(argc, argv, "modules", 100000);
  each = (int)number_flag(argc, argv, "each", 100);
  step = (int)number_flag(argc, argv, "step", 10);
  first_ms = number_flag(argc, argv, "first_ms", 100);
  last_ms = number_flag(argc, argv, "last_ms", 5000);
  connect_ms = number_flag(argc, argv, "connect_ms", 1500);
  answer_ms = number_flag(argc, argv, "answer_ms", 5000);
  quiet_ms = number_flag(argc, argv, "quiet_ms", 1500);
  if (!port || count < 1 || count > 60000 || each < 1 || each > MAX_EACH || modules < each) {
    fprintf(stderr, "%s\n", USAGE);
    return 2;
  }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) || files.rlim_max < (rlim_t)count + 16) {
    fprintf(stderr, "%d agents need as many open files, of which %lu are allowed: see ulimit -Hn\n", count, files.rlim_max);
    return 1;
  }
  agents = calloc((size_t)count, sizeof(agent_t));
  epoll = epoll_create1(0);
  struct epoll_event events[1024], input = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input)) die("epoll_ctl");
  int64_t reported_ns = 0, ticked_ns = 0;
  for (int at = 0; at < count; at++) agents[at].fd = -1;
  for (;;) {
    int64_t now = now_ns();
    for (int at = 0; now - ticked_ns >= TICK_MS * 1000000LL && at < count; at++) {
      if (agents[at].is_connected) check(&agents[at], now);
      if (agents[at].due_ns > now) continue;
      if (agents[at].fd < 0) try_connect(&agents[at], port, now);
      else {
        agents[at].timeouts++;
        leave(&agents[at], now);
      }
    }
    if (now - ticked_ns >= TICK_MS * 1000000LL) ticked_ns = now;
    if (now - reported_ns >= REPORT_NS) {
      reported_ns = now;
      report();
    }
    int ready = epoll_wait(epoll, events, 1024, TICK_MS);
    now = now_ns();
    for (int at = 0; at < ready; at++) {
      if (events[at].data.u32 == UINT32_MAX) return 0;
      agent_t *agent = &agents[events[at].data.u32];
      if (agent->is_connected) hear(agent, now);
      else begin(agent, now);
    }
  }
}
