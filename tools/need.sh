#!/bin/sh
# need.sh mariadb|compiler|node …: makes sure that what the tests and benchmarks need is there, through apt-get when it is not.
# Tests start MariaDB themselves: the package asked for brings no service. Says on stderr what takes long, and what to
# install when it cannot.
set -eu

PATH=$PATH:/usr/sbin:/usr/libexec

describe() {
  case $1 in
    mariadb) name="MariaDB's server and openssl" packages="mariadb-server-core openssl" ;;
    compiler) name="a C compiler" packages="gcc libc6-dev" ;;
    node) name="Node 18 or later" packages=nodejs ;;
    *) echo "need.sh knows mariadb, compiler and node: it was given $1" >&2; exit 2 ;;
  esac
}

has() {
  case $1 in
    mariadb)
      { command -v mariadbd || command -v mysqld; } >/dev/null && command -v openssl >/dev/null
      ;;
    node) command -v node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ;;
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

# MariaDB's method ed25519 is a file of a package that brings a service as well: so the file alone is taken out of it.
bring_ed25519() {
  folder=$(dirname "$0")/../.cache/mariadb
  [ ! -e "$folder/auth_ed25519.so" ] && [ ! -e /usr/lib/mysql/plugin/auth_ed25519.so ] || return 0
  version=$(dpkg-query -W -f '${Version}' mariadb-server-core) || return 1
  new=$(mktemp -d)
  (cd "$new" && apt-get -qq download "mariadb-server=$version" && dpkg-deb -x mariadb-server_*.deb .) &&
    mkdir -p "$folder" && mv "$new/usr/lib/mysql/plugin/auth_ed25519.so" "$folder"
  result=$?
  rm -rf "$new"
  return $result
}

for thing; do
  describe "$thing"
  has "$thing" || install "$thing"
  [ "$thing" = mariadb ] || continue
  bring_ed25519 >/dev/null 2>&1 || echo "Without MariaDB's ed25519 plugin, its test is left out" >&2
done
