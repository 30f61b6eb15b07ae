/*
 * What the load generators and reference servers share: arguments, the clock, latencies, varints and frame headers.
 *
 * A frame is an 8-byte header (int32 msgid, int32 body length, little-endian) and a proto3 body; docs/protocol.md.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES 8

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* --- arguments: --name value ------------------------------------------------------------------------------------- */

static const char *text_flag(int argc, char **argv, const char *name, const char *fallback) {
  for (int at = 1; at + 1 < argc; at += 2)
    if (!strcmp(argv[at] + 2, name)) return argv[at + 1];
  return fallback;
}

static double number_flag(int argc, char **argv, const char *name, double fallback) {
  const char *text = text_flag(argc, argv, name, NULL);
  if (!text) return fallback;
  char *end;
  double number = strtod(text, &end);
  if (*end || end == text) {
    fprintf(stderr, "--%s takes a number: it is %s\n", name, text);
    exit(2);
  }
  return number;
}

/* Ends the program with its usage when an argument is not one of `names`, or has no value. */
static void check_flags(int argc, char **argv, const char *const *names, const char *usage) {
  for (int at = 1; at < argc; at += 2) {
    int known = 0;
    for (const char *const *name = names; *name; name++)
      known |= !strncmp(argv[at], "--", 2) && !strcmp(argv[at] + 2, *name);
    if (!known || at + 1 == argc) {
      fprintf(stderr, "%s\n", usage);
      exit(2);
    }
  }
}

/* --- an early end: at SIGTERM a load stops and prints what it has ------------------------------------------------ */

static volatile sig_atomic_t is_stopping;

static void stop(int signal) {
  (void)signal;
  is_stopping = 1;
}

static inline void stop_on_signal(void) {
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
}

/* --- time and latencies ------------------------------------------------------------------------------------------ */

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Buckets of 1/32 of a power of two: any latency within 3 %. */
#define BUCKETS (64 * 32)
typedef struct {
  uint64_t counts[BUCKETS];
  uint64_t total;
  int64_t max_ns;
} latencies_t;

static inline void add_latency(latencies_t *latencies, int64_t ns) {
  if (ns < 1) ns = 1;
  if (ns > latencies->max_ns) latencies->max_ns = ns;
  int power = 63 - __builtin_clzll((uint64_t)ns);
  int part = power >= 5 ? (int)((ns >> (power - 5)) & 31) : (int)((ns << (5 - power)) & 31);
  latencies->counts[power * 32 + part]++;
  latencies->total++;
}

static inline void add_latencies(latencies_t *sum, const latencies_t *more) {
  for (int at = 0; at < BUCKETS; at++) sum->counts[at] += more->counts[at];
  sum->total += more->total;
  if (more->max_ns > sum->max_ns) sum->max_ns = more->max_ns;
}

static inline double latency_us(const latencies_t *latencies, double share) {
  uint64_t left = (uint64_t)(share * (double)latencies->total);
  for (int at = 0; at < BUCKETS; at++) {
    if (left < latencies->counts[at]) return (double)(1ULL << (at / 32)) * (1 + (at % 32 + 0.5) / 32) / 1000;
    left -= latencies->counts[at];
  }
  return (double)latencies->max_ns / 1000;
}

static inline void print_latencies(const latencies_t *latencies) {
  printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f", latency_us(latencies, 0.5), latency_us(latencies, 0.99),
         (double)latencies->max_ns / 1000);
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

static inline uint8_t *put_varint(uint8_t *at, uint64_t value) {
  while (value > 127) {
    *at++ = (uint8_t)value | 128;
    value >>= 7;
  }
  *at++ = (uint8_t)value;
  return at;
}

/* A field that is 0 is not written, as proto3 has it. An int32 below 0 takes ten bytes. */
static inline uint8_t *put_field(uint8_t *at, int number, int64_t value) {
  if (!value) return at;
  *at++ = (uint8_t)(number << 3);
  return put_varint(at, (uint64_t)value);
}

static inline const uint8_t *get_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
  uint64_t result = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    result |= (uint64_t)(*at & 127) << shift;
    if (*at++ < 128) {
      *value = result;
      return at;
    }
  }
  return NULL;
}

static inline void put_header(uint8_t *frame, uint32_t msgid, uint32_t body_bytes) {
  memcpy(frame, &msgid, 4);
  memcpy(frame + 4, &body_bytes, 4);
}

static inline uint32_t get_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

/* --- sockets ----------------------------------------------------------------------------------------------------- */

static struct sockaddr_in address_of(const char *ip, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) {
    fprintf(stderr, "--host takes an IPv4 address: it is %s\n", ip);
    exit(2);
  }
  return address;
}

/* A socket bound to 127.0.0.1, whose port it prints as {"port":N}; the process ends after `seconds` at the latest. */
static inline int serve_socket(int type, int port, unsigned seconds) {
  signal(SIGPIPE, SIG_IGN);
  alarm(seconds);
  int fd = socket(AF_INET, type, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = address_of("127.0.0.1", port);
  socklen_t size = sizeof address;
  if (bind(fd, (void *)&address, size) || getsockname(fd, (void *)&address, &size)) die("bind");
  if (type == SOCK_STREAM && listen(fd, 1024)) die("listen");
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static inline int connect_socket(int type, const char *ip, int port) {
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address = address_of(ip, port);
  int fd = socket(AF_INET, type, 0), on = 1;
  if (connect(fd, (void *)&address, sizeof address)) die("connect");
  if (type == SOCK_STREAM) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}
