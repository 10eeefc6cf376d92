#!/usr/bin/env bash
# A private PostGIS for tests, on loopback, with everything it owns in one folder.
#
#   tests/postgres.sh start DIR            start it (making it where there is none) and print its URL
#   tests/postgres.sh start DIR durable    the same, for measurements: commits wait for the disk
#   tests/postgres.sh stop DIR             stop it; DIR stays until you remove it
#
# Whoever can reach loopback is trusted, so keep nothing in it. What a test kills is the service, so what
# was committed need only outlive that, not a power cut: but for measurements nothing waits for the disk.
set -euo pipefail

fail() { echo "postgres.sh: $*" >&2; exit 1; }

# The newest installation that has PostGIS (Debian keeps each version's programs in a folder of its own).
programs() {
    local bin version
    for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
        version=$(basename "$(dirname "$bin")")
        if [ -x "$bin/initdb" ] && [ -e "/usr/share/postgresql/$version/extension/postgis.control" ]; then
            echo "$bin"
            return
        fi
    done
    if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
        dirname "$(command -v initdb)"
        return
    fi
    fail "PostgreSQL with PostGIS is not installed. On Debian: apt-get install postgresql postgresql-postgis"
}

# PostgreSQL refuses to run as root.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

is_running() { unprivileged "$bin/pg_ctl" status --pgdata "$data" >/dev/null 2>&1; }

make_cluster() {
    if [ -e "$folder" ]; then
        [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ] || fail "$folder holds something else; name an empty or new folder"
    fi
    mkdir -p "$folder"
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder"; fi
    unprivileged "$bin/initdb" --pgdata "$data" --username postgres --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host trust >/dev/null
    unprivileged tee -a "$data/postgresql.conf" >/dev/null <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
shared_buffers = 256MB
max_connections = 100
SETTINGS
}

# Given at each start, so that a cluster made before has them too. Nothing vacuums or analyses behind a
# test's back: plans are the same in every run.
quick="-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off"
quick="$quick -c max_wal_size=4GB -c checkpoint_timeout=1h"

# Another process may take the port between the look and the start, hence the tries.
start_cluster() {
    local try
    for try in 1 2 3; do
        if unprivileged "$bin/pg_ctl" start --pgdata "$data" --log "$folder/server.log" --wait --timeout 60 \
            --options "-p $(free_port) $quick" >/dev/null 2>&1; then
            return
        fi
    done
    tail -n 20 "$folder/server.log" >&2 || true
    fail "PostgreSQL did not start"
}

query() {
    PGOPTIONS="--client-min-messages=warning" unprivileged "$bin/psql" --no-psqlrc --quiet --tuples-only --no-align \
        --set ON_ERROR_STOP=1 --host 127.0.0.1 --port "$port" --username postgres --dbname "$1" --command "$2"
}

make_database() {
    if [ -z "$(query postgres "SELECT 1 FROM pg_database WHERE datname = 'earshot_test'")" ]; then
        query postgres "CREATE DATABASE earshot_test"
    fi
    query earshot_test "CREATE EXTENSION IF NOT EXISTS postgis"
}

usage="usage: tests/postgres.sh start DIR [durable] | stop DIR"
[ $# -eq 2 ] || [ "$*" = "start ${2:-} durable" ] || fail "$usage"
if [ $# -eq 3 ]; then quick=""; fi
mkdir -p "$(dirname "$2")"
folder="$(cd "$(dirname "$2")" && pwd)/$(basename "$2")"
data="$folder/data"
bin=$(programs)
cd / # the server's user may not be allowed to look at the folder we were called from

case $1 in
    start)
        [ -e "$data/PG_VERSION" ] || make_cluster
        is_running || start_cluster
        port=$(unprivileged sed -n 4p "$data/postmaster.pid")
        make_database
        echo "postgresql://postgres@127.0.0.1:$port/earshot_test"
        ;;
    stop)
        if is_running; then
            unprivileged "$bin/pg_ctl" stop --pgdata "$data" --mode fast --wait --timeout 30 >/dev/null 2>&1 ||
                unprivileged "$bin/pg_ctl" stop --pgdata "$data" --mode immediate --wait >/dev/null
        fi
        ;;
    *) fail "$usage" ;;
esac
