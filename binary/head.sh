#!/bin/sh
# wholesaler @VERSION@ in one file: this script, and behind its last line an archive of the program with its Python.
# For @MACHINE@ with glibc @GLIBC@ or newer.
#
# It is unpacked once for each user, and started from there ever after, in the first of these that has it or may be
# written: $XDG_CACHE_HOME/wholesaler, else ~/.cache/wholesaler; `program` in the data directory, which is
# $WHOLESALER_HOME, else ~/.local/share/wholesaler, for root /var/lib/wholesaler. It gets its name last, so that it is
# there as a whole or not at all. A version that runs nowhere, and was not started for a week, goes when another is unpacked.

ws_name=@VERSION@-@NAME@
ws_sum=@SUM@
ws_start=@START@

# Whether it is in directory $1, and of this user's making: nobody may have root run what is theirs.
ws_is_in() {
    [ -n "$1" ] && [ -x "$1/$ws_name/wholesaler" ] && [ -O "$1/$ws_name" ]
}

# Where a cache is, nowhere for a user without a home: root in the home of somebody else is one.
ws_find_cache() {
    ws_home=${HOME:-}
    if [ -z "$ws_home" ]; then ws_home=$(getent passwd "$(id -u)" | cut -d : -f 6); fi
    ws_cache=
    case ${XDG_CACHE_HOME:-} in
    /*) ws_cache=$XDG_CACHE_HOME/wholesaler ;;
    *) if [ -O "$ws_home" ]; then ws_cache=$ws_home/.cache/wholesaler; fi ;;
    esac
}

# The data directory, as far as it can be told without reading the settings.
ws_find_data() {
    case ${WHOLESALER_HOME:-} in
    '')
        ws_data=${XDG_DATA_HOME:-$ws_home/.local/share}/wholesaler
        if [ "$(id -u)" = 0 ]; then ws_data=/var/lib/wholesaler; fi
        ;;
    '~/'*) ws_data=$ws_home/${WHOLESALER_HOME#'~/'} ;;
    *) ws_data=$WHOLESALER_HOME ;;
    esac
}

# $1 within a string of JSON.
ws_escape() {
    printf '%s' "$1" | tr '\000-\037' ' ' | sed 's/[\\"]/\\&/g'
}

# End with code $1, saying what is wrong ($2, an error of kind $4) and what to do ($3) in the form of all commands.
ws_fail() {
    ws_error="\"type\": \"$4\", \"message\": \"$(ws_escape "$2")\", \"hint\": \"$(ws_escape "$3")\""
    if [ "$ws_document" = yes ]; then
        printf '{"status": "failure", "exit_code": %s, "error": {%s}}\n' "$1" "$ws_error"
    fi
    if [ "$ws_log" = json ]; then
        printf '{"event": "command_failed", "level": "error", %s, "exit_code": %s}\n' "$ws_error" "$1" >&2
    else
        printf 'wholesaler: %s\n' "$2${3:+ $3}" >&2
    fi
    exit "$1"
}

# Run a command; where it fails, ws_why is the reason that it gave.
ws_do() {
    ws_why=$(
        LC_ALL=C
        export LC_ALL
        "$@" 2>&1
    ) && return 0
    ws_why=$(printf '%s\n' "$ws_why" | head -n 1)
    ws_why=${ws_why##*: }
    case $ws_why in
    'Wrote only '*) ws_why='No space left on device' ;; # tar's words for a disk that is full in the middle of a block
    esac
    return 1
}

ws_extract() {
    tail -c "+$ws_start" "$0" 2>/dev/null | tar -x -z -f - -C "$ws_new" --no-same-owner
}

# Whether it starts here: the machine may have an older glibc, and the directory be one from which nothing is started.
ws_try() {
    if [ -n "$ws_ended" ]; then return 1; fi
    ws_why=$("$ws_new/wholesaler" --version 2>&1 </dev/null) && return 0
    case $? in
    126 | 127) ws_why=${ws_why##*: } ;;
    *) ws_why="it does not start there, and needs @MACHINE@ with glibc @GLIBC@ or newer ($(printf '%s\n' "$ws_why" | head -n 1))" ;;
    esac
    return 1
}

# Whether a process of this user's is what is in directory $1: a night may have begun before an upgrade.
ws_runs() {
    readlink /proc/[0-9]*/exe 2>/dev/null | grep -q -x -F "$(cd -P "$1" && pwd)/wholesaler"
}

# Unpack into directory $1; where that fails, ws_why is the reason.
ws_unpack_into() {
    ws_do mkdir -p "$1" || return 1
    if ! [ -O "$1" ]; then
        ws_why='it belongs to somebody else'
        return 1
    fi
    ws_do touch "$1/lock" || return 1
    ws_unpack_alone "$1" 9>>"$1/lock"
}

# The same, one at a time: what was killed has left its part to the next, together with the lock.
ws_unpack_alone() {
    flock -w 60 9 &
    if wait $!; then rm -rf "$1"/.new-* "$1"/.old-*; fi # a signal ends the waiting
    if [ -n "$ws_ended" ]; then return 1; fi
    if ws_is_in "$1"; then return 0; fi
    ws_new=$1/.new-$$
    if ! { ws_do mkdir "$ws_new" && ws_do ws_extract && ws_do touch "$ws_new/used" && ws_try; }; then
        rm -rf "$ws_new"
        return 1
    fi
    sync -f "$ws_new" 2>/dev/null
    if [ -e "$1/$ws_name" ]; then mv -T "$1/$ws_name" "$1/.old-$$"; fi # somebody has deleted what was in it
    if ! ws_do mv -T "$ws_new" "$1/$ws_name"; then
        rm -rf "$ws_new"
        ws_is_in "$1" || return 1
    fi
    for ws_old in "$1"/*/; do
        ws_old=${ws_old%/}
        if [ -n "$(find "$ws_old/used" -mtime +6 2>/dev/null)" ] && ! ws_runs "$ws_old"; then
            mv -T "$ws_old" "$1/.old-$$-${ws_old##*/}"
        fi
    done
    rm -rf "$1"/.old-*
}

# Unpack into the first place that will do, which is ws_place, or say why none does.
ws_unpack() {
    ws_log='' ws_document='' ws_ended='' ws_code=78
    for ws_word; do
        case $ws_word in
        json | --log-format=json) ws_log=json ;;
        --json) ws_document=yes ;;
        esac
    done
    trap 'ws_ended=yes' HUP INT TERM # what it runs is short, or ends by the same signal
    ws_umask=$(umask)
    umask 077
    ws_found=$(tail -c "+$ws_start" "$0" | sha256sum | cut -c 1-64) 2>/dev/null
    ws_judge 0
    if [ "$ws_found" != "$ws_sum" ]; then
        ws_fail 78 "$0 is damaged, or not all of it has come." 'Copy it again.' ConfigurationError
    fi
    ws_place=$ws_cache
    ws_all='there is no home directory'
    if [ -n "$ws_cache" ]; then
        # 2>: the shell says how what it runs has ended
        ws_unpack_into "$ws_cache" 2>/dev/null
        ws_judge $? && return
        ws_all="$ws_cache: $ws_why"
    fi
    ws_place=$ws_data/program
    # not its parents: the program makes them so that the database's account may pass
    { [ -d "$ws_data" ] || ws_do mkdir "$ws_data"; } && ws_unpack_into "$ws_place" 2>/dev/null
    ws_judge $? && return
    ws_kind=ConfigurationError
    if [ "$ws_code" = 1 ]; then ws_kind=WholesalerError; fi
    ws_fail "$ws_code" "The program, which is unpacked once, cannot be: $ws_all; $ws_place: $ws_why." \
        'Let XDG_CACHE_HOME name a directory with 100 MB to spare in which this user may write and start programs.' "$ws_kind"
}

# Whether a place did by what came of it ($1), and of what kind a failure is: a full disk is no matter of configuration.
ws_judge() {
    if [ -n "$ws_ended" ]; then ws_fail 1 Interrupted. '' KeyboardInterrupt; fi
    if [ "$1" = 0 ]; then return 0; fi
    case $ws_why in
    *space* | *quota*) ws_code=1 ;;
    esac
    return 1
}

ws_find_cache
ws_place=$ws_cache
if ! ws_is_in "$ws_place"; then
    ws_find_data
    ws_place=$ws_data/program
    if ! ws_is_in "$ws_place"; then
        ws_unpack "$@"
        trap - HUP INT TERM
        umask "$ws_umask"
    fi
fi
true 2>/dev/null >"$ws_place/$ws_name/used" # when it was started last
_WHOLESALER_FILE=$0
export _WHOLESALER_FILE
exec "$ws_place/$ws_name/wholesaler" "$@"
