/*
 * whole_reads: an agent or a reporter that takes every read for whole frames, as those of the C++ Lars do. They come to harm
 * where a read ends within a frame; this one ends with 1 and says what it read.
 *
 * --port P  asks dns at 127.0.0.1:P for all of its modules at once, `rounds` times, each time when all is answered, and
 *           takes what is pushed in between and afterwards. At SIGTERM it ends its side, reads to the end, and prints one
 *           line of JSON.
 * --port 0  listens on a free port and prints it, and takes what a peer after another sends, until SIGTERM.
 *
 * A read takes all that is there, up to `buffer` bytes. The C++ Lars' own buffer holds as much as is the default.
 */
#include "load.h"
#include <poll.h>
#include <sys/ioctl.h>

#define USAGE "whole_reads --port P [--modules 10] [--modid 1] [--cmdid 1] [--rounds 1] [--buffer 4194304]"
#define MAX_QUESTION_BYTES 64

static struct {
  uint64_t reads, frames;
  int largest;
} seen;
static uint8_t *buffer;
static int buffer_bytes;

/* Takes what is there; 0 when the peer has ended its side. */
static int read_frames(int fd) {
  int there = 0;
  if (ioctl(fd, FIONREAD, &there)) die("ioctl");
  if (there < 1 || there > buffer_bytes) there = buffer_bytes;
  ssize_t bytes = recv(fd, buffer, (size_t)there, 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
  if (bytes < 0 && errno != ECONNRESET) die("recv");
  if (bytes <= 0) return 0;
  seen.reads++;
  if (bytes > seen.largest) seen.largest = (int)bytes;
  for (ssize_t at = 0; at < bytes; seen.frames++) {
    ssize_t frame = bytes - at < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + (ssize_t)get_u32(buffer + at + 4);
    if (at + frame > bytes) {
      fprintf(stderr, "Read %lu of %zd bytes ends within a frame, which begins at %zd and has %zd bytes, after %lu whole ones\n",
              seen.reads, bytes, at, frame, seen.frames);
      exit(1);
    }
    at += frame;
  }
  return 1;
}

static void await_bytes(int fd) {
  struct pollfd wanted = {.fd = fd, .events = POLLIN};
  poll(&wanted, 1, 50);
}

static void ask(int fd, int modid, int cmdid, int modules) {
  uint8_t *questions = malloc((size_t)modules * MAX_QUESTION_BYTES), *at = questions;
  for (int nth = 0; nth < modules; nth++) {
    uint8_t *frame = at;
    at = put_field(put_field(frame + HEADER_BYTES, 1, modid + nth), 2, cmdid);
    put_header(frame, 1, (uint32_t)(at - frame - HEADER_BYTES));
  }
  for (uint8_t *from = questions; from < at;) {
    ssize_t sent = send(fd, from, (size_t)(at - from), 0);
    if (sent > 0) from += sent;
    else if (errno == EAGAIN) await_bytes(fd);
    else if (errno != EINTR) die("send");
  }
  free(questions);
}

static void be_agent(int port, int modid, int cmdid, int modules, int rounds) {
  int fd = connect_socket(SOCK_STREAM, "127.0.0.1", port), has_ended = 0;
  for (int round = 0; !has_ended;) {
    if (!is_stopping && round < rounds && seen.frames >= (uint64_t)round * (uint64_t)modules) {
      ask(fd, modid, cmdid, modules);
      round++;
    }
    await_bytes(fd);
    if (is_stopping) shutdown(fd, SHUT_WR);
    has_ended = !read_frames(fd);
  }
}

static void be_reporter(void) {
  int listener = serve_socket(SOCK_STREAM, 0, 600);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  while (!is_stopping) {
    await_bytes(listener);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (fd < 0) die("accept");
    do await_bytes(fd);
    while (read_frames(fd) && !is_stopping);
    close(fd);
  }
}

int main(int argc, char **argv) {
  const char *const names[] = {"port", "modules", "modid", "cmdid", "rounds", "buffer", NULL};
  check_flags(argc, argv, names, USAGE);
  stop_on_signal();
  buffer_bytes = (int)number_flag(argc, argv, "buffer", 4 << 20);
  buffer = malloc((size_t)buffer_bytes);
  int port = (int)number_flag(argc, argv, "port", 0);
  if (!port) {
    be_reporter();
    return 0;
  }
  be_agent(port, (int)number_flag(argc, argv, "modid", 1), (int)number_flag(argc, argv, "cmdid", 1),
           (int)number_flag(argc, argv, "modules", 10), (int)number_flag(argc, argv, "rounds", 1));
  printf("{\"answers\":%lu,\"wrong\":0,\"reads\":%lu,\"largest_read\":%d}\n", seen.frames, seen.reads, seen.largest);
}
