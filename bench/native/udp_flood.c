/*
 * udp_flood: sends an agent's shard datagrams at a rate, whatever comes of them, and reads no answer. Prints one line of
 * JSON. The rate is kept in bursts of a millisecond each.
 *
 * --kind names     GetHostRequest (4) of modules of one shard that nobody has, a new one each time
 * --kind picks     the same of one module
 * --kind garbage   frames whose body is no message, and bytes that are no frame
 *
 * Each of --sources is a socket bound to an address of its own in 127.0.0.0/8, as if it were another host's.
 */
#include "load.h"

#define USAGE                                                                             \
  "udp_flood --port P [--kind names|picks|garbage] [--rate 10000] [--seconds 3]\n"        \
  "          [--sources 16] [--modid 1] [--cmdid 1]"
#define MAX_SOURCES 1024
#define MAX_BODY 200

enum { NAMES, PICKS, GARBAGE };

static uint32_t random_state = 1;

static uint32_t draw(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  return random_state ^= random_state << 5;
}

static size_t put_pick(uint8_t *frame, uint32_t seq, int modid, int cmdid) {
  uint8_t *at = put_field(frame + HEADER_BYTES, 1, seq);
  at = put_field(put_field(at, 2, modid), 3, cmdid);
  put_header(frame, 4, (uint32_t)(at - frame - HEADER_BYTES));
  return (size_t)(at - frame);
}

static size_t put_garbage(uint8_t *frame) {
  uint32_t body_bytes = draw() % MAX_BODY;
  for (uint32_t at = 0; at < HEADER_BYTES + body_bytes; at++) frame[at] = (uint8_t)draw();
  if (draw() % 4) put_header(frame, draw() % 14, body_bytes);
  return HEADER_BYTES + body_bytes;
}

static int source_socket(int number, int port) {
  char ip[32];
  snprintf(ip, sizeof ip, "127.1.%d.%d", number / 250, 1 + number % 250);
  struct sockaddr_in from = address_of(ip, 0), to = address_of("127.0.0.1", port);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) die("source");
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

int main(int argc, char **argv) {
  const char *const names[] = {"port", "kind", "rate", "seconds", "sources", "modid", "cmdid", NULL};
  check_flags(argc, argv, names, USAGE);
  const char *name = text_flag(argc, argv, "kind", "names");
  int kind = !strcmp(name, "garbage") ? GARBAGE : !strcmp(name, "picks") ? PICKS : NAMES;
  int port = (int)number_flag(argc, argv, "port", 0), sources = (int)number_flag(argc, argv, "sources", 16);
  int modid = (int)number_flag(argc, argv, "modid", 1), cmdid = (int)number_flag(argc, argv, "cmdid", 1);
  double rate = number_flag(argc, argv, "rate", 10000), seconds = number_flag(argc, argv, "seconds", 3);
  if (!port || sources < 1 || sources > MAX_SOURCES || rate <= 0) {
    fprintf(stderr, "%s\n", USAGE);
    return 2;
  }
  stop_on_signal();
  int fds[MAX_SOURCES];
  for (int at = 0; at < sources; at++) fds[at] = source_socket(at, port);
  uint8_t frame[HEADER_BYTES + MAX_BODY];
  uint64_t sent = 0;
  int64_t start_ns = now_ns(), end_ns = start_ns + (int64_t)(seconds * 1e9);
  for (int64_t now = start_ns; now < end_ns && !is_stopping; now = now_ns()) {
    for (uint64_t due = (uint64_t)((double)(now - start_ns) / 1e9 * rate); sent < due; sent++) {
      int number = (int)(sent % 100000000);
      size_t bytes = kind == GARBAGE ? put_garbage(frame)
                                     : put_pick(frame, (uint32_t)sent, kind == NAMES ? modid + 3 * number : modid, cmdid);
      send(fds[sent % (uint64_t)sources], frame, bytes, 0);
    }
    struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
  }
  double took = (double)(now_ns() - start_ns) / 1e9;
  printf("{\"kind\":\"%s\",\"answers\":%lu,\"rate\":%.0f,\"seconds\":%.3f}\n", name, sent, (double)sent / took, took);
}
