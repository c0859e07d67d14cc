#!/usr/bin/env bash
# As a service: readiness, reload, rotation by another program, watchdog and stop, told to systemd over its socket; and what
# --check says of a configuration.
. "$(dirname "$0")/harness.sh"

# --- --check: all problems at once, with file, line, column and hint
cat >"$work/wrong.toml" <<'T'
[capture]
interfases = ["lo"]
buffer_size = "many"
read_timeout = 10

[[filter]]
name = "a"
match = "ip.srcc == 192.0.2.1"

[[filter]]
name = "a"
match = "ip.src == "
emit = ["packets"]

[surprise]
T
said=$("$WIRETAIL" --config "$work/wrong.toml" --check 2>&1)
same "--check of a wrong file: exit code" 2 $?
for line in 2 3 4 8 12 13 15; do holds "--check names line $line" grep -qE "^$work/wrong\.toml:$line:[0-9]+: " <<<"$said"; done
holds "… with the nearest key" grep -q 'did you mean "interfaces"' <<<"$said"
holds "… and a hint for a size" grep -q '"64MiB"' <<<"$said"
printf '[capture\n' >"$work/syntax.toml"
same "a TOML error comes alone" 1 "$("$WIRETAIL" --config "$work/syntax.toml" --check 2>&1 | grep -c "^$work/syntax.toml:1:")"
exits "a service with a wrong configuration ends with 2" 2 'did you mean "interfaces"' "$WIRETAIL" --config "$work/wrong.toml"
holds "the sample configuration has no problems" "$WIRETAIL" --config "$root/config/wiretail.toml" --check
# The sample's commented keys are the defaults: with all of them in force it is the same configuration.
sed -E 's/^# ([a-z_]+ = )/\1/' "$root/config/wiretail.toml" >"$work/all.toml"
holds "every key that the sample explains exists" "$WIRETAIL" --config "$work/all.toml" --check

python3 "$root/tests/captures/make_packet_list.py" "$work/list.pcap"
tested() { printf '[[filter]]\nname = "fin"\nmatch = "tcp.flags.fin == 1"\ntest = {file = "list.pcap", frames = [%s]}\n' "$1" >"$work/tested.toml"; }
tested "9, 11"
holds "a filter's own test passes" "$WIRETAIL" --config "$work/tested.toml" --check
tested "9, 12"
exits "… and fails with the difference" 2 '1[12]' "$WIRETAIL" --config "$work/tested.toml" --check

# --- flags replace the matching part
cat >"$work/parts.toml" <<T
[macros]
port = "tcp.port == \$1"
[[filter]]
name = "syn"
match = "tcp.flags.syn == 1"
[[output]]
file = "$work/parts.jsonl"
daemon = false
stats_interval = "0s"
T
"$WIRETAIL" --config "$work/parts.toml" -r "$work/list.pcap" -q
same "-r replaces the interfaces" "2 syn" "$(jq -r '.filters[0]' "$work/parts.jsonl" | uniq -c | sed 's/^ *//')"
# shellcheck disable=SC2016
same "-Y replaces the filters and keeps the macros" 7 "$("$WIRETAIL" --config "$work/parts.toml" -r "$work/list.pcap" -q -Y '${port:57422}' --out - | wc -l)"
same "-T replaces the outputs" 2 "$("$WIRETAIL" --config "$work/parts.toml" -r "$work/list.pcap" -q -T text | wc -l)"

[ "$(id -u)" = 0 ] || { echo "without its live half (needs root)"; exit 0; }

# --- a running service
configuration() {
  cat >"$work/service.toml" <<T
[capture]
interfaces = ["lo"]
[[filter]]
name = "$1"
match = "$2"
[[output]]
file = "$work/events.jsonl"
flush_interval = "20ms"
T
}
configuration first 'udp.dstport == 40009'
python3 - "$work/notify" "$work/told" <<'P' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[2], "w", buffering=1) as out:
    while True:
        out.write(s.recv(4096).decode().strip() + "\n")
P
listener=$!
clean_up() { kill $listener "${pid:-}"; }
wait_for 5 test -S "$work/notify"
NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=1000000 "$WIRETAIL" --config "$work/service.toml" 2>"$work/service.err" &
pid=$!
wait_for 10 grep -q READY=1 "$work/told" || { not_ok "it says that it is ready" "$(cat "$work/service.err" "$work/told")"; exit 1; }
ok "it says that it is ready"
send() { python3 -c 'import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x" * 20, ("127.0.0.1", int(sys.argv[1])))' "$1"; }
send 40009
holds "a packet of the first filter is written" wait_for 5 grep -q '"filters":\["first"\]' "$work/events.jsonl"
holds "the stream begins with a daemon line that names the filters" jq -se '.[0].daemon.what == "start" and .[0].daemon.filters == ["first"]' "$work/events.jsonl"

configuration second 'udp.dstport == 40010'
kill -HUP $pid
holds "SIGHUP reloads" wait_for 5 grep -q '"what":"reload"' "$work/events.jsonl"
send 40010
holds "… and the new filter is in force" wait_for 5 grep -q '"filters":\["second"\]' "$work/events.jsonl"
configuration third 'udp.dstprt == 40011'
kill -HUP $pid
holds "a wrong file fails to load" wait_for 5 grep -q '"what":"reload_failed"' "$work/events.jsonl"
before=$(grep -c '"filters":\["second"\]' "$work/events.jsonl")
send 40010
# shellcheck disable=SC2016
holds "… and changes nothing" wait_for 5 bash -c '[ "$(grep -c "\"filters\":\[\"second\"\]" "$1")" -gt "$2" ]' - "$work/events.jsonl" "$before"
configuration fourth 'udp.dstport == 40012'
mv "$work/events.jsonl" "$work/events.jsonl.1"
kill -HUP $pid
send 40012
holds "a renamed output is opened anew" wait_for 5 test -s "$work/events.jsonl"
wait_for 5 grep -q 'RELOADING=1' "$work/told"
holds "it says that it reloads" grep -q RELOADING=1 "$work/told"
sleep 1.2
holds "it feeds the watchdog" grep -q WATCHDOG=1 "$work/told"
kill -TERM $pid
wait $pid
same "SIGTERM: exit code 0" 0 $?
pid=
holds "it says that it stops" grep -q STOPPING=1 "$work/told"
holds "the last line says so, too" jq -se '.[-1].daemon.what == "stop"' "$work/events.jsonl"
holds "statistics stand before it" jq -se '[.[] | select(.event == "stats")] | length > 0' "$work/events.jsonl"
same "the two files together have every line" "" "$(cat "$work/events.jsonl.1" "$work/events.jsonl" | jq .seq | awk 'NR > 1 && $1 != last + 1 { print "gap before " $1 } { last = $1 }')"
