#!/usr/bin/env bash
# dissect/FIELDS.md says what `wiretail -G fields` says.
#
#   tests/e2e/field_reference.sh           the test
#   tests/e2e/field_reference.sh --write   writes the page again
. "$(dirname "$0")/harness.sh"
page=$root/dissect/FIELDS.md

reference() {
  "$WIRETAIL" -G fields | LC_ALL=C awk -F'\t' '
    BEGIN {
      print "# Fields\n\nEvery field that can be filtered on and written out, by protocol. Made from `wiretail -G fields` by"
      print "`tests/e2e/field_reference.sh --write`; not edited by hand."
    }
    # The name of a single option is listed as a protocol of its own; it is a field of the one before.
    $1 == "P" && index($3, order[protocols] ".") == 1 { rows[order[protocols]] = rows[order[protocols]] sprintf("| `%s` | %s | %s |\n", $3, "BYTES", $2); next }
    $1 == "P" { order[++protocols] = $3; title[$3] = $2 }
    $1 == "F" { rows[$5] = rows[$5] sprintf("| `%s` | %s | %s |\n", $3, substr($4, 4) ($6 != "" && $6 !~ /^0$/ ? " " $6 : ""), $2) }
    END {
      for (i = 1; i <= protocols; ++i) {
        name = order[i]
        if (name in done) continue
        done[name]
        printf "\n## %s: %s\n", name, title[name]
        if (rows[name] != "") printf "\n| field | type | |\n| --- | --- | --- |\n%s", rows[name]
      }
    }'
}

if [ "${1:-}" = --write ]; then
  reference >"$page" && echo "wrote $page"
  exit
fi
reference >"$work/FIELDS.md"
[ "$(grep -c '^| `' "$work/FIELDS.md")" -ge 300 ] && ok "the listing has the fields" || not_ok "the listing has the fields" "$(head -n 3 "$work/FIELDS.md")"
if diff -u "$page" "$work/FIELDS.md" >"$work/difference"; then ok "dissect/FIELDS.md is up to date"
else not_ok "dissect/FIELDS.md is up to date" "run tests/e2e/field_reference.sh --write; $(sed -n '3,8p' "$work/difference" | tr '\n' ' ')"; fi
