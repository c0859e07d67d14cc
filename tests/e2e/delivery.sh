#!/usr/bin/env bash
# What was read is delivered: a capture file into a reader that sleeps loses no line; a live capture never waits, and counts
# exactly what it dropped.
. "$(dirname "$0")/harness.sh"

python3 - "$work/many.pcap" 60000 <<'P'
import struct, sys
def checksum(b):
    t = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while t >> 16: t = (t & 0xffff) + (t >> 16)
    return ~t & 0xffff
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for n in range(int(sys.argv[2])):
        udp = struct.pack(">HHHH", 1024 + n % 60000, 9, 8 + 32, 0) + struct.pack(">I", n) * 8
        ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), n % 65536, 0, 64, 17, 0, 10, 1, n % 250, 1, 10, 2, 0, 2)
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        frame = bytes.fromhex("02000000000202000000000108 00") + ip + udp
        out.write(struct.pack("<IIII", 1700000000 + n // 10000, n % 10000 * 100, len(frame), len(frame)) + frame)
P

# A file waits for its reader.
"$WIRETAIL" -q -r "$work/many.pcap" > >(sleep 3; cat >"$work/slow.jsonl"; touch "$work/done")
code=$?
wait_for 20 test -e "$work/done"
same "a file into a reader that sleeps: exit code" 0 "$code"
same "… and not a line is lost" "$(seq 60000 | md5sum)" "$(jq .seq "$work/slow.jsonl" | md5sum)"
same "… nor out of order" "$(seq 60000 | md5sum)" "$(jq .frame.number "$work/slow.jsonl" | md5sum)"
rm -f "$work/done"
"$WIRETAIL" -q -r - < "$work/many.pcap" > >(sleep 2; wc -l >"$work/count"; touch "$work/done")
wait_for 20 test -e "$work/done"
same "standard input waits, too" 60000 "$(cat "$work/count")"

[ "$(id -u)" = 0 ] && ip netns add "wt-d-$$" 2>/dev/null || { echo "without its live half (needs root and network namespaces)"; exit 0; }
ns=wt-d-$$
clean_up() { ip netns pids "$ns" | xargs -r kill -9; ip netns del "$ns"; }
nsenter "--net=/run/netns/$ns" ip link add wt0 type veth peer name wt1
for i in wt0 wt1; do nsenter "--net=/run/netns/$ns" sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" 2>/dev/null; nsenter "--net=/run/netns/$ns" ip link set $i arp off up; done
mkfifo "$work/pipe"
# The reader opens the pipe, sleeps while more comes than queue and pipe hold, and then takes everything that is left.
(exec 8<"$work/pipe"; wait_for 60 test -e "$work/go"; cat <&8 >"$work/live.jsonl"; touch "$work/read") &
nsenter "--net=/run/netns/$ns" "$WIRETAIL" -i wt1 -B 256 -Y udp --emit packet,stats >"$work/pipe" 2>"$work/live.err" &
pid=$!
wait_for 10 grep -q 'Capturing on' "$work/live.err"
nsenter "--net=/run/netns/$ns" python3 - "$work/many.pcap" wt0 <<'P'
import socket, struct, sys, time
data = open(sys.argv[1], "rb").read()
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[2], 0))
at = 24
n = 0
while at < len(data):
    length = struct.unpack_from("<I", data, at + 8)[0]
    s.send(data[at + 16:at + 16 + length])
    at += 16 + length
    n += 1
    if n % 2000 == 0: time.sleep(0.02)
P
sleep 1
touch "$work/go"
sleep 1
kill -INT $pid
wait $pid
same "a live capture into a reader that sleeps: exit code" 0 $?
wait_for 20 test -e "$work/read"
stats=$(grep '"event":"stats"' "$work/live.jsonl" | tail -n 1)
matched=$(jq .filter[0].matched <<<"$stats") kernel=$(jq .capture.dropped <<<"$stats") dropped=$(jq .output[0].dropped <<<"$stats")
written=$(grep -c '"event":"packet"' "$work/live.jsonl")
gaps=$(jq .seq "$work/live.jsonl" | awk '{ gaps += $1 - last - 1; last = $1 } END { print gaps + 0 }')
same "every packet came, or the kernel counted it" 60000 $((matched + kernel))
if [ "$dropped" -gt 0 ]; then ok "it dropped lines instead of waiting"; else not_ok "it dropped lines instead of waiting" "$stats"; fi
same "what is missing is what it counted" "$matched" $((written + dropped))
same "the gaps in seq are the lines dropped" "$dropped" "$gaps"
holds "it says so at the end" grep -q "$dropped lines of output" "$work/live.err"

# What the kernel had captured before the stop is written after it.
for stop in "-a duration:600" "-a duration:1"; do
  rm -f "$work/stop.jsonl"
  # shellcheck disable=SC2086 # two words
  nsenter "--net=/run/netns/$ns" "$WIRETAIL" -i wt1 $stop --emit packet,stats --out "$work/stop.jsonl" 2>"$work/stop.err" &
  pid=$!
  wait_for 10 grep -q 'Capturing on' "$work/stop.err"
  nsenter "--net=/run/netns/$ns" python3 - "$work/many.pcap" wt0 $pid "$stop" <<'P'
import os, signal, socket, struct, sys
data = open(sys.argv[1], "rb").read(100000)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[2], 0))
at = 24
for n in range(500):
    length = struct.unpack_from("<I", data, at + 8)[0]
    s.send(data[at + 16:at + 16 + length])
    at += 16 + length
if "600" in sys.argv[4]: os.kill(int(sys.argv[3]), signal.SIGTERM)
P
  wait $pid
  same "stop ($stop): exit code" 0 $?
  same "… and everything captured before it is there" 500 "$(grep -c '"event":"packet"' "$work/stop.jsonl")"
  same "… as its statistics say" "500 0" "$(jq -r 'select(.event == "stats") | "\(.capture.received) \(.capture.dropped)"' "$work/stop.jsonl" | tail -n 1)"
done
