# shellcheck shell=bash
# What every end-to-end test sources: the program under test, a folder of its own that is removed, and checks that count.
# WIRETAIL names the executable (default: the dev build's). Ends with "NAME: N passed, N failed" and its exit code.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
WIRETAIL=${WIRETAIL:-$root/build/dev/wiretail}
test_name=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/wiretail-$test_name-XXXXXX")
chmod 755 "$work"
passed=0 failed=0
export TZ=UTC LC_ALL=C.UTF-8

finish() {
  local code=$?
  if declare -F clean_up >/dev/null; then clean_up >/dev/null 2>&1; fi
  [ -n "${KEEP:-}" ] && echo "kept: $work" || rm -rf "$work"
  [ "$code" = 0 ] || { failed=$((failed + 1)); echo "not ok - $test_name ended early with code $code"; }
  echo "$test_name: $passed passed, $failed failed"
  [ "$failed" = 0 ] && exit 0
  exit 1
}
trap finish EXIT
trap 'exit 130' INT TERM

ok() { passed=$((passed + 1)); [ -n "${VERBOSE:-}" ] && echo "ok - $*"; return 0; }
not_ok() { failed=$((failed + 1)); echo "not ok - $1"; shift; [ $# -gt 0 ] && printf '%s\n' "$@" | head -n 30 | sed 's/^/    /'; return 0; }
skip() { echo "skipped: $test_name: $*"; exit 0; }

# same NAME EXPECTED ACTUAL
same() {
  if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | cut -c1-400 | head -n 16)"; fi
}
# holds NAME COMMAND…
holds() {
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$out"; fi
}
# exits NAME CODE TEXT COMMAND…: the exit code, and a text (extended regular expression) in what it says on standard error
exits() {
  local name=$1 code=$2 text=$3 said got
  shift 3
  said=$("$@" 2>&1 >/dev/null </dev/null)
  got=$?
  if [ "$got" != "$code" ]; then not_ok "$name: exit code $got, not $code" "$said"
  elif ! grep -qE -- "$text" <<<"$said"; then not_ok "$name: no /$text/ in what it says" "$said"
  else ok "$name"; fi
}
# wait_for SECONDS COMMAND…: until it succeeds
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
tshark_frames() { tshark -n -r "$1" -Y "$2" -T fields -e frame.number 2>/dev/null | tr '\n' ' '; }
wiretail_frames() { "$WIRETAIL" -n -r "$1" -Y "$2" -T fields -e frame.number 2>&1 | tr '\n' ' '; }
[ -x "$WIRETAIL" ] || { echo "there is no $WIRETAIL: build it first (tests/check does)"; exit 1; }
