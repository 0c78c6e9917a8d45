# shellcheck shell=bash
# Private PostgreSQL clusters. Each lies in a folder of its own:
#   data/         the cluster
#   run/          its socket, where the path is short enough for one
#   socket        the path of the folder with the socket
#   server.log
# As root the clusters belong to a user without rights, since PostgreSQL refuses to run as root.

# A socket's whole path may take 107 bytes; its file's name takes up to 16 of them.
readonly SOCKET_FOLDER_LIMIT=91
readonly SUPERUSER=postgres

# ---- the user ----

pg_user() {
    if ! is_root; then
        id -un
    elif getent passwd postgres >/dev/null; then
        echo postgres
    else
        getent passwd sejahtera >/dev/null ||
            useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin sejahtera
        echo sejahtera
    fi
}

# as_pg COMMAND…: runs it as the clusters' user. Only for programs: shell functions stay here.
as_pg() (
    local words
    cd /
    mapfile -t words < <(words_of_pg_user)
    exec "${words[@]}" "$@"
)

# words_of_pg_user: what stands before a command that is to run as that user, one word a line.
words_of_pg_user() {
    local user
    is_root || return 0
    user=$(pg_user)
    printf '%s\n' setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups
}

# pg PROGRAM ARGS…: a program of PostgreSQL, with the libraries it came with where it was unpacked under .data.
pg() {
    local program=$1
    shift
    LD_LIBRARY_PATH=$PG_LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$PGBIN/$program" "$@"
}

pg_as_user() {
    local program=$1
    shift
    LD_LIBRARY_PATH=$PG_LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} as_pg "$PGBIN/$program" "$@"
}

# ---- where clusters live ----

# clusters_home: .data, or a folder under /var/lib where PostgreSQL's user cannot get to .data
# (a checkout under /root, say). The choice is remembered; what a deleted .data left there is removed.
clusters_home() {
    local remembered=$DATA/clusters-home home
    if [[ -r $remembered ]]; then
        cat "$remembered"
    elif ! is_root || as_pg test -x "$DATA"; then
        printf '%s\n' "$DATA"
    else
        home=/var/lib/sejahtera-dev/$(short_hash "$DATA")
        stop_cluster "$home/postgres"
        stop_cluster "$home/test-postgres"
        stop_cluster "$home/fault-postgres"
        rm -rf "$home"
        mkdir -p "$home"
        printf '%s\n' "$home" | tee "$remembered"
    fi
}

# socket_folder CLUSTER: a short one under /tmp where the cluster's own would make the path too long.
socket_folder() {
    local cluster=$1 folder=
    [[ -r $cluster/socket ]] && folder=$(<"$cluster/socket")
    if [[ ! -d $folder ]]; then
        folder=$cluster/run
        if ((${#folder} > SOCKET_FOLDER_LIMIT)); then
            folder=$(as_pg mktemp -d /tmp/sejahtera-XXXXXX)
        fi
        as_pg mkdir -p "$folder"
        printf '%s\n' "$folder" >"$cluster/socket"
    fi
    printf '%s\n' "$folder"
}

# ---- life ----

cluster_runs() {
    local pid
    pid=$(postmaster_pid "$1") && alive "$pid" && pg_as_user pg_ctl status -D "$1/data" >/dev/null 2>&1
}

postmaster_pid() { head -n 1 "$1/data/postmaster.pid" 2>/dev/null; }

# bury CLUSTER: a server that was killed looks alive to PostgreSQL until init has reaped it, if ever.
bury() {
    local pid until=$((SECONDS + 10))
    pid=$(postmaster_pid "$1") || return 0
    while [[ -e /proc/$pid ]] && ! alive "$pid"; do
        ((SECONDS < until)) || { rm -f "$1/data/postmaster.pid" && break; }
        sleep 0.1
    done
}

# cluster_port CLUSTER: of a running one; the file's fourth line, says PostgreSQL's documentation.
cluster_port() { sed -n 4p "$1/data/postmaster.pid"; }

# make_cluster CLUSTER TCP_AUTH: whole or not at all. The socket's folder admits its owner alone.
make_cluster() {
    local cluster=$1 tcp_auth=$2 user
    [[ -e $cluster/data/PG_VERSION ]] && return 0
    user=$(pg_user)
    mkdir -p "$cluster"
    chmod 700 "$cluster"
    ! is_root || chown "$user": "$cluster"
    rm -rf "$cluster/data.new"
    quietly 'making a private PostgreSQL cluster' \
        pg_as_user initdb -D "$cluster/data.new" --username="$SUPERUSER" --encoding=UTF8 \
        --locale=C.UTF-8 --lc-collate=C --auth-local=trust --auth-host="$tcp_auth" --no-sync
    echo "include '../settings.conf'" >>"$cluster/data.new/postgresql.conf"
    mv "$cluster/data.new" "$cluster/data"
}

# start_cluster CLUSTER FIRST_PORT: on the first free port from there; does nothing where it runs already.
# The cluster's settings are read from standard input.
start_cluster() {
    local cluster=$1 port=$2 last=$(($2 + 100)) socket settings
    settings=$(cat)
    cluster_runs "$cluster" && return 0
    bury "$cluster"
    socket=$(socket_folder "$cluster")
    cat >"$cluster/settings.conf" <<-END
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$socket'
		$settings
	END
    chmod 644 "$cluster/settings.conf"
    for ((; port < last; port++)); do
        port_taken "$port" && continue
        if start_on_port "$cluster" "$port"; then return 0; fi
        grep -q 'Address already in use' "$cluster/server.log" || break
    done
    tail -n 8 "$cluster/server.log" >&2 || true
    die "PostgreSQL does not start; its log is $cluster/server.log"
}

start_on_port() {
    rm -f "$1/server.log"
    pg_as_user pg_ctl start --silent --wait --timeout=120 -D "$1/data" -l "$1/server.log" \
        -o "-p $2" >/dev/null 2>&1 </dev/null 8>&- 9>&-
}

# stop_cluster CLUSTER [MODE]
stop_cluster() {
    [[ -e $1/data/postmaster.pid ]] || return 0
    use_postgres_of "$1"
    cluster_runs "$1" || return 0
    pg_as_user pg_ctl stop --silent --wait --timeout=120 -D "$1/data" -m "${2:-fast}" >/dev/null 2>&1 ||
        die "PostgreSQL does not stop; its log is $1/server.log"
}

remove_cluster() {
    stop_cluster "$1" immediate
    [[ -r $1/socket ]] && rm -rf "$(<"$1/socket")"
    rm -rf "$1"
}

# as_superuser CLUSTER PROGRAM ARGS…: a client program over the cluster's socket.
as_superuser() {
    local cluster=$1 program=$2
    shift 2
    PGHOST=$(<"$cluster/socket") PGPORT=$(cluster_port "$cluster") PGUSER=$SUPERUSER pg "$program" "$@"
}

# ---- the service's cluster ----

# A quarter of the memory that this machine or container has, 1 GB at most.
shared_buffers() {
    local megabytes limit
    megabytes=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1024))
    if [[ -r /sys/fs/cgroup/memory.max ]] && limit=$(</sys/fs/cgroup/memory.max) && [[ $limit != max ]]; then
        limit=$((limit / 1024 / 1024))
        megabytes=$((limit < megabytes ? limit : megabytes))
    fi
    megabytes=$((megabytes / 4))
    echo "$((megabytes < 1024 ? megabytes : 1024))MB"
}

# Debian builds PostgreSQL with LZ4; a server of another make may lack it.
wal_compression() { grep -q liblz4 "$PGBIN/postgres" && echo lz4 || echo on; }

service_settings() {
    cat <<-END
		max_connections = 100
		shared_buffers = $(shared_buffers)
		fsync = on
		synchronous_commit = on
		max_wal_size = 4GB
		wal_compression = $(wal_compression)
		checkpoint_completion_target = 0.9
		random_page_cost = 1.1
		jit = off
		timezone = 'UTC'
		log_timezone = 'UTC'
	END
}

# start_service_cluster: runs it, makes what is missing in it, and exports DATABASE_URL and DATABASE_OWNER_URL.
start_service_cluster() {
    local cluster port remembered owner app
    cluster=$(clusters_home)/postgres
    use_postgres_of "$cluster"
    make_cluster "$cluster" scram-sha-256
    remembered=$(setting "$DATA/postgres.env" POSTGRES_PORT)
    service_settings | start_cluster "$cluster" "${remembered:-54320}"
    port=$(cluster_port "$cluster")
    if [[ $port != "$remembered" ]]; then
        owner=$(setting "$DATA/postgres.env" OWNER_PASSWORD)
        app=$(setting "$DATA/postgres.env" APP_PASSWORD)
        keep_settings "$DATA/postgres.env" "POSTGRES_PORT=$port" \
            "OWNER_PASSWORD=${owner:-$(random_hex 24)}" "APP_PASSWORD=${app:-$(random_hex 24)}"
    fi
    take_database_named sejahtera
}

# take_database_named NAME: makes it in the running cluster where it is missing, and exports its addresses.
take_database_named() {
    local file=$DATA/postgres.env place
    make_database "$(clusters_home)/postgres" "$1"
    place=127.0.0.1:$(setting "$file" POSTGRES_PORT)/$1
    DATABASE_OWNER_URL=postgres://sejahtera_owner:$(setting "$file" OWNER_PASSWORD)@$place
    DATABASE_URL=postgres://sejahtera_app:$(setting "$file" APP_PASSWORD)@$place
    export DATABASE_OWNER_URL DATABASE_URL
}

# make_database CLUSTER NAME: the two roles and the database. The owner migrates; the application is subject to
# row-level security and owns nothing. (pg_trgm is a trusted extension: the database's owner may create it.)
make_database() {
    as_superuser "$1" psql -X -q -v ON_ERROR_STOP=1 -d postgres >/dev/null <<-END
		SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name)
		FROM unnest(ARRAY['sejahtera_owner', 'sejahtera_app']) AS name
		WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
		ALTER ROLE sejahtera_owner PASSWORD '$(setting "$DATA/postgres.env" OWNER_PASSWORD)';
		ALTER ROLE sejahtera_app PASSWORD '$(setting "$DATA/postgres.env" APP_PASSWORD)';
		SELECT 'CREATE DATABASE $2 OWNER sejahtera_owner TEMPLATE template0'
		WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$2') \gexec
		REVOKE ALL ON DATABASE $2 FROM PUBLIC;
		GRANT CONNECT, TEMPORARY ON DATABASE $2 TO sejahtera_app;
	END
}

# ---- the tests' cluster ----

# Fast and careless: it holds nothing that cannot be made again.
test_settings() {
    cat <<-END
		max_connections = 200
		shared_buffers = 256MB
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		wal_level = minimal
		max_wal_senders = 0
		max_wal_size = 1GB
		autovacuum_naptime = '5min'
		jit = off
		timezone = 'UTC'
		log_timezone = 'UTC'
	END
}

# with_test_cluster COMMAND…: runs it with TEST_DATABASE_URL set, and stops the cluster afterwards.
# Runs at the same time share the cluster; each holds the lock shared, and the last one stops it.
with_test_cluster() {
    local cluster status=0
    cluster=$(clusters_home)/test-postgres
    use_postgres_of "$cluster"
    exec 9>"$DATA/test-postgres.lock"
    # shellcheck disable=SC2064 # the folder as it is now
    trap "leave_test_cluster '$cluster'" EXIT
    until flock --shared 9 && cluster_runs "$cluster" 9>&-; do
        flock --nonblock --exclusive 9 || continue
        make_cluster "$cluster" trust 9>&-
        test_settings | start_cluster "$cluster" 54420 9>&-
        drop_test_databases "$cluster" 9>&-
    done
    TEST_DATABASE_URL=postgres://$SUPERUSER@127.0.0.1:$(cluster_port "$cluster")/postgres \
        "$@" 9>&- || status=$?
    return "$status"
}

# drop_test_databases CLUSTER: what a killed run left behind. Templates stay.
drop_test_databases() {
    as_superuser "$1" psql -X -q -v ON_ERROR_STOP=1 -d postgres >/dev/null <<-'END'
		SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
		FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' \gexec
	END
}

leave_test_cluster() {
    flock --nonblock --exclusive 9 || return 0
    stop_cluster "$1" 9>&-
}

# ---- the cluster that a test crashes ----

# An immediate stop ends the server and leaves the kernel, which writes what it was given: fsync may be off. Commits
# must have reached the kernel, and a page that was half written is mended from the log. Checkpoints come often, so
# that recovery begins now here, now there.
fault_settings() {
    cat <<-END
		max_connections = 100
		shared_buffers = 128MB
		fsync = off
		synchronous_commit = on
		full_page_writes = on
		checkpoint_timeout = '30s'
		max_wal_size = 256MB
		jit = off
		timezone = 'UTC'
		log_timezone = 'UTC'
	END
}

# with_fault_cluster COMMAND…: runs it with TEST_DATABASE_URL set to a cluster that is its alone, and with the lines that
# crash that cluster (TEST_CLUSTER_CRASH) and start it again on its port (TEST_CLUSTER_START). Runs wait for each other.
# The port lies below those of outgoing connections: while the server is down, nobody's own end takes it.
with_fault_cluster() {
    local cluster port status=0
    cluster=$(clusters_home)/fault-postgres
    use_postgres_of "$cluster"
    exec 9>"$DATA/fault-postgres.lock"
    patiently 'waiting for another run of the faults' flock 9
    # shellcheck disable=SC2064 # the folder as it is now
    trap "stop_cluster '$cluster' immediate" EXIT
    make_cluster "$cluster" trust 9>&-
    fault_settings | start_cluster "$cluster" 24420 9>&-
    drop_test_databases "$cluster" 9>&-
    port=$(cluster_port "$cluster")
    TEST_DATABASE_URL=postgres://$SUPERUSER@127.0.0.1:$port/postgres \
        TEST_CLUSTER_CRASH=$(pg_ctl_line "$cluster" stop -m immediate) \
        TEST_CLUSTER_START=$(pg_ctl_line "$cluster" start -l "$cluster/server.log" -o "-p $port") \
        "$@" 9>&- || status=$?
    return "$status"
}

# pg_ctl_line CLUSTER ARGS…: as a line for another program's bash.
pg_ctl_line() {
    local cluster=$1 words
    shift
    mapfile -t words < <(words_of_pg_user)
    printf 'cd / && exec '
    printf '%q ' env "LD_LIBRARY_PATH=$PG_LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "${words[@]}" \
        "$PGBIN/pg_ctl" "$@" --silent --wait --timeout=60 -D "$cluster/data"
}
