#!/bin/sh
# deno.sh ARGS…: runs Deno with these arguments: the one on PATH when it is good (2.9 or a later 2.x), else one that npm
# installs into .deno, once. Says on stderr what takes long, and what to install when it can do neither.
set -eu

version=2.9.6
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
home=$root/.deno

# is_good COMMAND: it runs, and is of a good version.
is_good() {
  case $("$1" --version 2>/dev/null || true) in
    "deno 2."[0-8].* | "deno 2."[0-8]-*) return 1 ;;
    "deno 2."*) return 0 ;;
    *) return 1 ;;
  esac
}

# What npm puts into bin may be a script that needs Node: the executable itself lies in a package of its own.
installed() {
  for file in "$home"/node_modules/@deno/*/deno; do
    [ -f "$file" ] && chmod +x "$file" 2>/dev/null && is_good "$file" && echo "$file" && return
  done
  return 1
}

install() {
  command -v npm >/dev/null || {
    echo "Cannot get Deno: install npm, or Deno 2.9 (https://deno.com), and run this again" >&2
    exit 1
  }
  # One installs, others wait and find it done.
  exec 9<"$0"
  if command -v flock >/dev/null; then flock 9; fi
  installed >/dev/null && return
  echo "Installing Deno $version with npm into .deno, once; takes up to a minute …" >&2
  mkdir -p "$home"
  echo '{ "private": true }' >"$home/package.json"
  npm install --prefix "$home" --no-audit --no-fund --loglevel error --ignore-scripts "deno@$version" >&2 || {
    echo "Cannot get Deno: npm install deno@$version failed; install Deno 2.9 (https://deno.com)" >&2
    exit 1
  }
}

if command -v deno >/dev/null && is_good deno; then
  deno=$(deno eval --no-config 'console.log(Deno.execPath())')
else
  installed >/dev/null || install
  exec 9>&-
  deno=$(installed) || {
    echo "Cannot run the Deno that npm installed; install Deno 2.9 (https://deno.com)" >&2
    exit 1
  }
fi

# The folder of the executable itself comes first, so that --allow-run=deno means this one. The current folder stays: a
# program beside this one may be run as well.
PATH=$(dirname "$deno"):$PATH exec "$deno" "$@"
