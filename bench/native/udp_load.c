/*
 * udp_load: closed-loop callers of an agent's shard, or of a datagram echo. Each caller is a socket that sends the next
 * request when it has the answer to the last one. Prints one line of JSON.
 *
 * --mode echo   the bytes of a pick, expected back as they are
 * --mode pick   GetHostRequest (4), answered by GetHostResponse (5)
 * --mode pair   the same, and each host that comes is reported (6) as a call that went well, before the next pick
 *
 * Callers go through the modules in turn: modid, modid + 3, modid + 6 …, which are of one shard.
 *
 * One thread serves all sockets, unless --blocking 1: then each has a thread of its own that blocks, as programs do. They
 * ask as soon as the system lets them run, and never all at once.
 */
#include <pthread.h>
#include "load.h"

#define USAGE                                                                                                   \
  "udp_load --port P [--host 127.0.0.1] [--mode echo|pick|pair] [--sockets 10] [--seconds 3] [--warmup 0.3]\n"  \
  "         [--modid 1] [--cmdid 1] [--modules 1] [--blocking 0]"
#define LOST_NS 200000000LL
#define MAX_SOCKETS 1024

enum { ECHO, PICK, PAIR };

typedef struct {
  uint64_t answers, refused, wrong, lost, reports;
  latencies_t latencies;
} counts_t;

typedef struct {
  int fd;
  uint32_t seq;
  int modid, next_module;
  int request_bytes;
  int64_t sent_ns;
  uint8_t request[64];
  counts_t *counts;
  pthread_t thread;
} caller_t;

static caller_t callers[MAX_SOCKETS];
static int mode, cmdid = 1, first_modid = 1, modules = 1;
static int64_t start_ns, end_ns;

static void ask(caller_t *caller) {
  caller->modid = first_modid + 3 * caller->next_module;
  if (++caller->next_module == modules) caller->next_module = 0;
  uint8_t *at = put_field(caller->request + HEADER_BYTES, 1, ++caller->seq);
  at = put_field(at, 2, caller->modid);
  at = put_field(at, 3, cmdid);
  caller->request_bytes = (int)(at - caller->request);
  put_header(caller->request, 4, (uint32_t)(at - caller->request - HEADER_BYTES));
  caller->sent_ns = now_ns();
  send(caller->fd, caller->request, (size_t)caller->request_bytes, 0);
}

static void report(const caller_t *caller, int64_t ip, int64_t port) {
  uint8_t frame[64], host[32];
  uint8_t *end = put_field(put_field(host, 1, ip), 2, port);
  uint8_t *at = put_field(put_field(frame + HEADER_BYTES, 1, caller->modid), 2, cmdid);
  *at++ = 3 << 3 | 2;
  at = put_varint(at, (uint64_t)(end - host));
  memcpy(at, host, (size_t)(end - host));
  at += end - host;
  put_header(frame, 6, (uint32_t)(at - frame - HEADER_BYTES));
  send(caller->fd, frame, (size_t)(at - frame), 0);
  caller->counts->reports++;
}

typedef struct {
  uint64_t seq, modid, cmdid, retcode, ip, port;
} answer_t;

/* 1 when these bytes are the fields of a GetHostResponse, or, nested, of its host. */
static int parse(const uint8_t *at, const uint8_t *end, int in_host, answer_t *answer) {
  while (at && at < end) {
    int tag = *at++;
    uint64_t value = 0;
    at = get_varint(at, end, &value);
    if (!at) return 0;
    if (!in_host && tag == (5 << 3 | 2)) {
      if (value > (uint64_t)(end - at) || !parse(at, at + value, 1, answer)) return 0;
      at += value;
    } else if (in_host && tag == 1 << 3) {
      answer->ip = value;
    } else if (in_host && tag == 2 << 3) {
      answer->port = value;
    } else if (tag == 1 << 3) {
      answer->seq = value;
    } else if (tag == 2 << 3) {
      answer->modid = value;
    } else if (tag == 3 << 3) {
      answer->cmdid = value;
    } else if (tag == 4 << 3) {
      answer->retcode = value;
    } else if (tag & 7) {
      return 0;
    }
  }
  return at == end;
}

/* 1 when it is the answer that this caller waits for. */
static int take(caller_t *caller, const uint8_t *frame, ssize_t bytes) {
  if (mode == ECHO) {
    if (bytes == caller->request_bytes && !memcmp(frame, caller->request, (size_t)bytes)) return 1;
    caller->counts->wrong++;
    return 0;
  }
  answer_t answer = {0};
  int whole = bytes >= HEADER_BYTES && get_u32(frame) == 5 && get_u32(frame + 4) == (uint32_t)(bytes - HEADER_BYTES) &&
              parse(frame + HEADER_BYTES, frame + bytes, 0, &answer);
  if (whole && answer.seq < caller->seq) return 0; /* was given up for lost, and came after all */
  if (!whole || answer.seq != caller->seq || answer.modid != (uint64_t)caller->modid || answer.cmdid != (uint64_t)cmdid) {
    caller->counts->wrong++;
    return 0;
  }
  if (answer.retcode || !answer.ip || !answer.port) caller->counts->refused++;
  else if (mode == PAIR) report(caller, (int64_t)answer.ip, (int64_t)answer.port);
  return 1;
}

/* Takes an answer, and asks for more. */
static void go_on(caller_t *caller, const uint8_t *frame, ssize_t bytes) {
  if (!take(caller, frame, bytes)) return;
  caller->counts->answers++;
  add_latency(&caller->counts->latencies, now_ns() - caller->sent_ns);
  ask(caller);
}

static void run_together(int sockets) {
  int epoll = epoll_create1(0);
  struct epoll_event events[MAX_SOCKETS];
  for (int at = 0; at < sockets; at++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    epoll_ctl(epoll, EPOLL_CTL_ADD, callers[at].fd, &event);
    ask(&callers[at]);
  }
  int64_t now, checked = now_ns();
  int warm = 0;
  while ((now = now_ns()) < end_ns && !is_stopping) {
    if (!warm && now >= start_ns) {
      warm = 1;
      start_ns = now;
      memset(callers[0].counts, 0, sizeof *callers[0].counts);
    }
    if (now - checked > LOST_NS / 4) {
      checked = now;
      for (int at = 0; at < sockets; at++) {
        if (now - callers[at].sent_ns < LOST_NS) continue;
        callers[at].counts->lost++;
        ask(&callers[at]);
      }
    }
    int ready = epoll_wait(epoll, events, MAX_SOCKETS, 50);
    for (int at = 0; at < ready; at++) {
      caller_t *caller = &callers[events[at].data.u32];
      uint8_t frame[2048];
      ssize_t bytes = recv(caller->fd, frame, sizeof frame, 0);
      if (bytes >= 0) go_on(caller, frame, bytes);
    }
  }
  end_ns = now;
}

static void *run_caller(void *argument) {
  caller_t *caller = argument;
  struct timeval timeout = {.tv_usec = LOST_NS / 1000};
  setsockopt(caller->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  fcntl(caller->fd, F_SETFL, 0);
  ask(caller);
  int64_t now;
  for (int warm = 0; (now = now_ns()) < end_ns && !is_stopping;) {
    if (!warm && now >= start_ns) {
      warm = 1;
      memset(caller->counts, 0, sizeof *caller->counts);
    }
    uint8_t frame[2048];
    ssize_t bytes = recv(caller->fd, frame, sizeof frame, 0);
    if (bytes >= 0) {
      go_on(caller, frame, bytes);
    } else {
      caller->counts->lost++;
      ask(caller);
    }
  }
  return NULL;
}

/* Adds all counts to the first caller's. */
static void run_threads(int sockets) {
  for (int at = 0; at < sockets; at++) pthread_create(&callers[at].thread, NULL, run_caller, &callers[at]);
  for (int at = 0; at < sockets; at++) pthread_join(callers[at].thread, NULL);
  int64_t now = now_ns();
  if (now < end_ns) end_ns = now;
  counts_t *sum = callers[0].counts;
  for (int at = 1; at < sockets; at++) {
    const counts_t *counts = callers[at].counts;
    sum->answers += counts->answers;
    sum->refused += counts->refused;
    sum->wrong += counts->wrong;
    sum->lost += counts->lost;
    sum->reports += counts->reports;
    add_latencies(&sum->latencies, &counts->latencies);
  }
}

int main(int argc, char **argv) {
  const char *const names[] = {"port",   "host",  "mode",  "sockets", "seconds",
                               "warmup", "modid", "cmdid", "modules", "blocking", NULL};
  check_flags(argc, argv, names, USAGE);
  const char *name = text_flag(argc, argv, "mode", "pick");
  mode = !strcmp(name, "echo") ? ECHO : !strcmp(name, "pair") ? PAIR : PICK;
  int sockets = (int)number_flag(argc, argv, "sockets", 10), port = (int)number_flag(argc, argv, "port", 0);
  int blocking = (int)number_flag(argc, argv, "blocking", 0);
  first_modid = (int)number_flag(argc, argv, "modid", 1);
  cmdid = (int)number_flag(argc, argv, "cmdid", 1);
  modules = (int)number_flag(argc, argv, "modules", 1);
  if (!port || sockets < 1 || sockets > MAX_SOCKETS || modules < 1) {
    fprintf(stderr, "%s\n", USAGE);
    return 2;
  }
  stop_on_signal();
  counts_t *counts = calloc(blocking ? (size_t)sockets : 1, sizeof *counts);
  for (int at = 0; at < sockets; at++) {
    callers[at].fd = connect_socket(SOCK_DGRAM, text_flag(argc, argv, "host", "127.0.0.1"), port);
    callers[at].counts = counts + (blocking ? at : 0);
    callers[at].next_module = at % modules;
  }
  start_ns = now_ns() + (int64_t)(number_flag(argc, argv, "warmup", 0.3) * 1e9);
  end_ns = start_ns + (int64_t)(number_flag(argc, argv, "seconds", 3) * 1e9);
  if (blocking) run_threads(sockets);
  else run_together(sockets);
  double seconds = (double)(end_ns - start_ns) / 1e9;
  printf("{\"mode\":\"%s\",\"sockets\":%d,\"seconds\":%.3f,\"rate\":%.0f,\"answers\":%lu,\"reports\":%lu,\"refused\":%lu,"
         "\"wrong\":%lu,\"lost\":%lu,",
         name, sockets, seconds, (double)counts->answers / seconds, counts->answers, counts->reports, counts->refused,
         counts->wrong, counts->lost);
  print_latencies(&counts->latencies);
  printf("}\n");
}
