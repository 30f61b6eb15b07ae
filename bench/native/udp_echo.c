/* udp_echo: the reference of the agent. One thread sends every datagram back. Prints {"port":N}. */
#include "load.h"

int main(int argc, char **argv) {
  const char *const names[] = {"port", "seconds", NULL};
  check_flags(argc, argv, names, "udp_echo [--port 0] [--seconds 3600]: ends by itself after so many seconds");
  int port = (int)number_flag(argc, argv, "port", 0);
  int fd = serve_socket(SOCK_DGRAM, port, (unsigned)number_flag(argc, argv, "seconds", 3600));
  static uint8_t buffer[65536];
  for (;;) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t bytes = recvfrom(fd, buffer, sizeof buffer, 0, (void *)&from, &size);
    if (bytes >= 0) sendto(fd, buffer, (size_t)bytes, 0, (void *)&from, size);
  }
}
