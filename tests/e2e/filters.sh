#!/usr/bin/env bash
# The filter language from the command line and the configuration: lists, macros, filters with tests, filters on events,
# references to a selected packet, --explain, the kernel's filter, limits.
. "$(dirname "$0")/harness.sh"
# shellcheck disable=SC2016
W=$WIRETAIL
list=$work/list.pcap
python3 "$root/tests/captures/make_packet_list.py" "$list"
frames() { "$W" -r "$list" -Y "$1" -T fields -e frame.number "${@:2}" 2>&1 | tr '\n' ' ' | sed 's/ $//'; }
theirs() { tshark -n "${@:2}" -r "$list" -Y "$1" -T fields -e frame.number 2>/dev/null | tr '\n' ' ' | sed 's/ $//'; }

# --- lists and macros
printf '# what is ours\n192.168.182.0/24   # the net\n10.0.0.1 .. 10.0.0.9\n2001:db8::/32\n' >"$work/inside.txt"
printf '80\n8000..8999\n' >"$work/ports.txt"
cat >"$work/c.toml" <<T
[macros]
port = "tcp.port == \$1"
between = "ip.addr == \$1 && ip.addr == \$2"
[[list]]
name = "inside"
file = "inside.txt"
[[list]]
name = "ports"
file = "ports.txt"
[[filter]]
name = "never"
match = "frame.number == 0"
[[output]]
file = "-"
daemon = false
stats_interval = "0s"
T
from_file() { "$W" --config "$work/c.toml" -r "$list" -q -Y "$1" --out - 2>&1 | jq .frame.number 2>&1 | tr '\n' ' ' | sed 's/ $//'; }
same "-Y beside a configuration: its lists" "$(theirs 'ip.src == 192.168.182.0/24')" "$(from_file 'ip.src in $inside')"
same "… not in" "$(theirs 'ip && !(ip.src == 192.168.182.0/24)')" "$(from_file 'ip.src not in $inside')"
same "… a list of numbers and ranges" "$(theirs 'tcp.port in {80, 8000..8999}')" "$(from_file 'tcp.port in $ports')"
same "… and its macros, with arguments" "$(theirs 'tcp.port == 80')" "$(from_file '${port:80}')"
same "… in the newer spelling" "$(theirs 'tcp.port == 80')" "$(from_file '$port(80)')"
holds "… and --check knows both" "$W" --config "$work/c.toml" --check -Y '${port:80} && ip.src in $inside'
printf '0.25..1000\n0\n' >"$work/seconds.txt"
printf 'udp\n"ICMP"\n' >"$work/names.txt"
printf '[[list]]\nname = "seconds"\nfile = "seconds.txt"\n[[list]]\nname = "names"\nfile = "names.txt"\n[[filter]]\nname = "f"\nmatch = "frame.time_delta in $seconds || ip.proto in $names"\n' >"$work/kinds.toml"
same "lists of seconds and of names of values" 1 "$("$W" --config "$work/kinds.toml" --check 2>&1 | grep -c 'no problems')"
same "… of seconds" "$(theirs 'frame.time_delta in {0.25..1000, 0}')" "$("$W" --config "$work/kinds.toml" -r "$list" -q -Y 'frame.time_delta in $seconds' --out - | jq .frame.number | tr '\n' ' ' | sed 's/ $//')"
same "… of names" "$(theirs 'ip.proto in {"UDP", "ICMP"}')" "$("$W" --config "$work/kinds.toml" -r "$list" -q -Y 'ip.proto in $names' --out - | jq .frame.number | tr '\n' ' ' | sed 's/ $//')"
exits "a list that is not there" 2 'no list "nosuch"' "$W" -r "$list" -Y 'ip.src in $nosuch'
exits "a macro with too few arguments" 2 'argument' "$W" --config "$work/c.toml" -r "$list" -Y '${between:10.0.0.1}'
sed 's/inside.txt/nothing.txt/' "$work/c.toml" >"$work/lost.toml"
exits "a list file that is not there" 2 'lost.toml:4.*nothing.txt' "$W" --config "$work/lost.toml" --check
printf '10.0.0.1\n10.0.0.0/40\n' >"$work/wrong.txt"
sed 's/inside.txt/wrong.txt/' "$work/c.toml" >"$work/wrong.toml"
exits "a wrong line in a list names the line" 2 'wrong.txt:2' "$W" --config "$work/wrong.toml" --check
same "… and only that, not the filters that ask the list" 1 "$("$W" --config "$work/wrong.toml" -Y 'ip.src in $inside' --check 2>&1 | grep -c 'wrong.txt:\|no list')"
printf '[[list]]\nname = "a"\nfile = "inside.txt"\n[[list]]\nname = "a"\nfile = "ports.txt"\n' >"$work/twice.toml"
exits "two lists of one name" 2 'twice.toml:5:8.*two lists' "$W" --config "$work/twice.toml" --check

python3 - "$work/million.txt" <<'P'
import sys
with open(sys.argv[1], "w") as f:
    for n in range(1_000_000):
        f.write(f"{11 + n % 200}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n")
    f.write("192.168.182.1\n")
P
sed 's/inside.txt/million.txt/' "$work/c.toml" >"$work/million.toml"
begin=$SECONDS
same "a list of a million addresses" "$(theirs 'ip.dst == 192.168.182.1')" "$("$W" --config "$work/million.toml" -r "$list" -q -Y 'ip.dst in $inside' --out - | jq .frame.number | tr '\n' ' ' | sed 's/ $//')"
[ $((SECONDS - begin)) -le 20 ] && ok "… loads in seconds" || not_ok "… loads in seconds" "$((SECONDS - begin)) s"

# --- meaning beyond Wireshark's
same "an output path is its field's alias" "$(theirs http.request.method)" "$(frames http.request_method)"
same "… also with a value" "$(theirs 'http.request.method == "GET"')" "$(frames 'http.request_method == "GET"')"
for f in 5 13; do
  for text in 'frame.number > ${frame.number}' 'ip.src == ${ip.src}' 'tcp.port == ${tcp.port}' 'frame.time_relative >= ${frame.time_relative}'; do
    same "--selected-frame $f: $text" "$(theirs "$text" -2 --selected-frame $f)" "$(frames "$text" --selected-frame $f)"
  done
done
same "without a selected packet a reference has no value" "" "$(frames 'ip.src == ${ip.src}')"
exits "--selected-frame beyond the file" 2 'has no packet 99' "$W" -r "$list" -Y 'ip.src == ${ip.src}' --selected-frame 99

# --- filters on events
cat >"$work/conn.toml" <<T
[[filter]]
name = "ended"
on = "conn"
match = 'conn.state == "closed" and conn.orig_port > 1024 and ip.src == 192.168.182.0/24'
[[filter]]
name = "requests"
on = "http"
match = 'http.response.code == 200'
[[output]]
file = "-"
daemon = false
stats_interval = "0s"
T
"$W" --config "$work/conn.toml" -r "$list" -q >"$work/events"
same "a filter on conn gets connections' events alone" "conn.end" "$(jq -r 'select(.filters == ["ended"]) | .event' "$work/events" | sort -u)"
same "… that are as it says" "closed" "$(jq -r 'select(.filters == ["ended"]) | .conn.state' "$work/events" | sort -u)"
same "a filter on http gets transactions" "http 200" "$(jq -r 'select(.filters == ["requests"]) | "\(.event) \(.http.response_code)"' "$work/events" | sort -u)"
sed 's/^match = .http.response.code == 200./match = "http.request and http.host"/' "$work/conn.toml" >"$work/lacking.toml"
exits "a packet's field in a filter on http" 2 'belongs to packets, not to http events' "$W" --config "$work/lacking.toml" --check
# What an event's line has its filters have.
"$W" -r "$list" --emit http,dns -q >"$work/events"
for kind in http dns; do
  keys=$(jq -r --arg k $kind 'select(.event == $k) | .[$k] | keys[]' "$work/events" | sort -u)
  for key in $keys; do printf '[[filter]]\nname = "%s"\non = "%s"\nmatch = "%s.%s"\n' "$key" $kind $kind "$key"; done >"$work/keys.toml"
  printf '[[output]]\nfile = "-"\ndaemon = false\nstats_interval = "0s"\n' >>"$work/keys.toml"
  "$W" --config "$work/keys.toml" -r "$list" -q >"$work/found"
  same "every key of a line of $kind is a field of filters on it, and found" "$keys" "$(jq -r '.filters[]' "$work/found" | sort -u)"
done
exits "conn.* in a filter on packets" 2 'on = "conn"' "$W" -r "$list" -Y 'conn.state == "closed"'

# --- filters with tests
cat >"$work/tested.toml" <<T
[[filter]]
name = "good"
match = "tcp.flags.fin == 1"
test = {file = "list.pcap", frames = [$(theirs 'tcp.flags.fin == 1' | tr ' ' ,)]}
[[filter]]
name = "bad"
match = "arp"
test = [{file = "list.pcap", frames = [1, 13]}, {file = "list.pcap", frames = []}]
T
"$W" --config "$work/tested.toml" --check >"$work/said" 2>&1
same "--check runs the filters' tests: exit code" 2 $?
arp=$(theirs arp)
missing=$(comm -13 <(tr ' ' '\n' <<<"$arp" | sort) <(printf '1\n13\n' | sort) | sort -n | paste -sd, | sed 's/,/, /g')
holds "… a good one says nothing" bash -c '! grep -q "\"good\"" "$1"' - "$work/said"
same "… a failed one is named with its place" 2 "$(grep -c 'tested.toml:7:.*filter "bad": its test on .*list.pcap fails' "$work/said")"
holds "… and the frames that are missing" grep -q "does not match frame $missing" "$work/said"
holds "… and those that are too many" grep -q "matches frame ${arp%% *}" "$work/said"
printf '[[filter]]\nname = "a"\nmatch = "arp"\ntest = {file = "list.pcap"}\n[[filter]]\nname = "b"\non = "conn"\nmatch = "ip"\ntest = {file = "list.pcap", frames = [1]}\n[[filter]]\nname = "c"\nmatch = "arp"\ntest = {file = "none.pcap", frames = [1]}\n' >"$work/odd.toml"
exits "a test without frames" 2 'odd.toml:4:.*needs the frames' "$W" --config "$work/odd.toml" --check
exits "a test of a filter on events" 2 'odd.toml:9:.*no frame numbers' "$W" --config "$work/odd.toml" --check
sed -n '10,$p' "$work/odd.toml" >"$work/gone.toml"
exits "a test whose capture is not there" 2 'filter "c": its test cannot run.*none.pcap' "$W" --config "$work/gone.toml" --check

printf '[[filter]]\nname = "a"\nmatch = "arp"\ntest = {file = "list.pcap", frames = []}\n[[filter]]\nname = "b"\nmatch = "no.such"\n' >"$work/both.toml"
"$W" --config "$work/both.toml" --check >"$work/said" 2>&1
same "--check runs tests beside other problems" "1 1 2 problems" "$(grep -c 'filter "a": its test on' "$work/said") $(grep -c 'both.toml:7:' "$work/said") $(tail -1 "$work/said")"

# --- -Y beside a file
printf '[macros]\nlocal = "arp"\n[[filter]]\nname = "a"\nmatch = "arp ="\n[[filter]]\nname = "a"\nemit = ["nothing"]\nfrobnicate = 1\n[[output]]\nfile = "-"\n' >"$work/replaced.toml"
same "-Y replaces the file's filters, and what is wrong with them" "$(theirs arp)" "$("$W" --config "$work/replaced.toml" -r "$list" -Y '${local}' -T fields -e frame.number 2>&1 | paste -sd' ')"
exits "… without it they are wrong" 2 'replaced.toml:' "$W" --config "$work/replaced.toml" -r "$list"

# --- --explain
holds "--explain of a packet says that a pattern gave up" grep -q 'gave up at its limit of time or steps' <("$W" --explain 'frame matches "(?s)^(.+.+)+(?!)"' -r "$list" --frame 1)
"$W" --explain 'ip.addr != 10.0.0.1 && tcp.port in {80, 443} && http.host matches "^www"' >"$work/said"
same "--explain: every stage, in order" "tokens tree typed simple program prefilter needs" "$(sed -n 's/^== //p' "$work/said" | tr '\n' ' ' | sed 's/ $//')"
for stage in tokens tree typed simple program prefilter needs; do
  same "--stage $stage is that part" "$(sed -n "/^== $stage\$/,/^== /{/^== /d;p}" "$work/said")" "$("$W" --explain 'ip.addr != 10.0.0.1 && tcp.port in {80, 443} && http.host matches "^www"' --stage $stage)"
done
holds "… the layers and trackers that are necessary" grep -q 'TCP reassembly' <("$W" --explain 'http.host == "a"' --stage needs)
same "… and no more" "header walk" "$("$W" --explain 'ip.addr == 10.0.0.1' --stage needs | head -n 1)"
holds "… sequence analysis" grep -q 'sequence analysis' <("$W" --explain tcp.analysis.retransmission --stage needs)
holds "the kernel's filter is shown" grep -q 'port 80' <("$W" --explain 'ip.addr == 10.0.0.1 && tcp.port == 80' --stage prefilter)
holds "… or that there is none" grep -q 'none' <("$W" --explain 'frame.number == 5' --stage prefilter)
# From eight filters on, look-ups find them: the lines are the same as alone.
on_events=('tcp' 'udp' 'ip.addr == 192.168.182.0/24' 'udp.port == 53' 'conn.orig_bytes > 100' 'conn.orig_bytes >= 1 && conn.orig_bytes < 500' 'conn.resp_port in {1..1023}' '!(tcp.port == 80)'
  'conn.proto == "udp" && conn.resp_packets == 0' 'conn.orig_ip == 10.0.0.1 || conn.state matches "^c"' 'conn.orig_packets + conn.resp_packets > 1' 'ip.src > 10.0.0.0 && ip.src < 193.0.0.0')
event_lines() { "$W" -q -n -r "$list" --config "$1" | sed -E 's/"seq":[0-9]+,//; s/"flow":"[0-9a-f]+",//'; }
: >"$work/together.toml"
for i in "${!on_events[@]}"; do
  printf "[[filter]]\nname = 'f%s.'\non = 'conn'\nmatch = '''%s'''\n" "$i" "${on_events[i]}" | tee "$work/alone.$i.toml" >>"$work/together.toml"
done
event_lines "$work/together.toml" >"$work/together"
found=0
for i in "${!on_events[@]}"; do
  event_lines "$work/alone.$i.toml" | sed -E 's/"filters":\[[^]]*\],//' | sort >"$work/alone"
  found=$((found + $(wc -l <"$work/alone")))
  holds "among others on events: ${on_events[i]}" cmp -s "$work/alone" <(grep -F "\"f$i.\"" "$work/together" | sed -E 's/"filters":\[[^]]*\],//' | sort)
done
holds "filters on events match something" [ "$found" -gt 20 ]
holds "a filter on events is explained as one" grep -q 'on = "conn"' <("$W" --explain 'conn.state == "closed"')
holds "lists and macros of the configuration are known" grep -q 'ip.src in' <("$W" --config "$work/c.toml" --explain 'ip.src in $inside && ${port:80}' --stage typed)
arp_frame=$(theirs arp | cut -d' ' -f1)
tcp_frame=$(theirs 'tcp.flags.syn == 1 && tcp.flags.ack == 0' | cut -d' ' -f1)
source=$(tshark -n -r "$list" -Y "frame.number == $tcp_frame" -T fields -e ip.src 2>/dev/null)
destination=$(tshark -n -r "$list" -Y "frame.number == $tcp_frame" -T fields -e ip.dst 2>/dev/null)
"$W" --explain "ip.addr != $source" -r "$list" --frame "$arp_frame" >"$work/said"
holds "--explain of a packet: a field that is absent" grep -q 'the packet has no ip.addr' "$work/said"
holds "… and the filter that was meant" grep -qF "!(ip.addr == $source)" "$work/said"
"$W" --explain "ip.addr != $source" -r "$list" --frame "$tcp_frame" >"$work/said"
holds "… the values" grep -q "ip.addr is $source, $destination" "$work/said"
holds "… that every one must pass" grep -q 'every value must pass' "$work/said"
holds "… false" grep -q '^false' "$work/said"
holds "… true" grep -q '^true' <("$W" --explain "ip.addr == $source" -r "$list" --frame "$tcp_frame")
"$W" --explain 'ip.dst == ${ip.src} and tcp.port == ${arp.opcode}' -r "$list" --frame "$tcp_frame" --selected-frame "$tcp_frame" >"$work/said"
holds "… field references have the selected packet's values" grep -qF "\${ip.src} is, in the selected packet, $source" "$work/said"
holds "… or none" grep -qF '${arp.opcode} has no value: the selected packet has no such field' "$work/said"
holds "… nor without a selected packet" grep -qF '$ip.src has no value: no packet is selected' <("$W" --explain 'ip.dst == $ip.src' -r "$list" --frame "$tcp_frame")
holds "… the right side's values, too" grep -qF 'ip.src is ' <("$W" --explain 'ip.dst == ip.src' -r "$list" --frame "$tcp_frame")
holds "--explain's stages have the selected packet's values" grep -qF "reference($source)" <("$W" --explain 'ip.dst == ${ip.src}' --stage typed -r "$list" --selected-frame "$tcp_frame")
# A filter on events: the event that the packet raises, or the next one of its connection.
get_frame=$(theirs http.request | cut -d' ' -f1) answer_frame=$(theirs http.response | cut -d' ' -f1)
stream=$(tshark -n -r "$list" -Y "frame.number == $get_frame" -T fields -e tcp.stream 2>/dev/null)
first_frame=$(theirs "tcp.stream == $stream" | cut -d' ' -f1)
"$W" --explain "conn.orig_port == 80 and ip.src == $source" -r "$list" --frame "$first_frame" >"$work/said"
holds "--explain of a filter on events: what the packet raises" grep -q "^conn.new at packet $first_frame does not match" "$work/said"
holds "… with its values" grep -q "ip.src is $source" "$work/said"
holds "… with what the event lacks" grep -q 'the event has no conn.duration' <("$W" --explain 'conn.duration > 1' -r "$list" --frame "$first_frame")
"$W" --explain "http.outcome == \"complete\" and conn.resp_port == 80" -r "$list" --frame "$get_frame" >"$work/said"
holds "… else the next of its connection" grep -q "^http at packet $answer_frame matches" "$work/said"
holds "… at the end of the file" grep -q '^conn.end at the end of the file matches' <("$W" --explain 'conn.reason == "shutdown" or conn.reason' -r "$list" --frame "$answer_frame")
exits "… a wrong one" 2 '^error: "6" is a number' "$W" --explain 'conn.state == 6' -r "$list" --frame "$get_frame"
holds "… or that there is none" grep -q 'belongs to no connection' <("$W" --explain 'conn.orig_bytes > 1' -r "$list" --frame "$arp_frame")
exits "--explain of a packet that is not there" 2 'has no packet 99' "$W" --explain ip -r "$list" --frame 99
exits "--explain shows a wrong filter's errors" 2 'hint: did you mean' "$W" --explain 'tcp.prt == 80'

# --- lists: a line that no filter can use is a mistake
printf '[[list]]\nname = "l"\nfile = "l.txt"\n[[filter]]\nname = "a"\nmatch = "tcp.port in $l"\n' >"$work/list.toml"
printf '80\n300000\n10.0.0.1\n' >"$work/l.txt"
exits "a list's number that is no port" 2 'l.txt:2:1: list "l": "300000" .*' "$W" --config "$work/list.toml" --check
exits "… what is asked is said" 2 'numbers up to 65535' "$W" --config "$work/list.toml" --check
exits "… an address" 2 'l.txt:3:1: list "l": "10.0.0.1"' "$W" --config "$work/list.toml" --check
printf '[[filter]]\nname = "b"\nmatch = "ip.addr in $l or frame.len in $l"\n' >>"$work/list.toml"
holds "… which other filters may look up in the same list" "$W" --config "$work/list.toml" --check

# --- limits and patterns
python3 - "$work/a.pcap" <<'P'
import struct, sys
data = b"a" * 5000
udp = struct.pack(">HHHH", 5000, 9, 8 + len(data), 0) + data
ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, 10, 1, 0, 1, 10, 2, 0, 2)
frame = bytes.fromhex("0200000000020200000000010800") + ip + udp
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for n in range(100):
        f.write(struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame)
P
begin=$SECONDS
"$W" -r "$work/a.pcap" -Y 'udp.payload matches "(a+)+b|(a*)*c"' -q >/dev/null
[ $((SECONDS - begin)) -le 10 ] && ok "a pattern that runs away stalls nothing" || not_ok "a pattern that runs away stalls nothing" "$((SECONDS - begin)) s"
printf '[limits]\nmax_set_elements = 2\nmax_depth = 10\nmax_regex_size = "16B"\n' >"$work/limits.toml"
exits "a set beyond its limit" 2 'max_set_elements.*2' "$W" --config "$work/limits.toml" -r "$list" -Y 'tcp.port in {1, 2, 3}'
exits "nesting beyond its limit" 2 'max_depth.*10' "$W" --config "$work/limits.toml" -r "$list" -Y "$(printf '(%.0s' {1..20})tcp$(printf ')%.0s' {1..20})"
exits "a pattern beyond its limit" 2 'max_regex_size.*16' "$W" --config "$work/limits.toml" -r "$list" -Y 'http.host matches "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'

# --- live: the kernel's filter, and what a reload brings
[ "$(id -u)" = 0 ] && ip netns add "wt-l-$$" 2>/dev/null || { echo "without its live half (needs root and network namespaces)"; exit 0; }
ns=wt-l-$$
clean_up() { ip netns pids "$ns" | xargs -r kill -9; ip netns del "$ns"; }
nsenter "--net=/run/netns/$ns" ip link add wt0 type veth peer name wt1
for i in wt0 wt1; do nsenter "--net=/run/netns/$ns" sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" 2>/dev/null; nsenter "--net=/run/netns/$ns" ip link set $i arp off up; done
cat >"$work/send.py" <<'P'
# Ten UDP packets to port 9, then ten to port 10.
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("wt0", 0))
for n in range(20):
    udp = struct.pack(">HHHH", 5000, 9 + n // 10, 8 + 4, 0) + struct.pack(">I", n)
    ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0, 10, 1, 0, 1, 10, 2, 0, 2)
    s.send(bytes.fromhex("0200000000020200000000010800") + ip + udp + bytes(18))
P
settings() { printf '[capture]\ninterfaces = ["wt1"]\nprefilter = "%s"\n[[list]]\nname = "ports"\nfile = "watched.txt"\n[[filter]]\nname = "ports"\nmatch = "%s"\n[[output]]\nfile = "%s"\nimmediate = true\nstats_interval = "200ms"\n' "$1" "$2" "$work/live.jsonl" >"$work/live.toml"; }
received() { jq -r 'select(.event == "stats") | .capture.received' "$work/live.jsonl" | tail -n 1; }
seen() { jq -r 'select(.event == "packet") | .udp.dstport' "$work/live.jsonl" | sort -n | uniq -c | awk '{ printf "%s×%s ", $1, $2 }'; }
# sent: the packets went out, and a second statistics line has counted them
sent() { nsenter "--net=/run/netns/$ns" python3 "$work/send.py"; sleep 1; }
reload() {
  local before
  before=$(grep -c '"what":"reload"' "$work/live.jsonl")
  kill -HUP $pid
  wait_for 5 bash -c "[ \"\$(grep -c '\"what\":\"reload\"' '$work/live.jsonl')\" -gt $before ]"
}
echo 9 >"$work/watched.txt"
settings on 'udp.dstport == 9'
nsenter "--net=/run/netns/$ns" "$W" --config "$work/live.toml" 2>"$work/live.err" &
pid=$!
wait_for 10 grep -q 'Capturing on' "$work/live.err"
sent
same "the kernel hands over what a filter can want" "10 10×9 " "$(received) $(seen)"
settings on 'udp.dstport == 10'
reload
sent
same "… by the filters of the reload" "20 10×9 10×10 " "$(received) $(seen)"
settings off 'udp.dstport == 10'
reload
sent
same 'prefilter = "off": everything' "40 10×9 20×10 " "$(received) $(seen)"
settings on 'udp.dstport in $ports'
reload
sent
same "a list decides" "20×9 20×10 " "$(seen)"
echo 10 >"$work/watched.txt"
reload
sent
same "… and is read again by a reload" "20×9 30×10 " "$(seen)"
printf '9\n300000\n' >"$work/watched.txt"
kill -HUP $pid
holds "… but not with a line that cannot be a port" wait_for 5 grep -q 'watched.txt:2:1: list "ports": "300000" can be no value' "$work/live.err"
sent
same "… the list stays as it was" "20×9 40×10 " "$(seen)"
kill -INT $pid
wait $pid
same "the stop: exit code" 0 $?
