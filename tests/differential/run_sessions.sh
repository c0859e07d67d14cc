#!/usr/bin/env bash
# tshark and wiretail on random HTTP and DNS sessions (tests/captures/make_http_sessions.py): every field, the columns'
# protocol and text. SEED and SESSIONS choose others.
set -u
here=$(cd "$(dirname "$0")" && pwd)
wiretail=${WIRETAIL:-$here/../../build/dev/wiretail}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok - $1"; }
bad() { failed=$((failed + 1)); echo "not ok - $1"; }

for kind in http dns; do
  file=$work/$kind.pcap
  flags=()
  [ $kind = dns ] && flags=(--dns)
  "$here/../captures/make_http_sessions.py" "$file" --seed "${SEED:-1}" --sessions "${SESSIONS:-150}" "${flags[@]}"
  if "$here/fields.py" --wiretail "$wiretail" --field $kind --minimum 100 --show 2 "$file" >"$work/$kind.txt" 2>&1; then
    ok "$kind.* of $(grep -o '[0-9]* packets' "$work/$kind.txt" | head -n 1): $(tail -n 1 "$work/$kind.txt")"
  else
    cat "$work/$kind.txt"
    bad "$kind.*"
  fi
  columns=(-T fields -e _ws.col.Protocol -e _ws.col.Info -e frame.protocols)
  tshark -n -r "$file" "${columns[@]}" >"$work/theirs" 2>/dev/null
  "$wiretail" -n -q -r "$file" "${columns[@]}" >"$work/ours"
  if diff "$work/theirs" "$work/ours" >"$work/difference"; then ok "$kind: protocol, info and protocols of $(wc -l <"$work/theirs") packets"
  else head -n 20 "$work/difference"; bad "$kind: protocol, info and protocols: $(grep -c '^>' "$work/difference") of $(wc -l <"$work/theirs") packets differ"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
