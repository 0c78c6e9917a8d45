# shellcheck shell=bash
# Words to the person at the terminal, small files of settings, and other things that all commands share.

say() { printf '%s\n' "$*" >&2; }

die() {
    printf 'dev: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '     %s\n' "$@" >&2
    exit 1
}

is_root() { ((EUID == 0)); }
has() { command -v "$1" >/dev/null 2>&1; }
on_terminal() { [[ -t 2 ]]; }

# random_hex BYTES
random_hex() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# short_hash TEXT: twelve hexadecimal digits that stand for a path in a folder's name.
short_hash() { printf '%s' "$1" | sha256sum | cut -c1-12; }

# port_taken PORT: somebody listens there on this machine. The answer says nothing about who.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ask_number WHAT VALUE: refuses whatever is not a plain number.
ask_number() { [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || die "$1 is a number, not $2"; }

# process_field PID NUMBER: a field of the kernel's /proc/PID/stat, counted from 1 after the program's name.
process_field() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    awk -v n="$2" '{print $n}' <<<"${stat##*) }"
}

# alive PID: it runs, and is not merely waiting to be reaped.
alive() { [[ $(process_field "$1" 1) == [!Z] ]]; }

# ---- progress ----

# draw_progress LABEL SECONDS [DONE TOTAL WHAT]: a line that draws over itself. Where nobody knows how much there is
# to do, the bar begins anew every so often.
draw_progress() {
    local label=$1 seconds=$2 done=${3:-0} total=${4:-0} what=${5-} width=24 filled bar line columns
    if ((total > 0)); then
        filled=$((width * done / total))
        what="$done/$total $what"
    else
        filled=$((seconds % (width + 1)))
    fi
    printf -v bar '%*s' "$filled" ''
    printf -v line '%s [%-*s] %s s %s' "$label" "$width" "${bar// /=}" "$seconds" "$what"
    read -r _ columns < <(stty size 2>/dev/null <&2) || columns=80
    printf '\r\033[K%s' "${line:0:$((columns > 1 ? columns - 1 : 79))}" >&2
}

end_progress() { ! on_terminal || printf '\r\033[K' >&2; }

# tick LABEL: tells from the second second on that the work goes on, until it is killed or its script has gone. On a
# terminal a line draws over itself; elsewhere a line comes now and then. SO_FAR, where it is set, is a function that
# prints DONE, TOTAL and WHAT.
tick() {
    local seconds=0 so_far=()
    while sleep 1 >/dev/null 2>&1 && kill -0 "$$" 2>/dev/null; do
        seconds=$((seconds + 1))
        ((seconds >= 2)) || continue
        IFS=' ' read -r -a so_far < <("${SO_FAR:-:}") || true
        if on_terminal; then
            draw_progress "$1" "$seconds" "${so_far[@]:0:2}" "${so_far[*]:2}"
        elif ((seconds == 2 || seconds % 15 == 0)); then
            say "$1 … $seconds s$(in_words "${so_far[@]}")"
        fi
    done
}

# in_words [DONE TOTAL WHAT…]: ", 312 of 480"; only what it is where nobody knows how much there is to do.
in_words() {
    if ((${2:-0} > 0)); then
        printf ', %s of %s' "$1" "$2"
    else
        printf '%s' "${3:+, ${*:3}}"
    fi
}

# patiently LABEL COMMAND…: ticks while the command runs.
patiently() {
    local ticker status=0
    at_step "$1"
    # The lock is not the ticker's to hold: its last breath may come after the command has gone.
    tick "$1" 8>&- &
    ticker=$!
    shift
    "$@" || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    end_progress
    return "$status"
}

# ---- one at a time ----

readonly LOCK=$DATA/dev.lock
readonly STEP=$DATA/dev.step

# alone COMMAND: commands that start and stop things wait for each other, and say for whom.
alone() {
    exec 8>>"$LOCK"
    if ! flock --nonblock 8; then
        say "waiting for $(<"$LOCK")"
        patiently "waiting for $(<"$LOCK")" flock 8
    fi
    ALONE=yes
    printf './dev %s (pid %s)\n' "$1" "$$" >"$LOCK"
}

# at_step LABEL: what the command that has the lock is at; `status` reads it.
at_step() { [[ ! -v ALONE ]] || printf '%s\n' "$1" >"$STEP"; }

# at_work: says who has the lock and what it is at; fails where nobody has it.
at_work() {
    [[ -e $LOCK ]] && ! flock --nonblock --shared "$LOCK" true || return 1
    printf '%s: %s' "$(<"$LOCK")" "$(cat "$STEP" 2>/dev/null || echo 'beginning')"
}

# quietly LABEL COMMAND…: keeps the command's output in .data/dev.log, and shows its end only when it fails.
quietly() {
    local label=$1 log=$DATA/dev.log
    patiently "$label" into "$log" "${@:2}" && return 0
    tail -n 20 "$log" >&2
    die "$label: failed; the whole output is in ${log#"$ROOT"/}"
}

# into FILE COMMAND…
into() { "${@:2}" >"$1" 2>&1 </dev/null; }

# ---- files of settings: NAME=value, one a line ----

# take_settings FILE: exports what it holds, except what the caller has set already.
take_settings() {
    local line name
    [[ -r $1 ]] || return 0
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line =~ ^(export )?([A-Z][A-Z0-9_]*)=(.*)$ ]] || continue
        name=${BASH_REMATCH[2]}
        [[ -v $name ]] || export "$name=$(unquoted "${BASH_REMATCH[3]}")"
    done <"$1"
}

unquoted() {
    local text=$1
    [[ $text == \"*\" || $text == \'*\' ]] && text=${text:1:-1}
    printf '%s' "$text"
}

# setting FILE NAME: its value, or nothing.
setting() { [[ ! -r $1 ]] || sed -n "s/^$2=//p" "$1"; }

# keep_settings FILE NAME=value…: writes the file anew, readable by its owner alone.
keep_settings() {
    local file=$1
    shift
    (umask 077 && printf '%s\n' "$@" >"$file.new" && mv "$file.new" "$file")
}

# url_password URL, url_without_password URL: a password goes by the environment, where `ps` does not show it.
url_password() {
    local password
    password=$(sed -n 's|^[a-z]*://[^:@/]*:\([^@/]*\)@.*|\1|p' <<<"$1")
    printf '%b' "${password//%/\\x}"
}

url_without_password() {
    # shellcheck disable=SC2001 # the pattern needs a group
    sed 's|^\([a-z]*://[^:@/]*\):[^@/]*@|\1@|' <<<"$1"
}

# ---- .data ----

# make_data_folder: others may pass through it (PostgreSQL's user must), and read nothing in it.
make_data_folder() {
    [[ ! -e $DATA || -w $DATA ]] || die ".data belongs to $(stat -c %U "$DATA")" \
        "run ./dev as that user, or remove the folder"
    mkdir -p "$DATA"
    chmod 711 "$DATA"
}
