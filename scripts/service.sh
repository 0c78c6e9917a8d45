# shellcheck shell=bash
# The service: its settings, its build, its life in the background, and the demo in it.

readonly BINARY=${CARGO_TARGET_DIR:-$ROOT/target}/release/sejahtera
readonly RUN_FILE=$DATA/service.run
readonly LOG=$DATA/service.log
# What a change of makes the service start anew: all that .env.example names.
mapfile -t SETTINGS < <(sed -n 's/^#\{0,1\}\([A-Z_]\{1,\}\)=.*/\1/p' "$ROOT/.env.example")
readonly SETTINGS

own_database() { [[ ! -v OUTSIDE_DATABASE ]]; }

# ---- settings ----

# take_database: the caller's where DATABASE_URL is set, else the private cluster's, which is started.
take_database() {
    if own_database; then
        start_service_cluster
    else
        [[ -n ${DATABASE_OWNER_URL-} ]] || die 'DATABASE_URL is set, DATABASE_OWNER_URL is not' \
            'two roles are needed: the owner migrates, the application is subject to row-level security'
        export DATABASE_URL DATABASE_OWNER_URL
    fi
}

# take_service_settings: what the caller has not set. Keys are made once, and belong to the database: those of
# a database of the caller's own lie apart, where `reset` leaves them alone.
take_service_settings() {
    local folder=$DATA
    own_database || folder=$DATA/outside
    mkdir -p "$folder"
    export BIND=${BIND:-127.0.0.1:${PORT:-8080}}
    export PUBLIC_URL=${PUBLIC_URL:-http://127.0.0.1:${BIND##*:}}
    export DATA_DIR=${DATA_DIR:-$folder/files}
    export RUST_LOG=${RUST_LOG:-info}
    if [[ ! -v SEALING_KEYS || ! -v DIGEST_KEYS || ! -v SIGNING_KEY_FILE ]]; then
        [[ -r $folder/keys.env ]] || quietly 'making keys' \
            "$BINARY" keys generate --out "$folder/keys.env" --signing-key "$folder/signing.pem"
        take_settings "$folder/keys.env"
        export SIGNING_KEY_FILE=${SIGNING_KEY_FILE:-$folder/signing.pem}
    fi
    (umask 077 && mkdir -p "$DATA_DIR")
}

# settings_mark: changes with each setting of the service, and tells none of them.
settings_mark() {
    local name text=
    for name in "${SETTINGS[@]}"; do text+="$name=${!name-}"$'\n'; done
    short_hash "$text"
}

service_url() { printf 'http://127.0.0.1:%s' "${BIND##*:}"; }

# ---- build ----

# build: silent while it takes less than two seconds; then it shows how far it is.
build() {
    need_compiler
    local log=$DATA/build.log
    SO_FAR=built_so_far CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=200 CARGO_TERM_COLOR=never \
        patiently building into "$log" cargo build --release && return 0
    tr '\r' '\n' <"$log" | grep -Ev '^ *(Compiling|Building|Downloading|Downloaded|Updating|Blocking|Locking) |^ *$' >&2 || true
    die 'the build failed'
}

# built_so_far: crates done, crates in all, and what is being built. Cargo redraws its bar with carriage returns.
built_so_far() {
    tail -c 4000 "$DATA/build.log" | tr '\r' '\n' | sed -n \
        -e 's|^ *Blocking waiting for file lock.*|0 0 another cargo is at work here|p' \
        -e 's|^ *Building \[[^]]*\] *\([0-9]*\)/\([0-9]*\):* *\(.*\)|\1 \2 \3|p' | tail -n 1
}

# ---- life ----

# started_at PID: when the process began, in the kernel's ticks (field 22 of its stat).
started_at() { process_field "$1" 20; }

# service_pid: the pid of the running service. A number that has passed on to another process does not count.
service_pid() {
    local pid
    pid=$(setting "$RUN_FILE" PID)
    [[ -n $pid ]] && alive "$pid" || return 1
    [[ $(started_at "$pid") == "$(setting "$RUN_FILE" STARTED)" ]] || return 1
    [[ $(readlink "/proc/$pid/cwd") == "$ROOT" ]] || return 1
    printf '%s' "$pid"
}

get() { curl --silent --fail --noproxy '*' --max-time 5 "$@"; }
service_ready() { get --output /dev/null "$1/health/ready"; }

# service_current: it runs, with these settings, and this binary.
service_current() {
    service_pid >/dev/null && [[ $(setting "$RUN_FILE" MARK) == "$(settings_mark)" && ! $BINARY -nt $RUN_FILE ]]
}

# check_port: asked before the service that runs is stopped, so that it stays where the other port is not to be had.
check_port() {
    local port=${BIND##*:} before
    [[ $port =~ ^[0-9]{1,5}$ ]] && ((port > 0 && port < 65536)) || die "PORT is a number from 1 to 65535, not $port"
    before=$(setting "$RUN_FILE" URL)
    if service_pid >/dev/null; then
        [[ $before != "$(service_url)" ]] || return 0
        say "the service moves from $before to $(service_url), as PORT says${PORT:+ ($PORT)}"
    fi
    ! port_taken "${BIND##*:}" || die "port ${BIND##*:} is taken by $(lost_service || echo 'another program')" \
        'end that, or choose another port: PORT=8081 ./dev up'
}

start_service() {
    local pid url
    url=$(service_url)
    [[ ! -e $LOG ]] || (($(stat -c %s "$LOG") < 20000000)) || mv "$LOG" "$LOG.1"
    setsid nohup "$BINARY" serve >>"$LOG" 2>&1 </dev/null 8>&- &
    pid=$!
    keep_settings "$RUN_FILE" "PID=$pid" "STARTED=$(started_at "$pid")" "URL=$url" "MARK=$(settings_mark)"
    patiently 'waiting for the service' await_ready "$url" || {
        tail -n 12 "$LOG" >&2
        die "the service does not start; its log is ${LOG#"$ROOT"/}"
    }
}

# await_ready URL: for a minute, as long as the process lives.
await_ready() {
    local until=$((SECONDS + 60))
    until service_ready "$1"; do
        service_pid >/dev/null && ((SECONDS < until)) || return 1
        sleep 0.1
    done
}

# lost_service: names a service of this checkout that .data does not know (any more).
lost_service() {
    local process
    for process in /proc/[0-9]*; do
        [[ $(readlink "$process/exe") == "$BINARY"* ]] || continue
        printf 'an older service of this checkout (pid %s)' "${process#/proc/}"
        return 0
    done
    return 1
}

# stop_service: asks, waits half a minute, then insists. Only ever the process that was started here.
stop_service() {
    local pid until=$((SECONDS + 30))
    if pid=$(service_pid); then
        kill -TERM "$pid" 2>/dev/null || true
        while service_pid >/dev/null && ((SECONDS < until)); do sleep 0.1; done
        ! service_pid >/dev/null || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$RUN_FILE"
}

# ---- the demo ----

readonly DEMO_ADMIN=demo-system-admin

# demo_password: of all of the demo's accounts; made once.
demo_password() {
    local password
    password=$(setting "$DATA/demo.env" DEMO_PASSWORD)
    if [[ -z $password ]]; then
        password=$(random_hex 16)
        keep_settings "$DATA/demo.env" "DEMO_PASSWORD=$password"
    fi
    printf '%s' "$password"
}

# migrate_database: the private one gets the demo's administrator with it. A database of the caller's own gets none:
# `sejahtera migrate --first-admin NAME` makes the first, whenever they like.
migrate_database() {
    if own_database; then
        ADMIN_PASSWORD=$(demo_password) quietly 'migrating the database' \
            "$BINARY" migrate --first-admin "$DEMO_ADMIN"
    else
        quietly 'migrating the database' "$BINARY" migrate
    fi
}

# load_demo HOUSEHOLDS: one that was interrupted goes on with as many as it was begun with.
load_demo() {
    local households begun
    begun=$(setting "$DATA/demo.begun" HOUSEHOLDS)
    households=${begun:-$1}
    keep_settings "$DATA/demo.begun" "HOUSEHOLDS=$households"
    at_step 'loading the demo'
    DEMO_PASSWORD=$(demo_password) "$BINARY" demo --households "$households" --url "$(service_url)" \
        --out "$DATA/demo" >&2 || die 'the demo is not complete' \
        './dev demo goes on with it; ./dev reset starts afresh'
    keep_settings "$DATA/demo.done" "HOUSEHOLDS=$households"
}

# ---- the demo's accounts ----

# Role, agency, area and the agency's name with tabs between, as `sejahtera demo` wrote them. A role's first agency
# holds where none is named.
readonly ACCOUNTS=$DATA/demo/accounts.tsv

# account_fields NUMBER [ROLE]: what stands in that field, each once.
account_fields() { awk -F '\t' -v n="$1" -v role="${2-}" '(role == "" || $1 == role) && !seen[$n]++ {print $n}' "$ACCOUNTS"; }

# in_line: words of several lines on one.
in_line() { paste -sd ' ' -; }

# find_account ROLE AGENCY: fails where there is none, and says which there are.
find_account() {
    [[ -r $ACCOUNTS ]] || die 'there is no demo yet' "$(at_work || echo './dev demo loads it')"
    account_fields 1 | grep -xF -- "$1" >/dev/null ||
        die "$([[ -z $1 ]] && echo 'which role?' || echo "there is no role $1")" \
            "roles: $(account_fields 1 | in_line)" './dev accounts lists the accounts'
    [[ -z $2 ]] || account_fields 2 "$1" | grep -xF -- "$2" >/dev/null ||
        die "the demo has no $1 at $2" "agencies with one: $(account_fields 2 "$1" | in_line)" \
            './dev accounts lists the accounts'
}

# check_areas CODE…: fails at the first that is no region of the regency.
check_areas() {
    local regions=$ROOT/data/regions_3526.csv code
    for code; do
        awk -F , -v code="$code" '$1 == code {found = 1} END {exit !found}' "$regions" ||
            die "there is no region $code" 'villages stand in data/regions_3526.csv; the districts:' \
                "$(awk -F , '$3 == "district" {printf "%s %-14s%s", $1, $4, ++n % 4 ? "" : "\n     "}' "$regions")"
    done
}

# log_in ROLE AGENCY AREA…: prints an access token of the demo's account.
log_in() {
    local name=demo-${1//_/-}${2:+-$2} areas='' answer token
    shift 2
    (($# == 0)) || printf -v areas ',"%s"' "$@"
    answer=$(
        printf '{"username":"%s","password":"%s"%s}' "$name" "$(setting "$DATA/demo.env" DEMO_PASSWORD)" \
            "${areas:+,\"areas\":[${areas#,}]}" |
            curl --silent --show-error --noproxy '*' --max-time 20 --header 'Content-Type: application/json' \
                --data-binary @- "$(setting "$RUN_FILE" URL)/v1/auth/login"
    ) || die 'the service does not answer'
    token=$(sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p' <<<"$answer")
    [[ -n $token ]] || die "no token for $name" "$(sed -n 's/.*"detail" *: *"\([^"]*\)".*/\1/p' <<<"$answer")" \
        './dev accounts says which areas it has'
    printf '%s\n' "$token"
}
