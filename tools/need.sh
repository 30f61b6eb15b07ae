#!/bin/sh
# need.sh mariadb|compiler …: makes sure that what the tests and benchmarks need is there, through apt-get when it is not.
# Tests start MariaDB themselves: the package asked for brings no service. Says on stderr what takes long, and what to
# install when it cannot.
set -eu

PATH=$PATH:/usr/sbin:/usr/libexec

describe() {
  case $1 in
    mariadb) name="MariaDB's server" packages=mariadb-server-core ;;
    compiler) name="a C compiler" packages="gcc libc6-dev" ;;
    *) echo "need.sh knows mariadb and compiler: it was given $1" >&2; exit 2 ;;
  esac
}

has() {
  case $1 in
    mariadb) command -v mariadbd >/dev/null || command -v mysqld >/dev/null ;;
    compiler) command -v cc >/dev/null && echo '#include <sys/epoll.h>' | cc -E - >/dev/null 2>&1 ;;
  esac
}

give_up() {
  echo "Cannot get $name: $1; install $packages and run this again" >&2
  exit 1
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

install() {
  command -v apt-get >/dev/null || give_up "there is no apt-get"
  [ "$(id -u)" = 0 ] || give_up "apt-get needs root"

  # One installs, others wait and find it done.
  exec 9<"$0"
  if command -v flock >/dev/null; then flock 9; fi
  has "$1" && return

  echo "Installing $name with apt-get, once; takes up to a minute …" >&2
  # shellcheck disable=SC2086 # one or two words
  apt install --no-install-recommends -y $packages 2>/dev/null || {
    apt update || give_up "apt-get update failed"
    apt install --no-install-recommends -y $packages || give_up "apt-get install failed"
  }
  has "$1" || give_up "$packages did not bring it"
}

for thing; do
  describe "$thing"
  has "$thing" || install "$thing"
done
