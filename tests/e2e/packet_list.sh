#!/usr/bin/env bash
# The packet list of a report, rebuilt as a capture: `-T text` prints the same Source, Destination, Protocol, Length and
# Info, and tshark agrees.
. "$(dirname "$0")/harness.sh"

python3 "$root/tests/captures/make_packet_list.py" "$work/list.pcap"
expected=$(cat "$root/tests/captures/packet_list.txt")
# "    5   1.000000 SOURCE → DESTINATION PROTOCOL …": without number, time and arrow; the first four stand before the list.
list() { tail -n +5 | sed -E 's/^ *[0-9]+ +[0-9.]+ +([^ ]+) +→ +([^ ]+) +/\1 \2 /; s/ +$//'; }
same "-T text prints the list" "$expected" "$("$WIRETAIL" -r "$work/list.pcap" -T text 2>&1 | list)"
same "tshark prints the list" "$expected" "$(tshark -n -r "$work/list.pcap" 2>/dev/null | list)"
same "-T text is what tshark prints, byte for byte" "$(tshark -n -r "$work/list.pcap" 2>/dev/null)" "$("$WIRETAIL" -r "$work/list.pcap" -T text 2>&1)"
columns=(-T fields -e frame.number -e frame.len)
for c in Source Destination Protocol Info; do columns+=(-e "_ws.col.$c"); done
same "the columns as fields are tshark's" "$(tshark -n -r "$work/list.pcap" "${columns[@]}" 2>/dev/null)" "$("$WIRETAIL" -r "$work/list.pcap" "${columns[@]}" 2>&1)"
same "the number of packets" 19 "$("$WIRETAIL" -r "$work/list.pcap" -q | wc -l)"
