#!/usr/bin/env bash
# The main job on a real link: two network namespaces joined by a veth pair, nginx in one, curl in the other, wiretail
# capturing live in between, and tcpdump beside it. The lines show what happened; wiretail and tshark agree on the record.
. "$(dirname "$0")/harness.sh"
[ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
ip netns add "wt-probe-$$" 2>/dev/null && ip netns del "wt-probe-$$" || skip "no network namespaces here"

client_ns=wt-c-$$ server_ns=wt-s-$$
CLIENT=10.77.3.1 SERVER=10.77.3.2
pids=()
clean_up() {
  for p in "${pids[@]}"; do kill "$p"; done
  for n in $client_ns $server_ns; do
    ip netns pids "$n" | xargs -r kill -9
    ip netns del "$n"
  done
}
ip netns add $client_ns
ip netns add $server_ns
nsenter "--net=/run/netns/$client_ns" ip link add wt0 type veth peer name wt1 netns $server_ns
nsenter "--net=/run/netns/$client_ns" ip addr add $CLIENT/24 dev wt0
nsenter "--net=/run/netns/$server_ns" ip addr add $SERVER/24 dev wt1
for n in $client_ns $server_ns; do nsenter "--net=/run/netns/$n" ip link set lo up; done
nsenter "--net=/run/netns/$client_ns" ip link set wt0 up
nsenter "--net=/run/netns/$server_ns" ip link set wt1 up

mkdir -p "$work/site" "$work/nginx"
cat >"$work/site/main.html" <<H
<!DOCTYPE html>
<html><head><title>Main</title><link rel="stylesheet" href="style1.css"></head>
<body><h1>Main page</h1><img src="head.jpg"><audio src="BGM.wav" autoplay></audio></body></html>
H
printf 'body { margin: 2em; }\nh1 { color: #334; }\n' >"$work/site/style1.css"
python3 - "$work/site" <<'P'
import random, struct, sys
random.seed(7)
jpg = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\xff\xdb\x00\x43\x00" + bytes(range(1, 65))
jpg += b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
jpg += bytes(random.randrange(0, 255) for _ in range(200_000)) + b"\xff\xd9"
open(sys.argv[1] + "/head.jpg", "wb").write(jpg)
sound = bytes(random.randrange(256) for _ in range(700_000))
open(sys.argv[1] + "/BGM.wav", "wb").write(b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
                                          + b"data" + struct.pack("<I", len(sound)) + sound)
P
chmod -R a+rX "$work"
cat >"$work/nginx/nginx.conf" <<N
user root;
worker_processes 1;
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events { worker_connections 64; }
http {
  types { text/html html; text/css css; image/jpeg jpg; audio/wav wav; }
  access_log off;
  client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f; uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
  server { listen 80; root $work/site; location = /nothing { return 204; } }
}
N
nsenter "--net=/run/netns/$server_ns" nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" 2>"$work/nginx/stderr" &
pids+=($!)
# The page's tag, asked for inside the server's namespace: the link between the two stays silent.
wait_for 10 nsenter "--net=/run/netns/$server_ns" curl -s -o /dev/null http://127.0.0.1/main.html || { cat "$work/nginx/stderr"; exit 1; }
etag=$(nsenter "--net=/run/netns/$server_ns" curl -sI http://127.0.0.1/main.html | tr -d '\r' | sed -n 's/^ETag: //p')
# The first neighbour discovery is over before the capture begins, so that only the session is in it.
nsenter "--net=/run/netns/$client_ns" curl -s -o /dev/null "http://$SERVER/nothing"
sleep 0.3

filter="ip.addr == $CLIENT && ip.addr == $SERVER && tcp.port == 80"
nsenter "--net=/run/netns/$client_ns" tcpdump --time-stamp-precision=nano -i wt0 -s 0 -w "$work/record.pcap" -U 2>"$work/tcpdump.err" &
tcpdump_pid=$!
nsenter "--net=/run/netns/$client_ns" "$WIRETAIL" -i wt0 -Y "$filter" --emit packet,conn,http,stats -w "$work/live.pcapng" --out - >"$work/live.jsonl" 2>"$work/live.err" &
wiretail_pid=$!
# A second one sees everything, without the kernel's filter. Both record what they saw: each socket has its own timestamps.
printf '[capture]\nprefilter = "off"\n[connections]\nupdate_interval = "1s"\n[[filter]]\nname = "all"\nmatch = "frame"\nemit = ["packet", "conn", "http"]\nfields = "all"\n' >"$work/all.toml"
nsenter "--net=/run/netns/$client_ns" "$WIRETAIL" --config "$work/all.toml" -i wt0 -w "$work/all.pcapng" --out "$work/all.jsonl" 2>"$work/all.err" &
all_pid=$!
pids+=("$tcpdump_pid" "$wiretail_pid" "$all_pid")
wait_for 10 grep -q 'listening on' "$work/tcpdump.err" || { not_ok "tcpdump starts" "$(cat "$work/tcpdump.err")"; exit 1; }
wait_for 10 grep -q 'Capturing on' "$work/live.err" || { not_ok "wiretail starts" "$(cat "$work/live.err")"; exit 1; }
wait_for 10 grep -q 'Capturing on' "$work/all.err" || { not_ok "wiretail starts" "$(cat "$work/all.err")"; exit 1; }

url=http://$SERVER
nsenter "--net=/run/netns/$client_ns" curl -s -o /dev/null "$url/main.html" --next -s -o /dev/null "$url/style1.css" --next -s -o /dev/null "$url/head.jpg" \
  --next -s -o /dev/null "$url/BGM.wav" --next -s -o /dev/null -H "If-None-Match: $etag" "$url/main.html" \
  --next -s -o /dev/null -r 1000-1999 "$url/BGM.wav"
nsenter "--net=/run/netns/$client_ns" curl -s -o /dev/null "$url/nothing"
# Longer than the linger after a close: the link is silent, and the connections end by the clock.
sleep 3
ended_by_clock=$(grep -c '"conn.end"' "$work/live.jsonl")
# The record's clock must get there, too.
nsenter "--net=/run/netns/$client_ns" curl -s -o /dev/null --max-time 1 "http://$SERVER:81/"
sleep 0.3
kill -TERM $wiretail_pid
wait $wiretail_pid
same "SIGTERM: exit code 0" 0 $?
kill -INT $all_pid
wait $all_pid
same "SIGINT: exit code 0" 0 $?
kill -INT $tcpdump_pid
wait $tcpdump_pid
pids=("${pids[0]}")

# --- the live lines
lines=$work/live.jsonl
holds "every line is JSON" jq -ces . "$lines"
same "seq has no gap" "$(wc -l <"$lines")" "$(jq -r .seq "$lines" | awk '$1 != NR { exit } { n = NR } END { print n }')"
same "every line names its filter" '["-Y"]' "$(jq -c 'select(.event != "stats" and .event != "daemon") | .filters' "$lines" | sort -u)"
same "the number of packets is the record's" "$(tshark -n -r "$work/record.pcap" -Y "$filter" 2>/dev/null | wc -l)" "$(grep -c '"event":"packet"' "$lines")"
first=$(jq -r 'select(.event == "packet") | .flow' "$lines" | head -n 1)
same "the handshake: SYN, SYN-ACK, ACK" "2 18 16" "$(jq -r --arg f "$first" 'select(.event == "packet" and .flow == $f) | .tcp.flags' "$lines" | head -n 3 | tr '\n' ' ' | sed 's/ $//')"
same "each request" "GET /main.html
GET /style1.css
GET /head.jpg
GET /BGM.wav
GET /main.html
GET /BGM.wav
GET /nothing" "$(jq -r 'select(.event == "packet" and .http.request_method) | "\(.http.request_method[]) \(.http.request_uri[])"' "$lines")"
same "each response, with status and content type" "200 text/html
200 text/css
200 image/jpeg
200 audio/wav
304 null
206 audio/wav
204 null" "$(jq -r 'select(.event == "packet" and .http.response_code) | "\(.http.response_code[]) \(.http.content_type[0])"' "$lines")"
same "all but the last on one connection" "6
1" "$(jq -r 'select(.event == "packet" and .http.response_code) | .flow' "$lines" | uniq -c | awk '{ print $1 }')"
same "each transaction, complete" "GET /main.html 200 complete
GET /style1.css 200 complete
GET /head.jpg 200 complete
GET /BGM.wav 200 complete
GET /main.html 304 complete
GET /BGM.wav 206 complete
GET /nothing 204 complete" "$(jq -r 'select(.event == "http") | "\(.http.request_method) \(.http.request_uri) \(.http.response_code) \(.http.outcome)"' "$lines")"
# Each FIN's sequence number plus its data plus one is acknowledged by the other side.
same "two FINs a connection, both acknowledged" "2 2
2 2" "$(jq -s -r '[.[] | select(.event == "packet")] | group_by(.flow)[] | . as $all
  | [.[] | select(.tcp.flags % 2 == 1)] as $fins
  | [$fins[] | . as $f | select(any($all[]; .tcp.srcport == $f.tcp.dstport and .tcp.ack == $f.tcp.seq + $f.tcp.len + 1))] as $acked
  | "\($fins | length) \($acked | length)"' "$lines")"
for event in conn.new conn.established conn.end; do
  same "one $event a connection" 2 "$(jq -r --arg e $event 'select(.event == $e) | .flow' "$lines" | sort -u | wc -l)"
  same "… and not more" 2 "$(grep -c "\"event\":\"$event\"" "$lines")"
done
same "the connections ended by the clock, before the stop" 2 "$ended_by_clock"
same "reason, conn_state, completeness" "fin SF 31
fin SF 31" "$(jq -r 'select(.event == "conn.end") | "\(.conn.reason) \(.conn.conn_state) \(.conn.completeness)"' "$lines")"
same "who is who" "tcp $CLIENT $SERVER 80
tcp $CLIENT $SERVER 80" "$(jq -r 'select(.event == "conn.end") | "\(.conn.proto) \(.conn.orig_ip) \(.conn.resp_ip) \(.conn.resp_port)"' "$lines")"
same "the events' packets are the lines' packets" "$(grep -c '"event":"packet"' "$lines")" "$(jq -s '[.[] | select(.event == "conn.end") | .conn.orig_packets + .conn.resp_packets] | add' "$lines")"
same "conn.new stands before its connection's first packet" "conn.new" "$(jq -r --arg f "$first" 'select(.flow == $f) | .event' "$lines" | head -n 1)"
same "conn.end is the last of its connection" "conn.end" "$(jq -r --arg f "$first" 'select(.flow == $f) | .event' "$lines" | tail -n 1)"
same "nothing was dropped" "0 0 0" "$(jq -r 'select(.event == "stats") | "\(.capture.dropped) \(.capture.if_dropped) \(.output[0].dropped)"' "$lines" | tail -n 1)"

# --- the record: live and replay, wiretail and tshark
strip='del(.seq, .iface, .flow)'
compare_lines() { same "$1" "$(jq -cS "select(.event != \"stats\" and .event != \"daemon\") | $2" "$3" | head -c 400000)" "$(jq -cS "$2" "$4" | head -c 400000)"; }
"$WIRETAIL" --config "$work/all.toml" -r "$work/all.pcapng" --out - -q >"$work/replay-all.jsonl"
# What the clock raised behind the record's last packet is live alone.
last=$(jq -r 'select(.event == "packet") | .ts' "$work/all.jsonl" | tail -n 1)
compare_lines "replay gives the live lines: every packet with all fields, every event" "select(.event != \"conn.update\" or .ts <= \"$last\") | $strip | if .event == \"conn.end\" and .ts >= \"$last\" then del(.ts) else . end" "$work/all.jsonl" "$work/replay-all.jsonl"
"$WIRETAIL" -r "$work/live.pcapng" -Y "$filter" --emit packet,conn,http -q >"$work/replay.jsonl"
compare_lines "… also behind the kernel's filter, but for the packets' numbers, and the end that the file does not wait for" "$strip | del(.frame.number, .http.request_in, .http.response_in) | if .event == \"conn.end\" then del(.ts) else . end" "$lines" "$work/replay.jsonl"
same "-w holds what matched" "$(grep -c '"event":"packet"' "$lines")" "$(tshark -n -r "$work/live.pcapng" 2>/dev/null | wc -l)"
while IFS= read -r f; do
  same "frames of: $f" "$(tshark_frames "$work/record.pcap" "$f")" "$(wiretail_frames "$work/record.pcap" "$f")"
done <<F
$filter
http.request
http.response.code == 200
http.response.code in {206, 304} or http.response.code == 204
http.content_type contains "audio" || http.content_type matches "^image/"
tcp.flags.syn == 1 && !tcp.flags.ack
tcp.flags.fin == 1 or tcp.flags.reset == 1
tcp.len > 1000 and ip.src == $SERVER
tcp.stream == 1
http.request.uri matches "\\\\.(jpg|wav)$" and ip.dst == 10.77.3.0/30
tcp.seq >= 100000 && tcp.window_size > 1000
not tcp or frame.number < 3
F
. "$here/compare_fields.sh"
compare_fields "$work/record.pcap"
# What was captured, for whoever looks into a failure: KEEP=1 tests/e2e/web.sh
