#!/bin/sh
# mariadb.sh: makes sure that there is a MariaDB server binary for the tests, through apt-get when there is none. The
# tests start it themselves: the package asked for brings no service. Says on stderr what takes long, and what to
# install when it cannot.
set -eu

PATH=$PATH:/usr/sbin:/usr/libexec

has_server() {
  command -v mariadbd >/dev/null || command -v mysqld >/dev/null
}

give_up() {
  echo "Cannot get MariaDB for the tests: $1; install mariadb-server and run this again" >&2
  exit 1
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

has_server && exit
command -v apt-get >/dev/null || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "apt-get needs root"

# One installs, others wait and find it done.
exec 9<"$0"
if command -v flock >/dev/null; then flock 9; fi
has_server && exit

echo "Installing MariaDB's server with apt-get for the tests, once; takes up to a minute …" >&2
package=mariadb-server-core
apt install --no-install-recommends -y $package 2>/dev/null || {
  apt update || give_up "apt-get update failed"
  apt install --no-install-recommends -y $package || give_up "apt-get install $package failed"
}
has_server || give_up "$package brought no server"
