#!/bin/sh
# cc.sh: makes sure that there is a C compiler for the benchmarks' load generators, through apt-get when there is none.
# Says on stderr what takes long, and what to install when it cannot.
set -eu

has_compiler() {
  command -v cc >/dev/null && echo '#include <sys/epoll.h>' | cc -E - >/dev/null 2>&1
}

give_up() {
  echo "Cannot get a C compiler for the benchmarks: $1; install gcc and libc6-dev and run this again" >&2
  exit 1
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

has_compiler && exit
command -v apt-get >/dev/null || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "apt-get needs root"

# One installs, others wait and find it done.
exec 9<"$0"
if command -v flock >/dev/null; then flock 9; fi
has_compiler && exit

echo "Installing a C compiler with apt-get for the benchmarks, once; takes up to a minute …" >&2
packages="gcc libc6-dev"
# shellcheck disable=SC2086 # two words
apt install --no-install-recommends -y $packages 2>/dev/null || {
  apt update || give_up "apt-get update failed"
  apt install --no-install-recommends -y $packages || give_up "apt-get install $packages failed"
}
has_compiler || give_up "$packages brought no compiler"
