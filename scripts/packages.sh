# shellcheck shell=bash disable=SC2034 # PGBIN and PG_LIBRARIES are read in postgres.sh
# What a fresh Debian machine lacks: PostgreSQL, and a C compiler to link with. Root installs the packages;
# anybody else downloads and unpacks them under .data. Nothing here touches the network when all is there.

readonly OLDEST_POSTGRES=15
POSTGRES_PACKAGES=${POSTGRES_PACKAGES:-/usr/lib/postgresql}
PGBIN=
PG_LIBRARIES=

# ---- PostgreSQL ----

# use_postgres_of CLUSTER: the programs that it was made with, or for a new one the newest at hand.
use_postgres_of() {
    local major=
    [[ ! -r $1/data/PG_VERSION ]] || major=$(<"$1/data/PG_VERSION")
    use_postgres "$major"
}

# use_postgres MAJOR: sets PGBIN and PG_LIBRARIES. What is not at hand is fetched.
use_postgres() {
    find_postgres "$1" && return 0
    get_postgres "$1"
    find_postgres "$1" || die "PostgreSQL ${1:-$OLDEST_POSTGRES or later} is not to be had"
}

# find_postgres MAJOR: of that version, or of any that is new enough where MAJOR is empty.
find_postgres() {
    local bin version
    while read -r version bin; do
        [[ -x $bin/initdb && -x $bin/psql ]] || continue
        [[ -z $1 && $version -ge $OLDEST_POSTGRES || $version == "$1" ]] || continue
        PGBIN=$bin
        PG_LIBRARIES=
        [[ $bin != "$DATA"/* ]] || PG_LIBRARIES=$(unpacked_libraries "$DATA/pgsql")
        return 0
    done < <(
        for bin in "$DATA"/pgsql/usr/lib/postgresql/*/bin "$POSTGRES_PACKAGES"/*/bin; do
            version=${bin%/bin}
            printf '%s %s\n' "${version##*/}" "$bin"
        done | sort -k1,1nr
    )
    return 1
}

# unpacked_libraries FOLDER: where its packages keep their shared libraries, as LD_LIBRARY_PATH has it.
unpacked_libraries() {
    local folder list=
    for folder in "$1"/usr/lib/*-linux-gnu* "$1"/lib/*-linux-gnu*; do
        [[ -d $folder ]] && list+=${list:+:}$folder
    done
    printf '%s' "$list"
}

get_postgres() {
    local major=$1
    has apt-get || die "PostgreSQL $OLDEST_POSTGRES or later is needed" \
        'install your system'"'"'s packages of its server and client, then say where:' \
        "  POSTGRES_PACKAGES=/folder/with/VERSION/bin ./dev …"
    refresh_package_lists
    [[ -n $major ]] || major=$(packaged_postgres)
    if is_root; then
        install_postgres "$major"
    else
        unpack_packages "PostgreSQL $major" "$DATA/pgsql" "postgresql-$major" "postgresql-client-$major"
    fi
}

# packaged_postgres: the version that the distribution's package "postgresql" stands for.
packaged_postgres() {
    local major
    major=$(apt apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]\{1,\}\)$/\1/p' | head -n 1)
    printf '%s' "${major:-$OLDEST_POSTGRES}"
}

# install_postgres MAJOR: without the cluster that Debian's package makes and starts at once.
install_postgres() {
    local switch=/etc/postgresql-common/createcluster.d/sejahtera.conf
    mkdir -p "${switch%/*}"
    echo 'create_main_cluster = false' >"$switch"
    install_packages "PostgreSQL $1" "postgresql-$1" "postgresql-client-$1"
    rm -f "$switch"
}

# ---- the compiler ----

# need_compiler: Rust links with cc, and some crates bring C.
need_compiler() {
    has cc && return 0
    local own=$DATA/toolchain
    if [[ ! -x $own/bin/cc ]]; then
        has apt-get || die 'a C compiler is needed to build: install your system'"'"'s gcc and C library headers'
        refresh_package_lists
        if is_root; then
            install_packages 'a C compiler' gcc libc6-dev
            return 0
        fi
        unpack_compiler "$own"
    fi
    PATH=$own/bin:$PATH
}

# unpack_compiler FOLDER: gcc from Debian's packages, with wrappers that tell it where it lies. The machine's own
# C library is what programs are linked with: links to it stand where the unpacked headers' linker scripts look.
unpack_compiler() {
    local own=$1 root=$1/root program machine
    unpack_packages 'a C compiler' "$root" gcc libc6-dev
    machine=$(cd "$root/usr/lib/gcc" && echo *)
    mkdir -p "$own/bin" "$root/lib/$machine" "$root/lib64"
    ln -sf "/lib/$machine"/*.so.* "$root/lib/$machine/"
    ln -sf /lib64/*.so.* "$root/lib64/" 2>/dev/null || true
    for program in ar as ld nm ranlib strip; do
        wrap_program "$own/bin/$program" "$root" "$root/usr/bin/$machine-$program"
    done
    for program in gcc cc; do
        wrap_program "$own/bin/$program" "$root" "$(echo "$root/usr/bin/$machine"-gcc-[0-9]*)" "--sysroot=$root" "-B$own/bin"
    done
}

# need_tool PROGRAM: one that is packaged under its own name.
need_tool() {
    local folder=$DATA/tools
    has "$1" && return 0
    if [[ ! -x $folder/bin/$1 ]]; then
        has apt-get || die "$1 is needed: install it with your system's packages"
        refresh_package_lists
        if is_root; then
            install_packages "$1" "$1"
            return 0
        fi
        unpack_packages "$1" "$folder/$1" "$1"
        mkdir -p "$folder/bin"
        wrap_program "$folder/bin/$1" "$folder/$1" "$folder/$1/usr/bin/$1"
    fi
    PATH=$folder/bin:$PATH
}

# wrap_program WRAPPER ROOT PROGRAM ARGS…
wrap_program() {
    local wrapper=$1 root=$2
    shift 2
    cat >"$wrapper" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH='$(unpacked_libraries "$root")' exec $(printf "'%s' " "$@")"\$@"
	END
    chmod 755 "$wrapper"
}

# ---- apt ----

# apt PROGRAM ARGS…: one of apt's programs; for an ordinary user with lists and downloads of its own under .data.
apt() {
    local program=$1
    shift
    if is_root; then
        DEBIAN_FRONTEND=noninteractive "$program" "$@"
    else
        "$program" -o Dir::State="$DATA/apt/state" -o Dir::State::status=/var/lib/dpkg/status \
            -o Dir::Cache="$DATA/apt/cache" -o Debug::NoLocking=true "$@"
    fi
}

refresh_package_lists() {
    is_root || mkdir -p "$DATA"/apt/state/lists/partial "$DATA"/apt/cache/archives/partial
    quietly 'reading the package lists' apt apt-get update
}

# install_packages LABEL PACKAGE…
install_packages() {
    local label=$1
    shift
    quietly "installing $label" apt apt-get install --yes --no-install-recommends "$@"
}

# unpack_packages LABEL FOLDER PACKAGE…: these packages, and of what they depend on the libraries that the machine
# lacks (without LLVM, which only jit uses, and without Perl). Whole or not at all.
unpack_packages() {
    local label=$1 folder=$2 names
    shift 2
    mapfile -t names < <(
        printf '%s\n' "$@"
        apt apt-get install --simulate --no-install-recommends "$@" | sed -n 's/^Inst \([^ ]*\) (.*/\1/p' |
            grep -Ev '^(libllvm|libperl|perl|ssl-cert|postgresql-(client-)?common)|-perl$'
    )
    rm -rf "$folder.debs" "$folder.new"
    mkdir -p "$folder.debs" "$folder.new"
    quietly "downloading $label" download_into "$folder.debs" "${names[@]}"
    quietly "unpacking $label" unpack_all "$folder.debs" "$folder.new"
    rm -rf "$folder" "$folder.debs" "$DATA/apt"
    mv "$folder.new" "$folder"
}

download_into() (
    cd "$1" || exit
    shift
    apt apt-get download "$@"
)

unpack_all() {
    local package
    for package in "$1"/*.deb; do
        dpkg-deb -x "$package" "$2" || return 1
    done
}
