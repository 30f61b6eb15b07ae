#!/bin/sh
# need.sh mariadb|galera|compiler|node …: makes sure that what the tests and benchmarks need is there, through apt-get when it is not.
# Tests start MariaDB themselves: the package asked for brings no service. Says on stderr what takes long, and what to
# install when it cannot.
set -eu

PATH=$PATH:/usr/sbin:/usr/libexec

describe() {
  case $1 in
    mariadb) name="MariaDB's server and openssl" packages="mariadb-server-core openssl" ;;
    galera) name="Galera, MariaDB's cluster" packages="galera-4 rsync mariadb-client-core" ;;
    compiler) name="a C compiler" packages="gcc libc6-dev" ;;
    node) name="Node 18 or later" packages=nodejs ;;
    *) echo "need.sh knows mariadb, galera, compiler and node: it was given $1" >&2; exit 2 ;;
  esac
}

has() {
  case $1 in
    mariadb)
      { command -v mariadbd || command -v mysqld; } >/dev/null && command -v openssl >/dev/null
      ;;
    galera)
      [ -e /usr/lib/galera/libgalera_smm.so ] && command -v rsync >/dev/null &&
        command -v my_print_defaults >/dev/null
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

# Some files are of a package that brings a service as well: so they alone are taken out of it, where they are missing.
bring() {
  folder=$(cd "$(dirname "$0")/.." && pwd)/.cache/mariadb
  missing=
  for file; do
    [ -e "$folder/${file##*/}" ] || [ -e "/$file" ] || missing="$missing $file"
  done
  [ -n "$missing" ] || return 0
  version=$(dpkg-query -W -f '${Version}' mariadb-server-core) || return 1
  new=$(mktemp -d)
  # shellcheck disable=SC2086 # several words
  (cd "$new" && apt-get -qq download "mariadb-server=$version" && dpkg-deb -x mariadb-server_*.deb . &&
    chmod 755 $missing && mkdir -p "$folder" && mv $missing "$folder")
  result=$?
  rm -rf "$new"
  return $result
}

for thing; do
  describe "$thing"
  has "$thing" || install "$thing"
  case $thing in
    mariadb)
      bring usr/lib/mysql/plugin/auth_ed25519.so >/dev/null 2>&1 ||
        echo "Without MariaDB's ed25519 plugin, its test is left out" >&2
      ;;
    galera)
      bring usr/bin/wsrep_sst_common usr/bin/wsrep_sst_rsync >/dev/null 2>&1 ||
        give_up "the scripts of mariadb-server for a state transfer cannot be fetched"
      ;;
  esac
done
