#!/usr/bin/env bash
# Flags and the configuration together: a flag replaces the part that it is about and nothing else. Then the flags of live
# capture, on a link of its own.
. "$(dirname "$0")/harness.sh"
# shellcheck disable=SC2016
W=$WIRETAIL
list=$work/list.pcap
python3 "$root/tests/captures/make_packet_list.py" "$list"

printf '192.168.182.0/24\n' >"$work/inside.txt"
cat >"$work/c.toml" <<T
[capture]
interfaces = ["nosuch0"]
[macros]
port = "tcp.port == \$1"
[[list]]
name = "inside"
file = "inside.txt"
[[filter]]
name = "syn"
match = "tcp.flags.syn == 1"
[[filter]]
name = "ends"
match = "tcp.flags.fin == 1"
emit = ["packet", "conn"]
[[output]]
name = "a"
file = "$work/a.jsonl"
host = "here"
tags = ["x", "y"]
[[output]]
name = "b"
file = "$work/b.jsonl"
daemon = false
stats_interval = "0s"
T
# run ARGUMENTS…: the three places where lines can go
run() {
  rm -f "$work"/[ab].jsonl
  "$W" --config "$work/c.toml" -r "$list" -q "$@" >"$work/out" 2>"$work/err"
  code=$?
  touch "$work/a.jsonl" "$work/b.jsonl"
}
kinds() { jq -r .event "$1" | sort | uniq -c | awk '{ printf "%s %s, ", $2, $1 }'; }

run
same "a configuration: exit code" 0 $code
same "all of its outputs have the lines" "conn.end 1, conn.established 0, conn.new 0, packet 4" \
  "$(for e in conn.end conn.established conn.new packet; do echo -n "$e $(grep -c "\"event\":\"$e\"" "$work/b.jsonl"), "; done | sed 's/, $//')"
same "… but its own lines only where they are asked for" "conn.end 1, daemon 2, packet 4, stats 1, " "$(kinds "$work/a.jsonl")"
same "… numbered for each" "1 8 1 5" "$(jq -s -r '[.[0].seq, .[-1].seq] | @tsv' "$work/a.jsonl" "$work/b.jsonl" 2>/dev/null | tr '\t' ' ' | head -n 0; echo "$(jq .seq "$work/a.jsonl" | sed -n '1p;$p' | tr '\n' ' ')$(jq .seq "$work/b.jsonl" | sed -n '1p;$p' | tr '\n' ' ')" | sed 's/ $//')"
same "host and tags are on every line" "$(wc -l <"$work/a.jsonl")" "$(jq -c 'select(.host == "here" and .tags == ["x", "y"])' "$work/a.jsonl" | wc -l)"
same "standard output has nothing" "" "$(cat "$work/out")"
same "each line names the filters that matched" '["syn"] ["syn"] ["ends"] ["ends"] ["ends"]' "$(jq -c .filters "$work/b.jsonl" | sort -r | tr '\n' ' ' | sed 's/ $//')"
same "the last events name their filter" '["ends"]' "$(jq -c 'select(.event == "conn.end") | .filters' "$work/b.jsonl")"

run --out -
same "--out replaces all outputs" "0 0" "$(cat "$work/a.jsonl" | wc -l) $(cat "$work/b.jsonl" | wc -l)"
same "… by one, with the lines that were asked for" "conn.end 1, daemon 2, packet 4, stats 1, " "$(kinds "$work/out")"
same "… with its defaults" 0 "$(grep -c '"host"' "$work/out")"
run --out "$work/c.jsonl"
same "--out FILE" "0 8" "$(wc -c <"$work/out") $(wc -l <"$work/c.jsonl")"
run -T text
same "-T text replaces all outputs" "0 0 4" "$(cat "$work/a.jsonl" | wc -l) $(cat "$work/b.jsonl" | wc -l) $(wc -l <"$work/out")"
run -T fields -e frame.number
same "-T fields, too" "0 0 4" "$(cat "$work/a.jsonl" | wc -l) $(cat "$work/b.jsonl" | wc -l) $(wc -l <"$work/out")"
run -w "$work/w.pcapng"
same "-w, too" "0 0 0" "$(cat "$work/a.jsonl" | wc -l) $(cat "$work/b.jsonl" | wc -l) $(wc -c <"$work/out")"
same "… with what matched" "$(tshark -n -r "$list" -Y 'tcp.flags.syn == 1 || tcp.flags.fin == 1' -T fields -e frame.time_epoch -e frame.len 2>/dev/null)" \
  "$(tshark -n -r "$work/w.pcapng" -T fields -e frame.time_epoch -e frame.len 2>/dev/null)"
run -w "$work/w.pcapng" --out -
same "-w and --out: both" "4 8" "$(tshark -n -r "$work/w.pcapng" 2>/dev/null | wc -l) $(wc -l <"$work/out")"
# shellcheck disable=SC2016
run --out - -Y '${port:57422} && ip.src in $inside'
same "-Y replaces all filters; macros and lists stay" '["-Y"] 4' "$(jq -c 'select(.event == "packet") | .filters' "$work/out" | sort -u) $(grep -c '"event":"packet"' "$work/out")"
run --out - --emit conn
same "--emit is every filter's emit" "conn.end 2, conn.established 1, conn.new 1, daemon 2, stats 1, " "$(kinds "$work/out")"
run --out - --emit packet
same "--emit packet leaves the events out" "daemon 2, packet 4, stats 1, " "$(kinds "$work/out")"
run --out - -e ip.src -e tcp.flags_syn
same "-e is what each packet's line holds" '["event","filters","flow","frame","iface","ip","seq","tcp","ts","v"]' "$(jq -c 'select(.event == "packet") | del(.community_id, .host, .tags) + {frame: {}} | keys' "$work/out" | sort -u)"

same "stats lines come when --emit names them" "stats 1, " "$("$W" -r "$list" --emit stats -q >"$work/out"; kinds "$work/out")"
same "daemon lines, too" "daemon 2, " "$("$W" -r "$list" --emit daemon -q >"$work/out"; kinds "$work/out")"
same "… and neither without" "packet 19, " "$("$W" -r "$list" -q >"$work/out"; kinds "$work/out")"
"$W" -r "$list" --emit packet,stats,daemon -q >"$work/out"
same "a stats line has all its keys" \
  '["capture","conn","decode","event","evicted","filter","fragments","http","output","process","program","seq","ts","v"]
["dropped","if_dropped","lag","received"]
["active","bytes_used","emergency","ended","evicted","new"]
["bytes","malformed","packets","too_many_layers","truncated","unsupported"]
["bytes","dropped","errors","lines","name","queue","queue_max","rotations"]
["cpu_sys","cpu_user","rss","uptime"]
["no_response","pending","transactions"]
["gave_up","ns_avg"]' "$(jq -c 'select(.event == "stats") | keys, (.capture | keys), (.conn | keys), (.decode | keys), (.output[0] | keys), (.process | keys), (.http | keys), (.program | keys)' "$work/out")"
same "… and counts" "19 19" "$(jq -r 'select(.event == "stats") | "\(.capture.received) \(.decode.packets)"' "$work/out")"
python3 "$root/tests/captures/make_http_sessions.py" "$work/dns.pcap" --dns --seed 3 --sessions 40
"$W" -r "$work/dns.pcap" --emit packet,dns -q >"$work/dns.jsonl"
# The packets say which response answers which query; of damaged ones they do not.
same "--emit dns: one line a query with its response" "" \
  "$(comm -23 <(jq -c 'select(.event == "packet" and .dns.time) | [.frame.number, .dns.time]' "$work/dns.jsonl" | sort) \
    <(jq -c 'select(.event == "dns" and .dns.outcome == "complete") | [.dns.response_in, .dns.time]' "$work/dns.jsonl" | sort))"
same "… and queries without" "no_response" "$(jq -r 'select(.event == "dns" and .dns.response_in == null) | .dns.outcome' "$work/dns.jsonl" | sort -u)"
same "a daemon line has all its keys" '["config_hash","detail","filters","version","what"] ["config_hash","filters","version","what"]' \
  "$(jq -c 'select(.event == "daemon") | .daemon | keys' "$work/out" | tr '\n' ' ' | sed 's/ $//')"
same "a filter's counters" '[{"name":"-Y","evaluated":19,"matched":2}]' "$("$W" -r "$list" -Y tcp.flags.fin==1 --emit stats -q | jq -c .filter)"

# What cannot be together is said.
exits "-w and --emit of events only" 2 'packets' "$W" -r "$list" -w "$work/x.pcapng" --emit conn
exits "-w and events, with nowhere to go" 2 'add --out' "$W" -r "$list" -w "$work/x.pcapng" --emit packet,conn
exits "-T text and events only" 2 'packets' "$W" -r "$list" -T text --emit conn
exits "-w - and lines on standard output" 2 'standard output' "$W" -r "$list" -w - -T text
exits "-w onto the file that is read" 2 'being read' "$W" -r "$list" -w "$list"
exits "--check of nothing" 2 'something to check' "$W" --check
exits "--check -Y" 2 'did you mean' "$W" --check -Y ip.srcc
same "--check of a good filter" "-Y: no problems" "$("$W" --check -Y ip.src 2>&1)"
same "-w - is a capture on standard output" 2 "$("$W" -r "$list" -Y tcp.flags.fin==1 -w - -q | tshark -n -r - 2>/dev/null | wc -l)"

# --- live
[ "$(id -u)" = 0 ] && ip netns add "wt-f-$$" 2>/dev/null || { echo "without its live half (needs root and network namespaces)"; exit 0; }
ns=wt-f-$$
clean_up() { ip netns pids "$ns" | xargs -r kill -9; ip netns del "$ns"; }
nsenter "--net=/run/netns/$ns" ip link add wt0 type veth peer name wt1
for i in wt0 wt1; do nsenter "--net=/run/netns/$ns" sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" 2>/dev/null; nsenter "--net=/run/netns/$ns" ip link set $i arp off up; done
cat >"$work/send.py" <<'P'
# send.py INTERFACE COUNT SECONDS: numbered UDP packets of 200 bytes to port 9, each second one to port 10
import socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for n in range(int(sys.argv[2])):
    udp = struct.pack(">HHHH", 5000, 9 + n % 2, 166, 0) + struct.pack(">I", n) + bytes(154)
    ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0, 10, 1, 0, 1, 10, 2, 0, 2)
    s.send(bytes.fromhex("0200000000020200000000010800") + ip + udp)
    time.sleep(float(sys.argv[3]) / int(sys.argv[2]))
P
# live ARGUMENTS…: captures in the namespace while 100 packets are sent over half a second; ends by itself or is stopped
live() {
  nsenter "--net=/run/netns/$ns" "$W" "$@" >"$work/live" 2>"$work/live.err" &
  local pid=$!
  wait_for 10 grep -q 'Capturing on' "$work/live.err"
  nsenter "--net=/run/netns/$ns" python3 "$work/send.py" wt0 100 0.5
  sleep 0.3
  kill -INT $pid 2>/dev/null
  wait $pid
  code=$?
}
live -i wt1
same "-i: every packet, exit code 0" "0 100" "$code $(wc -l <"$work/live")"
holds "it says where it captures, and what came" grep -q '100 packets captured' "$work/live.err"
live -i wt1 -c 5
same "-c stops it" "0 5" "$code $(wc -l <"$work/live")"
live -i wt1 -f 'udp dst port 10'
same "-f" "0 50" "$code $(jq .udp.dstport "$work/live" | grep -c '^10$')"
live -i wt1 -s 60
same "-s: cut, and said to be" "60 200" "$(jq -r '"\(.frame.cap_len) \(.frame.len)"' "$work/live" | sort -u)"
live -i wt0 -i wt1 -B 4
same "two interfaces" "100 wt0 100 wt1 " "$(jq -r .iface "$work/live" | sort | uniq -c | awk '{ printf "%s %s ", $1, $2 }')"
live -i any -Y udp
same "any: sent and received" "200 any " "$(jq -r .iface "$work/live" | sort | uniq -c | awk '{ printf "%s %s ", $1, $2 }')"
live -i wt1 -Y 'udp.dstport == 9' -w "$work/live.pcapng"
same "-w with -Y" "50" "$(tshark -n -r "$work/live.pcapng" -Y 'udp.dstport == 9' 2>/dev/null | wc -l)"
same "… and nothing else in it" "50" "$(tshark -n -r "$work/live.pcapng" 2>/dev/null | wc -l)"
live -i wt1 -Y 'udp.dstport == 9' -w -
same "-w - with -Y" "50" "$(tshark -n -r - <"$work/live" 2>/dev/null | wc -l)"
live -i wt1 -T fields -e udp.dstport -e frame.len
same "-T fields" "50 9 200" "$(sort "$work/live" | uniq -c | sed -n '2s/[ \t]\+/ /gp' | sed 's/^ //')"
live -i wt1 -T text -q
same "-T text" "100 0" "$(grep -c 'UDP 200 5000 → ' "$work/live") $(wc -c <"$work/live.err")"
live --config "$work/c.toml" -i wt1 --out -
same "-i replaces a configuration's interfaces" 0 "$code"
begin=$(date +%s%N)
nsenter "--net=/run/netns/$ns" "$W" -i wt1 -a duration:1 -q
same "-a duration: exit code" 0 $?
took=$((($(date +%s%N) - begin) / 1000000))
if [ $took -ge 1000 ] && [ $took -lt 2500 ]; then ok "-a duration:1 takes a second"; else not_ok "-a duration:1 takes a second" "$took ms"; fi
# From the start of the program to the first packet.
nsenter "--net=/run/netns/$ns" python3 "$work/send.py" wt0 3000 3 2>/dev/null &
best=1000
for _ in 1 2 3 4 5; do
  begin=$(date +%s%N)
  first=$(nsenter "--net=/run/netns/$ns" "$W" -i wt1 -c 1 -q -T fields -e frame.time_epoch)
  took=$(((${first/./} - begin) / 1000000))
  [ $took -lt $best ] && best=$took
done
if [ $best -le 50 ]; then ok "the first packet is seen within 50 ms"; else not_ok "the first packet is seen within 50 ms" "$best ms at best"; fi
echo "first packet after $best ms"
