#!/usr/bin/env bash
# What -V, -x and the text of a layer (-T fields -e tcp) look like: fixed lines, and tshark's own where it is there. The share
# of tshark's lines over many captures is tests/differential/run_details.
. "$(dirname "$0")/harness.sh"
W=$WIRETAIL
list=$work/list.pcap
python3 "$root/tests/captures/make_packet_list.py" "$list"
mkdir "$work/network" && python3 "$root/tests/captures/make_network.py" "$work/network"

# The text of a layer. The values are those of tshark 4.0.17.
of() { "$W" -r "$list" -Y "frame.number == $2" -T fields -e "$1"; }
same "frame" "Frame 16: 453 bytes on wire (3624 bits), 453 bytes captured (3624 bits)" "$(of frame 16)"
same "eth" "Ethernet II, Src: 00:0c:29:a1:b2:c3, Dst: 00:50:56:f0:e1:d2" "$(of eth 16)"
same "arp" "Address Resolution Protocol (request)" "$(of arp 1)"
same "ip" "Internet Protocol Version 4, Src: 192.168.182.128, Dst: 10.136.251.93" "$(of ip 16)"
same "udp" "User Datagram Protocol, Src Port: 53124, Dst Port: 53" "$(of udp 3)"
same "tcp, with relative numbers" "Transmission Control Protocol, Src Port: 57422, Dst Port: 80, Seq: 1, Ack: 1, Len: 399" "$(of tcp 16)"
same "tcp without an acknowledgement" "Transmission Control Protocol, Src Port: 57422, Dst Port: 80, Seq: 0, Len: 0" "$(of tcp 13)"
same "dns" "Domain Name System (response)" "$(of dns 4)"
same "http has no more to say than its name" "http" "$(of http 16)"
same "a protocol that is not there" "" "$(of icmp 16)"

# Lines of -V.
"$W" -r "$list" -Y 'frame.number in {4, 13, 16}' -V >"$work/lines"
while IFS= read -r line; do
  holds "-V has: $line" grep -qxF -- "$line" "$work/lines"
done <<'LINES'
    Encapsulation type: Ethernet (1)
    Frame Length: 453 bytes (3624 bits)
        .... ..0. .... .... .... .... = LG bit: Globally unique address (factory default)
    Type: IPv4 (0x0800)
    0100 .... = Version: 4
    .... 0101 = Header Length: 20 bytes (5)
    Differentiated Services Field: 0x00 (DSCP: CS0, ECN: Not-ECT)
    ...0 0000 0000 0000 = Fragment Offset: 0
    Protocol: TCP (6)
    [Header checksum status: Unverified]
    Sequence Number: 0    (relative sequence number)
    Flags: 0x018 (PSH, ACK)
    [Conversation completeness: Incomplete, ESTABLISHED (7)]
    Flags: 0x8180 Standard query response, No error
        .... .... .... 0000 = Reply code: No error (0)
    Queries
    Answers
LINES

if command -v tshark >/dev/null; then
  protocols=(frame eth arp ip ipv6 icmp icmpv6 igmp tcp udp dns http)
  of_all=()
  for protocol in "${protocols[@]}"; do of_all+=(-e "$protocol"); done
  for capture in "$list" "$work"/network/{udp,options,fragments}.pcap; do
    name=$(basename "$capture")
    same "the layers' texts of $name are tshark's" "$(tshark -n -r "$capture" -T fields "${of_all[@]}" 2>/dev/null | md5sum)" "$("$W" -r "$capture" -T fields "${of_all[@]}" | md5sum)"
    same "-x of $name is tshark's" "$(tshark -n -r "$capture" -x 2>/dev/null | md5sum)" "$("$W" -r "$capture" -x | md5sum)"
  done
  same "-V is tshark's" "$(tshark -n -r "$list" -V 2>/dev/null)" "$("$W" -r "$list" -V)"
  same "-V -x is tshark's" "$(tshark -n -r "$list" -V -x 2>/dev/null)" "$("$W" -r "$list" -V -x)"
fi
# More than 64 KiB: five digits of offset.
python3 - "$work/large.pcap" <<'PYTHON'
import struct, sys
packet = bytes(range(256)) * 257
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 147) + struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)
PYTHON
same "-x beyond 64 KiB" "10000  00 01 02 03" "$("$W" -r "$work/large.pcap" -x | grep '^10000' | cut -c1-18)"
