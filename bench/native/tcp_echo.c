/*
 * tcp_echo: the reference of dns and of the reactor. One thread sends every byte back, on any number of connections.
 * Prints {"port":N}. What a peer does not take is kept, and nothing read from it meanwhile.
 */
#include "load.h"

#define CHUNK 65536
#define MAX_FDS 65536

typedef struct {
  size_t from, to;
  uint8_t bytes[CHUNK];
} connection_t;

static connection_t *connections[MAX_FDS];

static void drop(int fd) {
  close(fd);
  free(connections[fd]);
  connections[fd] = NULL;
}

/* Sends what is kept; 0 once nothing is. */
static int flush(int epoll, int fd) {
  connection_t *connection = connections[fd];
  while (connection->from < connection->to) {
    ssize_t sent = send(fd, connection->bytes + connection->from, connection->to - connection->from, 0);
    if (sent < 0) {
      if (errno != EAGAIN) return drop(fd), 1;
      struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
      epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
      return 1;
    }
    connection->from += (size_t)sent;
  }
  return 0;
}

static void echo(int epoll, int fd) {
  connection_t *connection = connections[fd];
  ssize_t bytes = recv(fd, connection->bytes, CHUNK, 0);
  if (bytes < 0 && errno == EAGAIN) return;
  if (bytes <= 0) return drop(fd);
  connection->from = 0;
  connection->to = (size_t)bytes;
  flush(epoll, fd);
}

int main(int argc, char **argv) {
  const char *const names[] = {"port", "seconds", NULL};
  check_flags(argc, argv, names, "tcp_echo [--port 0] [--seconds 3600]: ends by itself after so many seconds");
  int port = (int)number_flag(argc, argv, "port", 0);
  int listener = serve_socket(SOCK_STREAM, port, (unsigned)number_flag(argc, argv, "seconds", 3600));
  int epoll = epoll_create1(0), on = 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int at = 0; at < ready; at++) {
      int fd = events[at].data.fd;
      if (fd == listener) {
        fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        if (fd >= MAX_FDS) {
          close(fd);
          continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd] = calloc(1, sizeof(connection_t));
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
      } else if (events[at].events & EPOLLOUT) {
        if (flush(epoll, fd)) continue;
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
      } else {
        echo(epoll, fd);
      }
    }
  }
}
