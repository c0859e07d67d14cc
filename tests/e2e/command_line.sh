#!/usr/bin/env bash
# The command line: letters, exit codes, and one clear sentence for everything that can be wrong with a call.
. "$(dirname "$0")/harness.sh"

list=$work/list.pcap
python3 "$root/tests/captures/make_packet_list.py" "$list"
W=$WIRETAIL

# Wrong calls: 2, and what to do.
exits "an unknown flag" 2 'no-such-flag|not expected' "$W" --no-such-flag
exits "a file that is not there" 2 'nothing.pcap' "$W" -r "$work/nothing.pcap"
exits "an interface that is not there" 2 'no interface "nosuch0"' "$W" -i nosuch0
exits "both -r and -i" 2 'give one of them' "$W" -r "$list" -i lo
exits "-f with -r" 2 'display filter: -Y' "$W" -r "$list" -f tcp
exits "-T fields without -e" 2 'at least one field' "$W" -r "$list" -T fields
exits "-e of a field that is not there" 2 'did you mean' "$W" -r "$list" -T fields -e ip.srcc
exits "-E without -T fields" 2 'add -T fields' "$W" -r "$list" -E header=y
exits "a wrong -E" 2 'occurrence=f' "$W" -r "$list" -T fields -e ip.src -E colour=y
exits "-e of a protocol, for JSON lines" 2 '"ip" is a protocol, not a field; name the fields that you want, such as ip\.' "$W" -r "$list" -e ip
exits "-e of what packets' lines never hold" 2 '"conn.state" is not in a packet.s line; .*--emit conn' "$W" -r "$list" -e conn.state
cp "$list" "$work/read.pcap"
for flag in --out -w; do exits "$flag names the file that is read" 2 "$flag names the file that is being read" "$W" -r "$work/read.pcap" $flag "$work/read.pcap"; done
holds "… which stays as it was" cmp "$list" "$work/read.pcap"
exits "the number of no interface" 2 'no interface number 9999; wiretail -D lists them' "$W" -i 9999
exits "--check of a wrong capture filter" 2 '-f: capture filter "tcp prot 80"' "$W" --check -f 'tcp prot 80'
exits "--check of a good one" 0 '' "$W" --check -f 'tcp port 80'
printf '[capture]\nsnaplen = "96B"\nfilter = "tcp prot 80"\n[log]\nlevel = "loud"\n' >"$work/capture.toml"
exits "--check of one in the configuration" 2 'capture.toml:3:10: filter: capture filter "tcp prot 80"' "$W" --check --config "$work/capture.toml"
same "… with a hint, and what else is wrong" "2 1" "$("$W" --check --config "$work/capture.toml" 2>&1 | grep -c hint:) $("$W" --check --config "$work/capture.toml" 2>&1 | grep -c capture.toml:5:9)"
exits "a wrong -a" 2 'duration:SECONDS' "$W" -r "$list" -a forever
exits "a wrong --emit" 2 'there are packet, conn' "$W" -r "$list" --emit everything
exits "a wrong -T" 2 'json' "$W" -r "$list" -T xml
exits "a configuration that is not there" 2 'cannot read' "$W" --config "$work/nothing.toml"
exits "an output that cannot be" 1 "cannot write" "$W" -r "$list" --out "$work/no/folder/x.jsonl"
exits "a misspelt field" 2 '\^~' "$W" -r "$list" -Y 'ip.srcc == 1.2.3.4'
exits "a filter that ends too early" 2 '\^' "$W" -r "$list" -Y 'ip.src =='
if [ "$(id -u)" = 0 ]; then
  cp "$W" "$work/wiretail" && chmod 755 "$work/wiretail"
  exits "no privilege to capture" 2 'CAP_NET_RAW' setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$work/wiretail" -i lo -c 1
  number=$("$W" -D | sed -n 's/^\([0-9]*\)\. lo .*/\1/p')
  exits "an interface by its number in -D" 0 'Capturing on lo' "$W" -i "$number" -a duration:0.2
  exits "a wrong capture filter" 2 'capture filter "tcp prot 80"' "$W" -i lo -f 'tcp prot 80'
fi

# Failures while running: 1.
printf 'this is no capture file, whatever its name says\n' >"$work/text.pcap"
exits "not a capture file" 1 'text.pcap' "$W" -r "$work/text.pcap"
head -c 1000 "$list" >"$work/short.pcap"
exits "a file that is cut short" 1 'cut short' "$W" -r "$work/short.pcap"
same "… of which everything before the cut is written" "$(tshark -n -r "$work/short.pcap" -T fields -e frame.number 2>/dev/null | wc -l)" "$("$W" -r "$work/short.pcap" -T fields -e frame.number 2>/dev/null | wc -l)"

# Letters as getopt's users write them.
same "-nr FILE" 19 "$("$W" -nr "$list" | wc -l)"
same "-c5" 5 "$("$W" -r"$list" -c5 | wc -l)"
for c in 7 12; do
  same "-c $c counts packets as tshark does" "$(tshark -n -r "$list" -c $c -Y tcp.flags.fin==1 -T fields -e frame.number 2>/dev/null)" "$("$W" -r "$list" -c $c -Y tcp.flags.fin==1 -T fields -e frame.number)"
done
same "standard input" 19 "$("$W" -r - <"$list" | wc -l)"
gzip -c "$list" >"$work/list.pcap.gz"
same "a compressed file" "$("$W" -r "$list" -T text)" "$("$W" -r "$work/list.pcap.gz" -T text)"
same "a compressed file on standard input" 19 "$("$W" -r - <"$work/list.pcap.gz" | wc -l)"
"$W" -r "$list" -Y http -w "$work/http.pcapng" -q
same "-w with -Y, read back" "$(tshark -n -r "$list" -Y http 2>/dev/null | wc -l)" "$(tshark -n -r "$work/http.pcapng" 2>/dev/null | wc -l)"
"$W" -r "$list" --out "$work/lines.jsonl" -q
same "--out FILE" 19 "$(jq -c . "$work/lines.jsonl" | wc -l)"
same "-E header, separator, quote, occurrence, aggregator" \
  "$(tshark -n -r "$list" -T fields -e frame.number -e ip.addr -e tcp.port -E header=y -E separator=/s -E quote=d -E occurrence=a -E aggregator=';' 2>/dev/null)" \
  "$("$W" -r "$list" -T fields -e frame.number -e ip.addr -e tcp.port -E header=y -E separator=/s -E quote=d -E occurrence=a -E aggregator=';')"
for o in f l; do
  same "-E occurrence=$o" "$(tshark -n -r "$list" -T fields -e ip.addr -e eth.addr -E occurrence=$o -E separator=, 2>/dev/null)" \
    "$("$W" -r "$list" -T fields -e ip.addr -e eth.addr -E occurrence=$o -E separator=,)"
done
# Quotes, backslashes, controls, a NUL and bytes that are no UTF-8 within the values.
python3 - "$work/odd.pcap" <<'PYTHON'
import struct, sys
def ip(payload, protocol):
    return b"\0\0\0\0\0\1\0\0\0\0\0\2\x08\0" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + payload
request = (b"GET /a\"b'c\\d?x=\xff\xc3\xa9 HTTP/1.1\r\nHost: a,b;c \"q\" 's'\r\nUser-Agent: t\th\x08b\x0cf\x0bv\x1b\x7f \0n\r\nCookie: \"\"\r\nCookie: b\"\"c\r\n\r\n")
name = b"\x07a\"b\\c,;\x05'\t\n\xff\1\0"
message = struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + name + struct.pack(">HH", 16, 1) + b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, 12) + b"\x0bq\"'\\\t\n\r\0\xff\x08\x0c"
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for packet in (ip(struct.pack(">HHIIBBHHH", 40000, 80, 1, 1, 0x50, 0x18, 1000, 0, 0) + request, 6), ip(struct.pack(">HHHH", 53, 4000, 8 + len(message), 0) + message, 17)):
        file.write(struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)
PYTHON
odd=(-r "$work/odd.pcap" -T fields)
for field in frame.number http.request.uri http.host http.user_agent http.cookie http.request.line dns.qry.name dns.txt ip.addr; do odd+=(-e $field); done
for option in quote=d quote=s quote=n quote=dd separator=/t separator=/s separator=/x separator='\' separator=ab separator=é \
  aggregator=/s aggregator=/t aggregator=';' occurrence=f occurrence=last header=yes bom=y; do
  same "-E $option with odd values" "$(tshark -n "${odd[@]}" -E $option 2>/dev/null)" "$("$W" "${odd[@]}" -E $option)"
done
for option in quote= quote=x header=Y separator= aggregator= occurrence=x header nonsense=y; do
  exits "-E $option is refused as by tshark" "$([ "$(tshark -n "${odd[@]}" -E $option 2>/dev/null | wc -l)" = 0 ] && echo 2)" 'is not an option of -E' "$W" "${odd[@]}" -E $option
done
for header in y n; do
  same "-E bom=y, header=$header" "$(tshark -n -r "$list" -T fields -e frame.number -E bom=y -E header=$header 2>/dev/null | od -c)" "$("$W" -r "$list" -T fields -e frame.number -E bom=y -E header=$header | od -c)"
done
same "-x is tshark's" "$(tshark -n -r "$list" -x 2>/dev/null)" "$("$W" -r "$list" -x)"

# Things that only print.
holds "--version" grep -q 'libpcap' <("$W" --version)
holds "--help teaches with examples" grep -q 'Examples' <("$W" --help)
holds "-D lists the loopback interface" grep -qE '^[0-9]+\. lo ' <("$W" -D)
same "-G fields has tshark's form" "$(tshark -G fields 2>/dev/null | grep -P '\tip\.(ttl|src|dsfield\.dscp)\t' | sort)" "$("$W" -G fields | grep -P '\tip\.(ttl|src|dsfield\.dscp)\t' | sort)"
same "-G fields lists single options as tshark does" "$(tshark -G fields 2>/dev/null | grep -P '^P\t.*\t(tcp|ip)\.options\.' | sort)" "$("$W" -G fields | grep -P '\t(tcp|ip)\.options\.[a-z0-9_.]*$' | sort)"
same "-G protocols lists single options as tshark does" "$(tshark -G protocols 2>/dev/null | grep -P '\t(tcp|ip)\.options\.' | sort)" "$("$W" -G protocols | grep -P '\t(tcp|ip)\.options\.' | sort)"
same "-G protocols has tshark's form" "$(tshark -G protocols 2>/dev/null | grep -P '\ttcp$')" "$("$W" -G protocols | grep -P '\ttcp$')"
holds "--explain prints the stages" grep -q 'program' <("$W" --explain 'ip.addr == 192.0.2.1 && tcp.port == 80')
holds "--explain of one stage" test -n "$("$W" --explain 'tcp.port == 80' --stage tokens)"
exits "--explain of a wrong filter" 2 '\^|$' "$W" --explain 'tcp.prt == 80'
holds "--explain of a packet" grep -qiE 'true|match' <("$W" --explain 'tcp.flags.syn == 1' -r "$list" --frame 13)

# Help, manual page and completions know the same flags.
"$W" --help | sed -nE 's/^  (-[^ ]+).*/\1/p' | tr , '\n' | sort -u >"$work/flags"
holds "--help lists the flags" test "$(wc -l <"$work/flags")" -ge 35
sed -n '/^.SH OPTIONS/,/^.SH SIGNALS/p' "$root/daemon/wiretail.1" | grep -A1 '^\.TP' | grep '^\.B' | grep -oE '\\-(\\-)?[A-Za-z]([a-z\\-]*[a-z])?' | tr -d '\\' | sort -u >"$work/manual"
same "the manual page has all flags and no others" "$(cat "$work/flags")" "$(cat "$work/manual")"
# shellcheck disable=SC2016
bash -c '. "$1"; COMP_WORDS=(wiretail -) COMP_CWORD=1; _wiretail; printf "%s\n" "${COMPREPLY[@]}"' - "$root/daemon/wiretail.bash" | sort -u >"$work/completed"
same "bash completes all flags and no others" "$(cat "$work/flags")" "$(cat "$work/completed")"
same "zsh completes all flags and no others" "$(cat "$work/flags")" "$(grep -oE "^  '[^[]*\[|\{-[^}]*\}'\[" "$root/daemon/wiretail.zsh" | grep -oE -- "--?[A-Za-z][a-z-]*" | sort -u)"
holds "bash reads its completion" bash -n "$root/daemon/wiretail.bash"
# shellcheck disable=SC2016
same "bash completes a flag" "--selected-frame" "$(bash -c '. "$1"; COMP_WORDS=(wiretail --sel) COMP_CWORD=1; _wiretail; echo "${COMPREPLY[*]}"' - "$root/daemon/wiretail.bash")"

# A reader that goes away ends it quietly, a signal ends it with everything written.
python3 - "$list" "$work/long.pcap" <<'P'
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(data[:24] + data[24:] * 3000)
P
said=$({ "$W" -r "$work/long.pcap"; echo "code $?" >&2; } 2>&1 >/dev/full | tail -n 3)
holds "a full disk is a failure" grep -q 'code 1' <<<"$said"
said=$({ "$W" -r "$work/long.pcap"; echo "code $?" >&2; } 2>&1 > >(head -n 1 >/dev/null))
same "a reader that goes away ends it quietly" "code 0" "$said"
mkfifo "$work/in"
"$W" -r - <"$work/in" >"$work/piped.jsonl" 2>/dev/null &
pid=$!
exec 7>"$work/in"
cat "$list" >&7
wait_for 5 test -s "$work/piped.jsonl"
kill -INT $pid
wait_for 5 bash -c "! kill -0 $pid 2>/dev/null" || kill -9 $pid
wait $pid
same "SIGINT while reading a pipe: exit code 0" 0 $?
exec 7>&-
same "… and everything is written" 19 "$(wc -l <"$work/piped.jsonl")"

# Patterns that give up: who filters by one hears of it.
python3 - "$work/dear.pcap" "$work/long_dear.pcap" <<'P'
import struct, sys
def packets(count):
    frame = bytes.fromhex("02005e10000102005e10000288b5") + b"a" * 1400
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(struct.pack("<IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame for i in range(count))
open(sys.argv[1], "wb").write(packets(300))
open(sys.argv[2], "wb").write(packets(8000))
P
dear='frame matches "a{0,175}a{0,175}a{0,175}[cd]"'
"$W" -r "$work/dear.pcap" -Y "$dear" --emit packet,stats >"$work/out" 2>"$work/err"
same "a pattern that gives up is named at the end, with the values" 'wiretail: filter "-Y": the pattern "a{0,175}a{0,175}a{0,175}[cd]" gave up on 300 values in all: such values do not match' "$(tail -n 1 "$work/err")"
same "… and counted in the stats line" 300 "$(jq 'select(.event == "stats") | .program.gave_up' "$work/out")"
same "… not with -q" "" "$("$W" -q -r "$work/dear.pcap" -Y "$dear" 2>&1)"
same "… nor where none does" "0 " "$("$W" -r "$work/dear.pcap" -Y 'frame matches "b"' --emit stats 2>"$work/err" | jq .program.gave_up) $(cat "$work/err")"
"$W" -r "$work/long_dear.pcap" -Y "$dear" >"$work/out" 2>"$work/err"
same "of a longer run the first of it is said at once, too" "1 1" "$(grep -c 'gave up on [0-9]* values that would take too long' "$work/err") $(grep -c 'gave up on 8000 values in all' "$work/err")"
