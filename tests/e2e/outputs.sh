#!/usr/bin/env bash
# Where lines go when the place is difficult: full disks, files that are moved away, rotation, readers that stop reading,
# readers that go away, several outputs of which one blocks.
. "$(dirname "$0")/harness.sh"
W=$WIRETAIL
python3 "$root/tests/captures/make_packet_list.py" "$work/list.pcap"
python3 - "$work/list.pcap" "$work/long.pcap" <<'P'
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(data[:24] + data[24:] * 3000)
P
# at_most SECONDS COMMAND…: its exit code in $code, and whether it took too long
at_most() {
  local limit=$1
  shift
  timeout --kill-after=1 "$limit" "$@"
  code=$?
}

# --- a full disk ends the reading of a file, at once, with a sentence
for place in "--out /dev/full" "-w /dev/full"; do
  # shellcheck disable=SC2086
  at_most 10 "$W" -r "$work/long.pcap" $place 2>"$work/err" >/dev/null
  same "$place: exit code" 1 $code
  holds "$place: one sentence" grep -qx 'wiretail: cannot write to /dev/full: No space left on device.*' "$work/err"
done
at_most 10 "$W" -r "$work/long.pcap" -T fields -e frame.number 2>"$work/err" >/dev/full
same "standard output on a full disk: exit code" 1 $code
same "… one sentence" "1 1" "$(wc -l <"$work/err") $(grep -c 'cannot write to standard output: No space left' "$work/err")"
# --- a reader that goes away ends it quietly
at_most 10 bash -c '"$1" -r "$2" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' - "$W" "$work/long.pcap" 2>"$work/err"
same "a reader that goes away: exit code 0, and quiet" "0 " "$code $(cat "$work/err")"

# --- rotation of its own
cat >"$work/rotate.toml" <<T
[[output]]
file = "$work/r.jsonl"
flush_bytes = "4KiB"
rotate_size = "100KiB"
rotate_keep = 3
stats_interval = "1h"
[[output]]
name = "watcher"
file = "$work/watcher.jsonl"
T
"$W" --config "$work/rotate.toml" -r "$work/long.pcap" -c 2000 -q
same "rotation: exit code" 0 $?
same "as many files are kept as configured" "r.jsonl r.jsonl.1 r.jsonl.2 r.jsonl.3 " "$(cd "$work" && printf '%s ' r.jsonl*)"
for f in r.jsonl.1 r.jsonl.2 r.jsonl.3; do
  size=$(stat -c %s "$work/$f")
  if [ "$size" -le 102400 ] && [ "$size" -gt 90000 ]; then ok "$f has the size"; else not_ok "$f has the size" "$size"; fi
done
cat "$work"/r.jsonl.3 "$work"/r.jsonl.2 "$work"/r.jsonl.1 "$work"/r.jsonl >"$work/all"
holds "every line of them is whole" jq -ces . "$work/all"
same "… and in order, without a gap" "" "$(jq .seq "$work/all" | awk 'NR > 1 && $1 != last + 1 { print "gap before " $1 } { last = $1 }')"
rotations=$(jq 'select(.event == "stats") | .output[0].rotations' "$work/r.jsonl" | tail -n 1)
if [ "${rotations:-0}" -ge 4 ]; then ok "statistics count rotations"; else not_ok "statistics count rotations" "$rotations"; fi

# --- a second signal ends what a reader holds up
mkfifo "$work/held"
(exec 8<"$work/held"; wait_for 30 test -e "$work/release") &
reader=$!
setsid "$W" -r "$work/long.pcap" -q >"$work/held" 2>/dev/null &
pid=$!
sleep 0.7
kill -INT $pid
sleep 0.5
holds "a reader that holds it up: it waits, so that nothing is lost" kill -0 $pid
kill -INT $pid
holds "… and a second signal ends it" wait_for 5 bash -c "! kill -0 $pid 2>/dev/null"
touch "$work/release"
wait $reader

[ "$(id -u)" = 0 ] || { echo "without its live half (needs root)"; exit 0; }
ip netns add "wt-o-$$" 2>/dev/null || { echo "without its live half (needs network namespaces)"; exit 0; }
ns=wt-o-$$
clean_up() { ip netns pids "$ns" | xargs -r kill -9; ip netns del "$ns"; umount "$work/disk"; }
nsenter "--net=/run/netns/$ns" ip link set lo up
cat >"$work/send.py" <<'P'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(sys.argv[1])):
    s.sendto(b"x" * 100, ("127.0.0.1", 9))
    if n % 50 == 0: time.sleep(0.01)
P
send() { nsenter "--net=/run/netns/$ns" python3 "$work/send.py" "$1"; }
mkdir "$work/disk"
mount -t tmpfs -o size=256k none "$work/disk" || { echo "without the full disk of a service (no tmpfs)"; exit 0; }
cat >"$work/service.toml" <<T
[capture]
interfaces = ["lo"]
[[filter]]
name = "udp"
match = "udp"
[[output]]
name = "disk"
file = "$work/disk/events.jsonl"
flush_bytes = "4KiB"
flush_interval = "20ms"
[[output]]
name = "watcher"
file = "$work/seen.jsonl"
flush_interval = "20ms"
stats_interval = "200ms"
T
nsenter "--net=/run/netns/$ns" "$W" --config "$work/service.toml" 2>"$work/service.err" &
pid=$!
wait_for 10 grep -q 'Capturing on' "$work/service.err"
send 2000
holds "a service goes on when its disk is full, and says so once" wait_for 10 grep -q '"what":"output_blocked"' "$work/seen.jsonl"
same "… with the reason" "disk: No space left on device" "$(jq -r 'select(.daemon.what == "output_blocked") | .daemon.detail' "$work/seen.jsonl")"
holds "the other output has everything" wait_for 10 bash -c "[ \$(grep -c '\"event\":\"packet\"' '$work/seen.jsonl') -ge 2000 ]"
sleep 1
rm "$work/disk/events.jsonl"
sleep 1.2
send 100
holds "with room again it is written again" wait_for 10 grep -q '"what":"output_resumed"' "$work/disk/events.jsonl"
send 100
sleep 0.5
kill -TERM $pid
wait $pid
same "SIGTERM: exit code 0" 0 $?
holds "only whole lines are in the file" jq -ces . "$work/disk/events.jsonl"
dropped=$(jq 'select(.event == "stats") | .output[0].dropped' "$work/seen.jsonl" | tail -n 1)
if [ "${dropped:-0}" -gt 100 ]; then ok "what was lost is counted"; else not_ok "what was lost is counted" "$dropped"; fi
same "the log says it once" "1 1" "$(grep -c 'output "disk": No space left on device' "$work/service.err") $(grep -c 'output "disk" is written again' "$work/service.err")"

# --- a file that is renamed is made anew without a signal
rm -f "$work/seen.jsonl"
printf '[capture]\ninterfaces = ["lo"]\n[[filter]]\nname = "udp"\nmatch = "udp"\n[[output]]\nfile = "%s"\nflush_interval = "20ms"\n' "$work/moved.jsonl" >"$work/moved.toml"
nsenter "--net=/run/netns/$ns" "$W" --config "$work/moved.toml" 2>"$work/moved.err" &
pid=$!
wait_for 10 grep -q 'Capturing on' "$work/moved.err"
send 100
wait_for 5 test -s "$work/moved.jsonl"
mv "$work/moved.jsonl" "$work/moved.jsonl.old"
for _ in 1 2 3 4 5; do sleep 0.4; send 20; done
holds "a renamed file is made anew" wait_for 5 test -s "$work/moved.jsonl"
kill -TERM $pid
wait $pid
same "… and both together have every line" "" "$(cat "$work/moved.jsonl.old" "$work/moved.jsonl" | jq .seq | awk '$1 != last + 1 { print "gap before " $1 } { last = $1 }')"
