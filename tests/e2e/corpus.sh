#!/usr/bin/env bash
# Every capture at hand (tests/captures, and CORPUS, by default ../shared/corpus): where tshark reads it to the end, so do
# we, with as many packets; where it does not, we end with a clear sentence and exit code 1. Run with a sanitized build
# (WIRETAIL), it is the test that no capture upsets the dissectors. What tshark reads, capinfos says as well: it has the same
# reader, and starts in a twentieth of the time.
. "$(dirname "$0")/harness.sh"
CORPUS=${CORPUS:-$root/../shared/corpus}
export WIRETAIL work
export ASAN_OPTIONS=abort_on_error=0:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99

# one CAPTURE: a line "ok" or "not ok - …"
one() {
  local file=$1 name said code packets their_code their_packets
  name=$(sha256sum <<<"$file" | cut -c1-32)
  said=$(capinfos -M -T -r -c "$file" 2>/dev/null)
  their_code=$?
  their_packets=$(cut -f 2 <<<"$said")
  # Everything that can be written: all fields, events, transactions.
  said=$({ timeout 60 "$WIRETAIL" -n -r "$file" -q --emit packet,conn,http,dns | grep -c '"event":"packet"' >"$work/$name.count"; exit "${PIPESTATUS[0]}"; } 2>&1)
  code=$?
  packets=$(cat "$work/$name.count")
  if [ "$code" != 0 ] && [ "$code" != 1 ]; then echo "not ok - $file: exit code $code: $(head -c 3000 <<<"$said")"
  elif [ "$their_code" = 0 ] && [ "$code" != 0 ]; then echo "not ok - $file: tshark reads $their_packets packets, here: $said"
  elif [ "$their_code" = 0 ] && [ "$packets" != "${their_packets:-0}" ]; then echo "not ok - $file: $their_packets packets there, $packets here"
  elif [ "$their_code" != 0 ] && [ "$code" != 1 ]; then echo "not ok - $file: tshark ends with $their_code, here $code"
  elif [ "$code" = 1 ] && [ "$(wc -l <<<"$said")" != 1 ]; then echo "not ok - $file: not one sentence: $said"
  elif timeout 60 "$WIRETAIL" -n -r "$file" -V -x -q >/dev/null 2>"$work/$name.err" || [ $? = 1 ]; then echo ok
  else echo "not ok - $file: -V -x: $(head -c 3000 "$work/$name.err")"; fi
}
export -f one

if [ -d "$CORPUS" ]; then folders=("$CORPUS" "$root/tests/captures"); else
  echo "without the shared corpus: there is no $CORPUS"
  folders=("$root/tests/captures")
fi
python3 "$root/tests/captures/make_packet_list.py" "$work/list.pcap"
find "${folders[@]}" "$work/list.pcap" -type f ! -name '*.md' ! -name '*.py' ! -name '*.txt' -print0 | sort -z | xargs -0 -P "$(nproc)" -I{} bash -c 'one "$1"' - {} >"$work/results"
grep -v '^ok$' "$work/results" | head -n 40 | cut -c1-2000
passed=$(grep -c '^ok$' "$work/results")
failed=$(grep -c '^not ok' "$work/results")
true
