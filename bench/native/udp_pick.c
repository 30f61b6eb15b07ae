/*
 * udp_pick: what an agent without a balancer would do, at best. One thread answers every pick, msgid 4, with the same host,
 * and throws everything else away. Prints {"port":N}.
 */
#include "load.h"

int main(int argc, char **argv) {
  const char *const names[] = {"port", "seconds", NULL};
  check_flags(argc, argv, names, "udp_pick [--port 0] [--seconds 3600]: ends by itself after so many seconds");
  int port = (int)number_flag(argc, argv, "port", 0);
  int fd = serve_socket(SOCK_DGRAM, port, (unsigned)number_flag(argc, argv, "seconds", 3600));
  static const uint8_t host[] = {0x2a, 4, 0x08, 1, 0x10, 80}; /* field 5 of the answer: ip 1, port 80 */
  static uint8_t buffer[65536 + sizeof host];
  for (;;) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t bytes = recvfrom(fd, buffer, 65536, 0, (void *)&from, &size);
    if (bytes < HEADER_BYTES || get_u32(buffer) != 4) continue;
    memcpy(buffer + bytes, host, sizeof host); /* seq, modid and cmdid are the question's */
    bytes += sizeof host;
    put_header(buffer, 5, (uint32_t)(bytes - HEADER_BYTES));
    sendto(fd, buffer, (size_t)bytes, 0, (void *)&from, size);
  }
}
