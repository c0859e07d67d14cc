#!/usr/bin/env python3
"""Captures of packets within packets, for the comparison with tshark: what carries IP beside the tunnels that everybody has.

    make_carriers.py FOLDER

carriers.pcap (PIM registers, MACsec, NSH, VXLAN-GPE, sFlow, LISP, ISL, NHRP, ESP in UDP, Ethernet in IP, padding behind
EAPOL, LLDP and PTP), units.pcap (protocols over TCP whose units are put together), and one each of the links radiotap, wlan,
token-ring, fddi, clip, pktap, juniper, wpan; times.pcap (fractions of more than a second, as damaged files have them).
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_network import a4, a6, checksum, icmp, ip, ip6, udp  # noqa: E402

ETH = bytes.fromhex("020000000002020000000001")
SNAP = bytes.fromhex("aaaa03000000")
INNER = ip(udp(b"data", 51000, 51001), src="192.168.7.1", dst="192.168.7.2", ttl=9)
INNER6 = ip6(udp(b"data", 51002, 51003))


def eth(kind, payload):
    return ETH + struct.pack(">H", kind) + payload


def write(folder, name, link, packets, magic=0xA1B2C3D4):
    with open(os.path.join(folder, name + ".pcap"), "wb") as file:
        file.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, link))
        for number, packet in enumerate(packets):
            seconds, fraction, data, length = packet if isinstance(packet, tuple) else (1_700_000_000 + number, number, packet, None)
            file.write(struct.pack("<IIII", seconds, fraction, len(data), length or len(data)) + data)


def carriers():
    for version, inner in ((4, INNER), (6, INNER6)):
        head = struct.pack(">BBHI", 0x21, 0, 0, 0)
        head = head[:2] + struct.pack(">H", checksum(head)) + head[4:]
        yield eth(0x0800, ip(head + inner, proto=103, dst="224.0.0.13", ttl=1))
        yield eth(0x894F, struct.pack(">HBBI", 0x0FC2, 2, 1 if version == 4 else 2, 0x00000A01) + inner)
        yield eth(0x0800, ip(udp(bytes([0x0C, 0, 0, 1 if version == 4 else 2]) + bytes([0, 0, 7, 0]) + inner, 4790, 4790)))
        yield eth(0x0800, ip(udp(bytes(8) + inner, 5000, 4341)))
        yield eth(0x0800, ip(udp(bytes([0x80, 0, 0, 0]) + inner, 5000, 4342)))
    yield eth(0x0800, ip(struct.pack(">BBH", 0x20, 0, 0xDFFF), proto=103, dst="224.0.0.13", ttl=1))
    for tci, length in ((0x20, 0), (0x20, 2 + len(INNER)), (0x2C, 0), (0x24, 0)):
        channel = bytes(8) if tci & 0x20 else b""
        yield eth(0x88E5, bytes([tci, length]) + struct.pack(">I", 7) + channel + b"\x08\x00" + INNER + bytes(range(16)))
    sampled = eth(0x0800, ip(udp(bytes(40), 51004, 51005)))
    record = struct.pack(">IIII", 1, len(sampled) + 4, 4, len(sampled)) + sampled + bytes(-len(sampled) % 4)
    flow = struct.pack(">8I", 1, 3, 100, 100, 0, 1, 2, 1) + struct.pack(">II", 1, len(record)) + record
    datagram = struct.pack(">II4sIIII", 5, 1, a4("10.0.0.9"), 0, 1, 1000, 1) + struct.pack(">II", 1, len(flow)) + flow
    yield eth(0x0800, ip(udp(datagram, 6343, 6343)))
    inner = eth(0x0800, INNER) + bytes(14) + b"\1\2\3\4"
    header = bytes.fromhex("01000c0000") + b"\0" + bytes.fromhex("020000000009") + struct.pack(">H", len(inner) + 12) + bytes.fromhex("aaaa0300000c0003000000000000")[:12]
    yield header + inner
    fixed = struct.pack(">HH5sBHHHBBBB", 1, 0x0800, bytes(5), 255, 20 + 20 + 32, 0, 0, 1, 8, 4, 0)
    quoted = ip(icmp(8, 0, body=b"ping"), proto=1)
    mandatory = struct.pack(">BBHHH", 4, 4, 0, 0, 0) + a4("10.0.0.1") + a4("10.1.0.1") + a4("10.1.0.2")
    message = fixed + mandatory + quoted
    message = message[:12] + struct.pack(">H", checksum(message)) + message[14:]
    yield eth(0x0800, ip(struct.pack(">HH", 0, 0x2001) + message, proto=47))
    for body in (struct.pack(">II", 0x100, 1) + bytes(40), bytes(4) + bytes(40), b"\xff"):
        yield eth(0x0800, ip(udp(body, 4500, 4500)))
    yield eth(0x86DD, ip6(eth(0x0800, INNER), nxt=143))
    yield eth(0x888E, struct.pack(">BBH", 2, 1, 0) + bytes(42))
    yield eth(0x88CC, bytes.fromhex("020704020000000001040703020000000001060200780000") + bytes(26))
    yield eth(0x88F7, bytes([0, 2]) + struct.pack(">H", 44) + bytes(40) + bytes(2))
    for option in (b"\x30\x30\0\0\0\0", b"\x07\x04\x08\0\x8f\xcd"):
        yield eth(0x86DD, ip6(bytes([59, 0]) + option, nxt=0))


def tcp(data, source, destination, seq, ack, flags=0x18):
    return eth(0x0800, ip(struct.pack(">HHIIBBHHH", source, destination, seq, ack, 5 << 4, flags, 1000, 0, 0) + data, proto=6,
                          src="10.0.0.1" if source > destination else "10.0.0.2", dst="10.0.0.2" if source > destination else "10.0.0.1"))


def units():
    hello = struct.pack(">BBHI", 1, 0, 8, 1)
    packet_in = struct.pack(">BBHIIHHBB", 1, 10, 18 + 60, 2, 0xFFFFFFFF, 60, 1, 0, 0) + eth(0x0800, ip(udp(bytes(18), 51006, 51007)))
    bgp = b"\xff" * 16 + struct.pack(">HB", 19, 4)
    ports = {6653: [hello, hello + hello], 6633: [hello], 179: [bgp, bgp + bgp], 3306: [b"\x05\0\0\0hello"], 5432: [b"Q" + struct.pack(">I", 9) + b"abcd\0"],
             9418: [b"0008abcd0000"], 502: [struct.pack(">HHHBB", 1, 0, 6, 1, 3) + bytes(4)], 13400: [struct.pack(">BBHI", 2, 0xFD, 5, 4) + bytes(4)]}
    yield tcp(hello + packet_in, 39999, 6653, 1, 1)
    for index, (port, messages) in enumerate(ports.items()):
        sequence = 1000
        for message in messages:
            client = 40000 + index
            yield tcp(message, client, port, sequence, 1)
            half = len(message) // 2  # the same once more, in two segments
            yield tcp(message[:half], client, port, sequence + len(message), 1)
            yield tcp(message[half:], client, port, sequence + len(message) + half, 1)
            sequence += 2 * len(message)


def radiotap(frame, flags=None):
    if flags is None:
        return struct.pack("<BBHI", 0, 0, 8, 0) + frame
    return struct.pack("<BBHI", 0, 0, 9, 2) + bytes([flags]) + frame


def wlan(to_ds, from_ds, qos=False, more=0):
    head = bytes([0x88 if qos else 0x08, to_ds | from_ds << 1 | more]) + bytes(2) + ETH + bytes.fromhex("020000000003") + bytes(2)
    return head + (bytes.fromhex("020000000004") if to_ds and from_ds else b"") + (bytes(2) if qos else b"")


def checked(frame):
    """With the frame check sequence of IEEE 802.15.4: CRC-16 of ITU-T, low bit first."""
    crc = 0
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return frame + struct.pack("<H", crc)


def links(folder):
    frames = [wlan(a, b, qos) + SNAP + b"\x08\x00" + INNER for a in (0, 1) for b in (0, 1) for qos in (False, True)]
    write(folder, "radiotap", 127, [radiotap(f) for f in frames] + [radiotap(frames[0] + bytes(4), 0x10), radiotap(wlan(1, 0, more=0x40) + bytes([1, 2, 3, 0x20]) + bytes(30)),
                                                                    radiotap(wlan(1, 0, more=0x40) + bytes([1, 2, 3, 0]) + bytes(30))])
    write(folder, "token-ring", 6, [b"\x10\x40" + ETH + SNAP + b"\x08\x00" + INNER])
    write(folder, "fddi", 10, [b"\x51" + ETH + SNAP + b"\x08\x00" + INNER])
    write(folder, "llc", 100, [SNAP + b"\x08\x00" + INNER])
    write(folder, "clip", 106, [INNER])
    write(folder, "pktap", 258, [struct.pack("<III", 108, 1, 1) + bytes(96) + eth(0x0800, INNER)])
    write(folder, "juniper", 178, [bytes.fromhex("4d474301") + eth(0x0800, INNER), bytes.fromhex("4d474381000403010100") + eth(0x0800, INNER)])
    mac = struct.pack("<HBH", 0xDC41, 1, 0xABCD) + bytes(range(16))
    compressed = [bytes([0x7A, 0x33, 59]), bytes([0x60, 0x00, 0, 1, 2, 3, 59, 64]) + a6("2001:db8::1") + a6("2001:db8::2"), bytes([0x7A, 0x3B, 59, 1])]
    write(folder, "wpan", 195, [checked(mac + body) for body in compressed] + [checked(mac + b"\x41" + INNER6), mac + compressed[0] + bytes(2)])
    syn = eth(0x88B5, bytes(46))
    write(folder, "times", 1, [(1000, 999_999_999, syn, None), (1001, 1_000_000_000, syn, None), (1001, 1 << 31, syn, None), (1002, 0x4521776E, syn, None)], 0xA1B23C4D)


def main():
    folder = sys.argv[1]
    write(folder, "carriers", 1, carriers())
    write(folder, "units", 1, units())
    links(folder)


if __name__ == "__main__":
    main()
