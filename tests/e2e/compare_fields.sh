# shellcheck shell=bash
# compare_fields CAPTURE: the same `-T fields` from wiretail and tshark for every field that both have, cell by cell. A
# field that differs is one failed check, unless tests/differential/KNOWN.md names it at the beginning of a table row.
compare_fields() {
  local capture=$1 fields=() chunk i known name
  mapfile -t fields < <(comm -12 <("$WIRETAIL" -G fields | awk -F'\t' '$1 == "F" || $3 ~ /[.]options[.]/ { print $3 }' | sort -u) <(tshark -G fields 2>/dev/null | awk -F'\t' '$1 == "F" || $3 ~ /[.]options[.]/ { print $3 }' | sort -u))
  known=$(sed -n 's/^[-|*] *`\([^`]*\)`.*/\1/p' "$root/tests/differential/KNOWN.md" 2>/dev/null)
  [ ${#fields[@]} -ge 100 ] && ok "there are fields to compare" || not_ok "there are fields to compare" "only ${#fields[@]}"
  for ((i = 0; i < ${#fields[@]}; i += 200)); do
    chunk=()
    for name in "${fields[@]:i:200}"; do chunk+=(-e "$name"); done
    tshark -n -r "$capture" -T fields -E occurrence=a -E separator=/t -E header=y "${chunk[@]}" >"$work/theirs" 2>/dev/null
    "$WIRETAIL" -n -r "$capture" -T fields -E occurrence=a -E separator=/t -E header=y "${chunk[@]}" >"$work/ours" 2>"$work/ours.err"
    python3 - "$work/theirs" "$work/ours" >"$work/differences" <<'P'
import sys
theirs, ours = ([line.rstrip("\n").split("\t") for line in open(name, errors="replace")] for name in sys.argv[1:])
print("packets", len(theirs) - 1, len(ours) - 1)
if len(theirs) == len(ours) and theirs:
    for column, name in enumerate(theirs[0]):
        cells = [(row, a[column] if column < len(a) else None, b[column] if column < len(b) else None)
                 for row, (a, b) in enumerate(zip(theirs, ours))]
        wrong = [c for c in cells if c[1] != c[2]]
        print("field", name, len(wrong), *(f"packet {wrong[0][0]}: {wrong[0][1]!r:.200} there, {wrong[0][2]!r:.200} here" for _ in wrong[:1]))
P
    local what field count rest
    while read -r what field count rest; do
      case $what in
        packets) [ "$field" = "$count" ] || not_ok "as many packets" "$field there, $count here" "$(head -n 3 "$work/ours.err")" ;;
        field)
          if [ "$count" = 0 ]; then ok "$field"
          elif grep -qxF -- "$field" <<<"$known"; then :
          else not_ok "$field: $count cells differ" "$rest"; fi ;;
      esac
    done <"$work/differences"
  done
}
