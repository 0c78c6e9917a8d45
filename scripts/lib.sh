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

# draw_progress LABEL SECONDS: a line that draws over itself.
draw_progress() {
    local width=24 bar
    printf -v bar '%*s' "$(($2 % (width + 1)))" ''
    printf '\r\033[K%s [%-*s] %s s' "$1" "$width" "${bar// /=}" "$2" >&2
}

end_progress() { ! on_terminal || printf '\r\033[K' >&2; }

# tick LABEL: draws until it is killed, from the third second on. Elsewhere than on a terminal the label is said once.
tick() {
    local seconds=0
    while sleep 1 >/dev/null 2>&1; do
        seconds=$((seconds + 1))
        ((seconds >= 2)) || continue
        if on_terminal; then
            draw_progress "$1" "$seconds"
        elif ((seconds == 2)); then
            say "$1 …"
        fi
    done
}

# patiently LABEL COMMAND…: ticks while the command runs.
patiently() {
    local ticker status=0
    tick "$1" &
    ticker=$!
    shift
    "$@" || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    end_progress
    return "$status"
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
