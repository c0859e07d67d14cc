#!/usr/bin/env bash
# Interfaces that go and come: a service says so, waits, and goes on; a run by hand ends with a sentence. And what is due
# while a link is silent comes by the clock.
. "$(dirname "$0")/harness.sh"
W=$WIRETAIL
[ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
ip netns add "wt-i-$$" 2>/dev/null || skip "no network namespaces here"
ns=wt-i-$$
clean_up() { ip netns pids "$ns" | xargs -r kill -9; ip netns del "$ns"; }
make_link() {
  nsenter "--net=/run/netns/$ns" ip link add wt0 type veth peer name wt1
  for i in wt0 wt1; do nsenter "--net=/run/netns/$ns" sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" 2>/dev/null; nsenter "--net=/run/netns/$ns" ip link set $i arp off up; done
}
cat >"$work/send.py" <<'P'
# send.py PORT: one UDP packet
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("wt0", 0))
udp = struct.pack(">HHHH", 5000, int(sys.argv[1]), 20, 0) + bytes(12)
ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 40, 1, 0, 64, 17, 0, 10, 1, 0, 1, 10, 2, 0, 2)
s.send(bytes.fromhex("0200000000020200000000010800") + ip + udp)
P
send() { nsenter "--net=/run/netns/$ns" python3 "$work/send.py" "$1"; }
nsenter "--net=/run/netns/$ns" ip link set lo up
make_link
cat >"$work/c.toml" <<T
[capture]
interfaces = ["wt1", "lo"]
[connections]
udp_one_way_timeout = "1s"
[[filter]]
name = "udp"
match = "udp"
emit = ["packet", "conn"]
[[output]]
file = "$work/out.jsonl"
flush_interval = "20ms"
T
nsenter "--net=/run/netns/$ns" "$W" --config "$work/c.toml" 2>"$work/err" &
pid=$!
wait_for 10 grep -q 'Capturing on wt1, lo' "$work/err"
send 1001
holds "a packet" wait_for 5 grep -q '"dstport":1001' "$work/out.jsonl"
holds "the timer of a silent link's connection" wait_for 5 grep -q '"event":"conn.end"' "$work/out.jsonl"
same "… carries its deadline" "1.000000000" "$(jq -r 'select(.event == "conn.end") | .ts, .conn.last' "$work/out.jsonl" | python3 -c '
import sys
a, b = (int(l[17:19]) * 10**9 + int(l[20:29]) for l in sys.stdin)
print("%.9f" % (((a - b) % (60 * 10**9)) / 1e9))')"
nsenter "--net=/run/netns/$ns" ip link del wt0
holds "an interface that goes away is said" wait_for 5 grep -q '"what":"interface_down"' "$work/out.jsonl"
same "… by name" wt1 "$(jq -r 'select(.daemon.what == "interface_down") | .daemon.detail' "$work/out.jsonl")"
holds "… also in the log" grep -q 'wt1 went away' "$work/err"
nsenter "--net=/run/netns/$ns" python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 1002))'
holds "the other one goes on" wait_for 5 grep -q '"dstport":1002' "$work/out.jsonl"
make_link
holds "one that comes back is said" wait_for 15 grep -q '"what":"interface_up"' "$work/out.jsonl"
send 1003
holds "… and captured again" wait_for 5 grep -q '"dstport":1003' "$work/out.jsonl"
# All of them away: it waits.
sed -i 's/"wt1", "lo"/"wt1"/' "$work/c.toml"
kill -TERM $pid
wait $pid
same "exit code" 0 $?
rm -f "$work/out.jsonl"
nsenter "--net=/run/netns/$ns" "$W" --config "$work/c.toml" 2>"$work/err" &
pid=$!
wait_for 10 grep -q 'Capturing on wt1' "$work/err"
nsenter "--net=/run/netns/$ns" ip link del wt0
wait_for 5 grep -q '"what":"interface_down"' "$work/out.jsonl"
sleep 1
holds "with no interface left a service waits" kill -0 $pid
begin=$(ps -o times= -p $pid)
sleep 1
if [ $(($(ps -o times= -p $pid) - begin)) -lt 1 ]; then ok "… and costs nothing"; else not_ok "… and costs nothing"; fi
make_link
holds "… until it is back" wait_for 15 grep -q '"what":"interface_up"' "$work/out.jsonl"
send 1004
holds "… and goes on" wait_for 5 grep -q '"dstport":1004' "$work/out.jsonl"
kill -TERM $pid
wait $pid
same "exit code after all that" 0 $?

nsenter "--net=/run/netns/$ns" "$W" -i wt1 >"$work/byhand.jsonl" 2>"$work/byhand.err" &
pid=$!
wait_for 10 grep -q 'Capturing on' "$work/byhand.err"
send 1005
sleep 0.3
nsenter "--net=/run/netns/$ns" ip link del wt0
wait_for 5 bash -c "! kill -0 $pid 2>/dev/null" || kill -9 $pid
wait $pid
same "by hand: exit code 1" 1 $?
holds "… with a sentence" grep -qE '^wiretail: .*wt1.*(disappeared|went away)' "$work/byhand.err"
same "… after what came before" 1 "$(grep -c '"dstport":1005' "$work/byhand.jsonl")"

# A service that starts before its interface waits for it; by hand it is an error.
rm -f "$work/out.jsonl"
nsenter "--net=/run/netns/$ns" "$W" --config "$work/c.toml" 2>"$work/err" &
pid=$!
holds "a service starts before its interface" wait_for 10 grep -q '"what":"interface_down"' "$work/out.jsonl"
holds "… and says so" grep -q 'no interface "wt1" yet; waiting' "$work/err"
make_link
holds "… waits for it" wait_for 15 grep -q '"what":"interface_up"' "$work/out.jsonl"
send 1006
holds "… and captures on it" wait_for 5 grep -q '"dstport":1006' "$work/out.jsonl"
kill -TERM $pid
wait $pid
same "… until it is stopped" 0 $?
nsenter "--net=/run/netns/$ns" ip link del wt0
nsenter "--net=/run/netns/$ns" "$W" -i wt1 -q >/dev/null 2>"$work/byhand.err"
same "by hand it is an error" "2 1" "$? $(grep -c 'there is no interface "wt1"' "$work/byhand.err")"
