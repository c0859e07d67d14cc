#!/usr/bin/env python3
"""Captures of the network layer's cases that traffic seldom has, for the comparison with tshark.

    make_network.py FOLDER

fragments.pcap (in order and not, twice, overlapping, contradicting, too long, cut), options.pcap (every IPv4 option, well formed
and not), headers.pcap (lengths, versions, time to live, cut at every byte), icmp.pcap, ipv6.pcap (extension headers, fragments,
addresses that hold others), icmpv6.pcap (neighbour discovery, listeners, errors), groups.pcap (IGMP, AH, ESP), udp.pcap,
sequences.pcap (ESP's numbers, runs of TCP's NOPs, Accurate ECN), labels.pcap (CALIPSO), associations.pcap (SCTP: repeated numbers, messages in fragments),
extensions.pcap (SCTP: every parameter, cause and chunk).
"""
import os
import socket
import struct
import sys

ZERO4 = bytes(4)


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def a4(text):
    return socket.inet_pton(socket.AF_INET, text)


def a6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def ip(payload, proto=17, src="10.0.0.1", dst="10.0.0.2", ident=1, off=0, mf=0, ttl=64, opts=b"", tos=0, total=None, version=4, words=None):
    opts += b"\0" * (-len(opts) % 4)
    length = 20 + len(opts)
    head = struct.pack(">BBHHHBBH", version << 4 | (length // 4 if words is None else words), tos, length + len(payload) if total is None else total,
                       ident, mf << 13 | off // 8, ttl, proto, 0) + a4(src) + a4(dst) + opts
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip6(payload, nxt=17, src="2001:db8::1", dst="2001:db8::2", hops=64, tclass=0, flow=0, length=None):
    return struct.pack(">IHBB", 6 << 28 | tclass << 20 | flow, len(payload) if length is None else length, nxt, hops) + a6(src) + a6(dst) + payload


def udp(data, src=4000, dst=5000, length=None, check=0):
    return struct.pack(">HHHH", src, dst, 8 + len(data) if length is None else length, check) + data


def icmp(kind, code, rest=ZERO4, body=b"", wrong=0):
    message = struct.pack(">BBH", kind, code, 0) + rest + body
    return message[:2] + struct.pack(">H", checksum(message) ^ wrong) + message[4:]


class Capture:
    def __init__(self, folder, name):
        self.file = open(os.path.join(folder, name + ".pcap"), "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        self.count = 0

    def add(self, packet, kind=0x800, keep=None):
        frame = bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + packet
        self.count += 1
        kept = frame if keep is None else frame[:keep]
        self.file.write(struct.pack("<IIII", 1700000000 + self.count, self.count * 997, len(kept), len(frame)) + kept)

    def add6(self, packet, keep=None):
        self.add(packet, 0x86DD, keep)


def fragments(c):
    whole = udp(bytes(range(256)) * 4)
    other = bytearray(whole)
    other[300] = 0xFF
    other = bytes(other)
    groups = [  # (offset, length, more, whose bytes)
        [(0, 512, 1, whole), (512, 512, 1, whole), (1024, 8, 0, whole)], [(1024, 8, 0, whole), (512, 512, 1, whole), (0, 512, 1, whole)],
        [(0, 512, 1, whole), (0, 512, 1, whole), (512, 520, 0, whole)], [(0, 512, 1, whole), (256, 512, 1, whole), (768, 264, 0, whole)],
        [(0, 512, 1, whole), (256, 512, 1, other), (768, 264, 0, whole)], [(512, 520, 0, whole), (768, 8, 0, whole), (0, 512, 1, whole)],
        [(512, 8, 0, whole), (520, 512, 1, whole), (0, 512, 1, whole)], [(512, 8, 0, whole), (768, 264, 0, whole), (0, 512, 1, whole)],
        [(512, 8, 0, whole), (256, 400, 1, whole), (0, 512, 1, whole)], [(512, 400, 1, whole), (512, 8, 0, whole), (0, 512, 1, whole)],
        [(0, 600, 1, whole), (0, 600, 1, whole), (8, 80, 1, whole), (8, 592, 1, other), (600, 8, 1, whole), (608, 424, 0, whole)],
        [(512, 520, 0, whole), (512, 520, 0, whole), (0, 512, 1, whole)], [(512, 520, 0, whole), (0, 520, 1, whole)], [(0, 512, 1, whole), (0, 1032, 0, whole)],
        [(0, 0, 1, whole), (0, 512, 1, whole), (512, 520, 0, whole)]]
    for ident, group in enumerate(groups, 1):
        for off, length, more, data in group:
            c.add(ip(data[off:off + length], ident=ident, off=off, mf=more))
            c.add6(ip6(struct.pack(">BBHI", 17, 0, off | more, ident) + data[off:off + length], 44) if length else ip6(b"", 59))
    c.add(ip(whole[:512], ident=50, mf=1), keep=100)
    c.add(ip(whole[512:], ident=50, off=512))
    c.add(ip(whole[:512], ident=51, mf=1))
    c.add(ip(whole[512:], ident=51, off=512, proto=1))
    c.add(ip(bytes(100), ident=52, off=65528))
    c.add(ip(icmp(3, 1, ZERO4, ip(whole[:512], ident=51, mf=1)), proto=1))
    c.add(ip(icmp(3, 1, ZERO4, ip(whole[512:], ident=53, off=512)), proto=1))
    c.add(ip(whole[:512], ident=53, mf=1))
    c.add(ip(whole[:512], ident=54, mf=1)[:46])


def options(c):
    a, b = [10, 0, 0, 9], [10, 0, 0, 8]
    listed = [
        [7, 11, 4] + a + b, [7, 11, 8] + a + b, [7, 11, 12] + a + b, [7, 11, 6] + a + b, [7, 11, 3] + a + b, [7, 11, 0] + a + b, [7, 10, 4] + a + b[:3], [7, 3, 4],
        [131, 11, 12] + a + b, [137, 11, 12] + a + b, [137, 11, 3] + a + b, [137, 11, 6] + a + b, [131, 11, 9] + a + b, [131, 3, 4],
        [68, 12, 5, 0] + [0, 0, 1, 1] * 2, [68, 12, 13, 0x20] + [0, 0, 1, 1] * 2, [68, 20, 5, 1] + (a + [0, 0, 1, 1]) * 2, [68, 20, 13, 0x31] + (a + [0, 0, 1, 1]) * 2,
        [68, 20, 13, 3] + (a + [0, 0, 1, 1]) * 2, [68, 20, 13, 7] + (a + [0, 0, 1, 1]) * 2, [68, 10, 5, 0, 0, 0, 1, 1, 2, 3], [68, 4, 5, 0], [68, 3, 5],
        [136, 4, 0, 7], [11, 4, 5, 0xDC], [12, 4, 5, 0xDC], [82, 12, 0, 1, 0, 2, 0, 3] + a, [148, 4, 0, 0], [148, 4, 1, 1], [148, 5, 0, 1, 0],
        [130, 11, 0xF1, 0x35, 0, 1, 65, 66, 67, 68, 69], [130, 3, 0x3D], [130, 4, 0xAB, 0xF0], [130, 6, 0xAB, 0xF1, 0x81, 0x80], [130, 2], [133, 3, 5], [133, 6, 5, 1, 2, 3],
        [134, 22, 0, 0, 0, 2, 2, 16, 0, 2, 0, 0, 0, 2, 0, 4, 0, 5, 0, 6, 0, 239], [134, 14, 0, 0, 0, 1, 1, 8, 0, 3, 0xF0, 0, 0, 0x10], [134, 14, 0, 0, 0, 1, 5, 8, 0, 3, 0, 9, 0, 2],
        [134, 10, 0, 0, 0, 1, 6, 4, 1, 2], [134, 6, 0, 0, 0, 1], [134, 10, 0, 0, 0, 1, 9, 4, 1, 2], [134, 14, 0, 0, 0, 1, 1, 20, 0, 3, 0xF0, 0, 0, 0x10],
        [25, 8, 5, 7, 1, 2, 3, 4], [25, 8, 0x85, 7, 1, 2, 3, 4], [25, 8, 0x45, 0, 1, 2, 3, 0xFF], [1] * 4, [1, 1, 1, 0], [0, 1, 2, 3], [1] * 8, [222, 4, 1, 2], [222, 1, 1, 2],
        [222, 40, 1, 2], [94, 6, 1, 2, 3, 4], [205, 4, 0, 0], [2, 3, 4, 4], [148], [1, 1, 1, 7], [149, 7, 0] + a]
    for option in listed:
        c.add(ip(udp(b"abcdefgh"), opts=bytes(option)))


def headers(c):
    data = udp(b"abcdefgh")
    for total in (0, 10, 100):
        c.add(ip(data, total=total))
    c.add(ip(data, words=3))
    c.add(ip(data, words=15))
    c.add(ip(data, version=5))
    for ttl in (0, 1, 2, 4, 5, 255):
        for dst in ("10.0.0.2", "224.0.0.1", "224.0.0.18", "224.0.0.251", "224.0.0.252", "224.0.1.1", "239.1.1.5"):
            c.add(ip(data, ttl=ttl, dst=dst))
    for length in (0, 1, 5, 12, 19, 20, 24, 27, 28, 33):
        c.add(ip(data)[:length])
        c.add(ip(data), keep=14 + length)
    for proto in (253, 255):
        c.add(ip(data, proto=proto))
        c.add(ip(data, proto=proto), keep=34)
        c.add(ip(data, proto=proto), keep=37)
        c.add(ip(b"", proto=proto))
    c.add(ip(ip(data, ttl=3), proto=4))
    c.add(ip(ip6(data), proto=41))
    c.add(ip(data, tos=0xB9))
    c.add(ip(data) + b"padding")


def udps(c):
    for length in (0, 1, 7, 8, 16, 40):
        c.add(ip(udp(b"abcdefgh", length=length)))
    for length in range(1, 12):
        c.add(ip(udp(b"abcdefgh")[:length]))
        c.add(ip(udp(b"abcdefgh")), keep=34 + length)
    c.add(ip(udp(b"", check=1)))
    c.add6(ip6(udp(b"abc")))
    c.add6(ip6(udp(b"abc", check=5)))
    c.add6(ip6(udp(b"abc", check=5, length=0)))
    c.add(ip(udp(b"abcdefgh")[:10], total=200))
    for src, dst in ((1, 2), (4000, 5001), (4000, 5000)):
        c.add(ip(udp(b"abc", src=src, dst=dst)))
        c.add(ip(udp(b"abc", src=dst, dst=src), src="10.0.0.2", dst="10.0.0.1"))


def icmps(c):
    short, long = ip(udp(b"hello" * 10)), ip(udp(b"hello" * 30))

    def add(*message, keep=None, **network):
        c.add(ip(icmp(*message), proto=1, **network), keep=keep)

    for kind in list(range(0, 3)) + list(range(6, 9)) + list(range(10, 11)) + list(range(13, 42)) + [44, 253, 255]:
        add(kind, 0, struct.pack(">HH", 0x102, 0x304), long[:28] + bytes(8))
    for kind, codes, rest in ((3, 17, struct.pack(">HH", 0, 1400)), (5, 5, bytes([10, 0, 0, 254])), (11, 3, ZERO4), (12, 4, bytes([20, 0, 0, 0])), (4, 2, ZERO4)):
        for code in range(codes):
            add(kind, code, rest, long[:28])
    for code in (0, 16, 1):
        add(9, code, bytes([2, 2, 7, 8]), a4("10.0.0.1") + struct.pack(">i", 5) + a4("10.0.0.2") + struct.pack(">i", -7))
    add(9, 0, bytes([1, 2, 7, 8]), a4("10.0.0.1") + struct.pack(">i", 5) + bytes([16, 10, 0, 5, 0, 200, 0x30, 0]) + a4("192.168.144.2") + bytes([19, 1, 24, 24, 4, 1, 2, 3, 4, 0]))
    data = struct.pack("<II", 1700000100, 123456) + bytes(range(0x10, 0x38))
    for seq, request, reply in ((1, data, data), (2, data, data + b"x"), (3, b"", b""), (4, b"abc", b"abc")):
        add(8, 0, struct.pack(">HH", 77, seq), request)
        add(0, 0, struct.pack(">HH", 77, seq), reply, src="10.0.0.2", dst="10.0.0.1")
        add(0, 0, struct.pack(">HH", 77, seq), reply, src="10.0.0.2", dst="10.0.0.1")
    add(8, 0, struct.pack(">HH", 78, 1), data, 1)
    add(8, 0, struct.pack(">HH", 78, 2), struct.pack(">II", 1700000100, 999999) + bytes(4))
    for keep in (36, 38, 40, 42, 52):
        add(8, 0, struct.pack(">HH", 78, 3), data, keep=keep)
    for length in (1, 4, 6, 7):
        c.add(ip(icmp(8, 0, struct.pack(">HH", 79, 1), data)[:length], proto=1))
    quoted = (short + bytes(128))[:128]
    for body in (bytes([0, 8, 1, 1, 0, 1, 0x61, 1]), bytes([0, 12, 1, 1, 0, 1, 0x60, 1, 0, 2, 0x61, 9]), bytes([0, 8, 9, 1, 1, 2, 3, 4]), bytes([0, 40, 9, 1]), bytes([0, 3, 9, 1]),
                 struct.pack(">HBBIHH4s", 16, 2, 12, 5, 1, 0, a4("10.0.0.7")), bytes([0, 8, 3, 1]) + b"eth0"):
        extension = bytes([0x20, 0, 0, 0]) + body
        extension = extension[:2] + struct.pack(">H", checksum(extension)) + extension[4:]
        add(11, 0, ZERO4, quoted + extension)
        add(3, 3, bytes([0, 32, 0, 0]), quoted + extension)
    for length in (12, 20, 22, 24, 28, 40, 78):
        add(3, 3, ZERO4, short[:length])
    add(3, 1, ZERO4, ip(icmp(8, 0, b"abcd", b"x" * 40), proto=1)[:40])
    add(3, 3, ZERO4, short[:28], keep=60)
    add(3, 1, ZERO4)
    # Whole packets quoted: a redirect's are read to the eighth byte behind the header; windows are not scaled.
    def segment(flags, body=b"", options=b""):
        return struct.pack(">HHIIBBHHH", 4001, 5001, 7000, 0, (20 + len(options)) // 4 << 4, flags, 500, 0, 0) + options + body

    connection = [ip(segment(2, options=bytes([3, 3, 7, 0])), proto=6), ip(segment(0x12, options=bytes([3, 3, 2, 0])), proto=6, src="10.0.0.2", dst="10.0.0.1"),
                  ip(segment(0x10, b"hello"), proto=6)]
    for packet in connection[:2]:
        c.add(packet)
    for quoted in (connection[2], short, ip(icmp(8, 0, b"abcd", b"x" * 40), proto=1), ip(segment(0x10, b"hello"), proto=6, opts=bytes([1, 1, 1, 0])), connection[2][:34], short[:24]):
        for kind in (3, 4, 5, 11, 12):
            add(kind, 0, ZERO4, quoted)


def ipv6s(c):
    data = udp(b"abcdefgh", check=5)

    def header(nxt, body):
        body = bytes(body) + bytes(-(len(body) + 2) % 8)
        return bytes([nxt, (len(body) + 2) // 8 - 1]) + body

    for nxt in (0, 60):
        for option in ([1, 4, 0, 0, 0, 0], [0] * 6, [5, 2, 0, 0, 1, 0], [5, 2, 0, 9, 0, 0], [5, 3, 0, 0, 0, 0], [0xC2, 4, 0, 1, 0, 0], [4, 1, 64, 1, 1, 0], [0x26, 6, 5, 7, 1, 2, 3, 4],
                       [0x8B, 4, 1, 2, 3, 4], [0x1E, 2, 1, 2], [0xFE, 2, 1, 2], [0x63, 4, 0x80, 1, 0, 2], [0x0F, 10, 0, 0, 1, 2, 0, 3, 0, 4, 0, 5], [0x22, 1, 3], [1, 9, 0, 0, 0, 0]):
            c.add6(ip6(header(17, option) + data, nxt))
    for length in (10, 200, 16):
        c.add6(ip6(data, length=length))
    there = a6("2001:db8::9")
    for kind, left, rest in ((0, 0, ZERO4 + there), (0, 7, ZERO4 + there), (2, 0, ZERO4 + there), (1, 1, bytes(20)), (3, 1, ZERO4 + there), (4, 1, bytes([1, 0, 0, 5]) + there + there)):
        c.add6(ip6(bytes([17, (len(rest) - 4) // 8, kind, left]) + rest + data, 43))
    c.add6(ip6(bytes([17, 0]) + struct.pack(">HI", 0, 100) + data, 44))
    for source in ("::", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203:4::5", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::5efe:a01:203", "2001:db8::200:5efe:a01:203",
                   "fe80::211:22ff:fe33:4455", "2001:db8::11:22ff:fe33:4455", "ff02::1:ff00:1"):
        c.add6(ip6(data, src=source, dst=source))
        for have in (24, 31, 39):
            c.add6(ip6(data, src=source, dst=source), keep=14 + have)
    c.add6(ip6(data, tclass=0xB9, flow=0x12345))
    for length in (0, 1, 7, 8, 20, 39, 40, 44):
        c.add6(ip6(data)[:length])
        c.add6(ip6(data), keep=14 + length)
    pads = header(60, [1, 4, 0, 0, 0, 0])
    c.add6(ip6(pads + header(17, [1, 4, 0, 0, 0, 0]) + data, 0))
    c.add6(ip6(header(0, [1, 4, 0, 0, 0, 0]) + header(17, [1, 4, 0, 0, 0, 0]) + data, 60))
    for nxt in (59, 253):
        c.add6(ip6(data, nxt))
    for nxt in (43, 60):
        c.add6(ip6(data[:3], nxt))


def icmpv6s(c):
    def add(kind, code, body, src="fe80::1", dst="ff02::1", cut=None, keep=None, wrong=0):
        message = (struct.pack(">BBH", kind, code, 0) + bytes(body))[:cut]
        pseudo = a6(src) + a6(dst) + struct.pack(">II", len(message), 58)
        if len(message) >= 4:
            message = message[:2] + struct.pack(">H", checksum(pseudo + message) ^ wrong) + message[4:]
        c.add6(ip6(message, 58, src=src, dst=dst, hops=255), keep=keep)

    quoted = ip6(udp(b"hello" * 10, check=7))
    for kind, codes, rest in ((1, 9, ZERO4), (2, 1, struct.pack(">I", 1280)), (3, 4, ZERO4), (4, 5, struct.pack(">I", 40))):
        for code in range(codes):
            add(kind, code, rest + quoted)
            add(kind, code, rest + quoted[:60])
    for seq, request, reply in ((1, b"data", b"data"), (2, b"data", b"datas")):
        add(128, 0, struct.pack(">HH", 7, seq) + request, "2001:db8::1", "2001:db8::2")
        add(129, 0, struct.pack(">HH", 7, seq) + reply, "2001:db8::2", "2001:db8::1")
    add(128, 0, struct.pack(">HH", 7, 3), wrong=1)
    add(128, 0, struct.pack(">HH", 7, 4) + bytes(40), keep=80)
    mac = bytes([2, 0, 0, 0, 0, 9])
    source, target = bytes([1, 1]) + mac, bytes([2, 1]) + mac
    prefix = bytes([3, 4, 64, 0xE0]) + struct.pack(">III", 86400, 0xFFFFFFFF, 0) + a6("2001:db8:1::")
    router = bytes([64, 0xC8]) + struct.pack(">HII", 1800, 30000, 1000)
    lists = (b"", source, source + prefix + bytes([5, 1, 0, 0]) + struct.pack(">I", 1480), bytes([24, 3, 64, 8]) + struct.pack(">I", 600) + a6("2001:db8:2::"),
             bytes([24, 2, 64, 0x18]) + struct.pack(">I", 600) + a6("2001:db8:2::")[:8], bytes([25, 5, 0, 0]) + struct.pack(">I", 600) + a6("2001:db8::53") + a6("2001:db8::54"),
             bytes([31, 3, 0, 0]) + struct.pack(">I", 600) + b"\x07example\x03com\0\0\0\0", bytes([7, 1, 0, 0]) + struct.pack(">I", 1000), bytes([8, 1, 0, 0, 0, 5, 7, 8]),
             bytes([14, 1] + [1] * 6), bytes([37, 2]) + b"http://a/b\0\0\0\0", bytes([38, 2]) + struct.pack(">H", 0x258) + a6("64:ff9b::")[:12], bytes([253, 1] + [0] * 6),
             bytes([1, 0]) + mac, bytes([1, 9]) + mac, bytes([13, 2]) + bytes(6) + struct.pack(">Q", 1700000000 << 16))
    for listed in lists:
        add(134, 0, router + listed)
    add(133, 0, ZERO4 + source)
    add(135, 0, ZERO4 + a6("fe80::2") + source)
    for flags in (0, 0x80, 0x60, 0xE0):
        add(136, 0, bytes([flags, 0, 0, 0]) + a6("fe80::2") + target)
    add(137, 0, ZERO4 + a6("fe80::2") + a6("2001:db8::5") + target + bytes([4, 12] + [0] * 6) + quoted[:88])
    for kind in (130, 131, 132):
        add(kind, 0, struct.pack(">HH", 1000, 0) + a6("ff0e::5"))
    add(130, 0, struct.pack(">HH", 0xFABC, 0) + a6("ff0e::5") + bytes([0x0A, 0xF5, 0, 2]) + a6("2001:db8::7") + a6("2001:db8::8"))
    for kind in (1, 4, 6, 9):
        for sources in (0, 1, 2):
            add(143, 0, struct.pack(">HHBBH", 0, 1, kind, 0, sources) + a6("ff02::5") + a6("2001:db8::7") * sources)
    for kind in (100, 144, 146, 151, 152, 201):
        add(kind, 0, struct.pack(">HH", 5, 6))
    for length in (1, 2, 4, 6, 8, 12, 20, 24, 26, 30):
        add(135, 0, ZERO4 + a6("fe80::2") + source, cut=length)
        add(135, 0, ZERO4 + a6("fe80::2") + source, keep=54 + length)


def groups(c):
    def add(kind, code, body, cut=None, wrong=0):
        message = (struct.pack(">BBH", kind, code, 0) + body)[:cut]
        if len(message) >= 4:
            message = message[:2] + struct.pack(">H", checksum(message) ^ wrong) + message[4:]
        c.add(ip(message, proto=2, dst="224.0.0.22", ttl=1))

    group = a4("232.1.1.1")
    for kind in range(1, 8):
        for sources in range(3):
            add(0x22, 0, struct.pack(">HHBBH", 0, 1, kind, 0, sources) + group + a4("10.0.0.7") * sources)
    add(0x22, 0, struct.pack(">HH", 0, 2) + bytes([4, 0, 0, 0]) + group + bytes([3, 1, 0, 0]) + group + b"more")
    for code in (0, 100, 200):
        for rest in (b"", bytes([0xFA, 125, 0, 0]), bytes([2, 125, 0, 2]) + a4("10.0.0.7") + a4("10.0.0.8")):
            add(0x11, code, group + rest)
            add(0x11, code, ZERO4 + rest)
    for kind in (0x12, 0x16, 0x17):
        add(kind, 0, group)
        add(kind, 0, group, wrong=1)
        for length in (1, 2, 4, 6):
            add(kind, 0, group, cut=length)
    header = struct.pack(">BBHII", 17, 4, 0, 0x100, 7) + bytes(range(12))
    c.add(ip(header + udp(b"abc"), proto=51))
    for length in (1, 4, 8, 11, 12, 20):
        c.add(ip(header[:length], proto=51))
        c.add(ip(header + udp(b"abc"), proto=51), keep=34 + length)
    for sequence in range(1, 4):
        c.add(ip(struct.pack(">II", 0x100, sequence) + bytes(40), proto=50))
        c.add6(ip6(struct.pack(">II", 0x200, sequence) + bytes(40), 50))
    for length in (1, 4, 6):
        c.add(ip(struct.pack(">II", 0x300, 1)[:length], proto=50))


def sequences(c):
    def esp(spi, number, length=32, v6=False):
        data = struct.pack(">II", spi, number) + bytes(length)
        c.add6(ip6(data, 50)) if v6 else c.add(ip(data, proto=50))

    for number in (1, 2, 5, 5, 4, 6, 100, 7, 0xFFFFFFFF, 0, 1, 3):
        esp(0x1000, number)
    for number in (9, 12, 12, 10):  # one association whatever carries it, by its index alone
        esp(0x1001, number, v6=number % 2 == 0)
    for spi in (0x2000, 0x2001, 0x2000, 0x2001):
        esp(spi, 1)
    c.add(ip(struct.pack(">I", 0x1000), proto=50))
    esp(0x1000, 4)

    def tcp(options, flags=0x10, data=b"", keep=None):
        head = struct.pack(">HHIIHHHH", 4100, 4200, 1000, 2000, (5 + len(options) // 4) << 12 | flags, 1024, 0, 0)
        c.add(ip(head + options + data, proto=6), keep=keep)

    for nops in range(0, 41, 4):  # runs of NOPs, alone and between others
        tcp(b"\1" * nops)
    for options in (b"\1\1\1\1\2\4\5\xb4", b"\2\4\5\xb4\1\1\1\1", b"\1\1\4\2\1\1\1\1", b"\1" * 5 + b"\3\3\7", b"\1" * 9 + b"\3\3\7" + b"\1" * 8, b"\1" * 6 + bytes(2), b"\1" * 12 + b"\x08\x0a" + bytes(8) + b"\1\1"):
        tcp(options, flags=2 if 2 in options[:5] else 0x10, data=b"" if 2 in options[:5] else b"abc")
    for keep in range(54, 75, 5):
        tcp(b"\1" * 20, keep=keep)

    # Accurate ECN: offered and answered in all ways, or seen by its option.
    handshakes = [(0x1C0, answer << 6) for answer in range(8)] + [(0xC0, 0x80), (0x140, 0x80), (0, 0)]
    for index, (offer, answer) in enumerate(handshakes):
        ports = (4300 + index, 4200)
        option = b"\xac\x05\0\0\1\1\1\1" if index == len(handshakes) - 1 else b""
        for side, flags, options in ((0, offer | 2, b""), (1, answer | 0x12, b""), (0, 0x10, option), (0, 0xD0, b""), (1, 0x110, b""), (0, 0x51, b"")):
            number = (100, 200) if flags & 2 else (101, 201)
            c.add(ip(struct.pack(">HHIIHHHH", ports[side], ports[1 - side], number[side], 0 if flags & 0x12 == 2 else number[1 - side] + (flags & 2) // 2,
                                 (5 + len(options) // 4) << 12 | flags, 1024, 0, 0) + options, proto=6, src=("10.0.0.1", "10.0.0.2")[side], dst=("10.0.0.2", "10.0.0.1")[side]))


def calipso(domain, words, level, body=b"", check=None, length=None):
    option = struct.pack(">BBIBBH", 7, 8 + len(body) if length is None else length, domain, words, level, 0) + body
    if check is None:
        check = crc16(option)
    return option[:8] + struct.pack("<H", check) + option[10:]


def crc16(data):  # RFC 1662's
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register ^ 0xFFFF


def labels(c):
    def hop_by_hop(options):
        options += {0: b"", 1: b"\0"}.get(-(2 + len(options)) % 8, b"\1" + bytes([max(0, -(2 + len(options)) % 8 - 2)]) + bytes(max(0, -(2 + len(options)) % 8 - 2)))
        c.add6(ip6(bytes([17, (2 + len(options)) // 8 - 1]) + options + udp(b"labelled"), 0))

    hop_by_hop(calipso(1, 0, 3))
    hop_by_hop(calipso(0x01020304, 1, 255, b"\xf0\0\0\1"))
    hop_by_hop(calipso(7, 2, 0, bytes(range(8))))
    hop_by_hop(calipso(7, 2, 0, bytes(range(8)), check=0x1234))
    hop_by_hop(calipso(7, 3, 1, bytes(8)))      # says more words than there are
    hop_by_hop(calipso(7, 1, 1, bytes(8)))      # … and fewer
    hop_by_hop(calipso(7, 1, 1, bytes(6)))
    hop_by_hop(calipso(1, 0, 3) + calipso(2, 0, 4))
    for length in (0, 2, 4, 6, 7):
        hop_by_hop(calipso(1, 0, 3, length=length)[: 2 + length])


def associations(c):
    def chunk(kind, flags, body):
        return struct.pack(">BBH", kind, flags, 4 + len(body)) + body + bytes(-len(body) % 4)

    def data(number, body, flags=3, stream=1, order=0):
        return chunk(0, flags, struct.pack(">IHHI", number, stream, order, 0) + body)

    def sack(number, gaps=()):
        return chunk(3, 0, struct.pack(">IIHH", number, 65536, len(gaps), 0) + b"".join(struct.pack(">HH", *gap) for gap in gaps))

    def send(side, *chunks, tag=None, port=3000, source=None, keep=None):
        ends = ("10.0.0.1", "10.0.0.2")
        ports = (port, 3001)
        packet = struct.pack(">HHII", ports[side], ports[1 - side], (0xA1, 0xB1)[side] if tag is None else tag, 0) + b"".join(chunks)
        c.add(ip(packet, proto=132, src=source or ends[side], dst=ends[1 - side]), keep=keep)

    first = 0x80000100  # far from the relative numbers
    send(0, chunk(1, 0, struct.pack(">IIHHI", 0xB1, 65536, 10, 10, first)), tag=0)
    send(1, chunk(2, 0, struct.pack(">IIHHI", 0xA1, 65536, 10, 10, 0x90000000)))
    send(1, sack(first + 2))  # before any data: relative to nothing
    send(0, data(first, b"one"), data(first + 1, b"two"))
    send(1, sack(first + 1), data(0x90000000, b"answer"))
    send(0, data(first + 1, b"two"))  # came before
    send(0, data(first + 1, b"two"), data(first + 2, b"three"), data(first + 2, b"three"))  # one of them, and one twice in a packet
    send(0, data(first + 2, b"three"), tag=0xC1)  # another association's
    send(0, data(first + 2, b"three"), port=3100)
    send(0, data(first + 2, b"three"), source="10.0.0.77")  # another address of the same end
    send(1, data(first, b"other direction"))
    number = first + 3
    for pieces in ((2, 0, 1), (2, 1), (2, 0, 0, 0, 1)):
        for flags in pieces:
            send(0, data(number, b"piece %d " % (number & 0xFF), flags, order=number & 0xF0))
            number += 1
    send(0, data(number, b"a", 2, order=7), data(number + 1, b"b", 0, order=7), data(number + 2, b"c", 1, order=7), data(number + 3, b"whole"))
    number += 4
    for place, flags in ((0, 2), (2, 1), (1, 0), (1, 0)):  # not in order, and one again
        send(0, data(number + place, b"place %d" % place, flags, order=9))
    number += 3
    send(0, data(number, b"stream 1", 2, order=1), data(number + 1, b"stream 2", 1, stream=2, order=1), data(number + 2, b"stream 1", 1, order=1))
    number += 3
    send(0, data(number, b"unordered", 6), data(number + 1, b"ordered", 1), data(number + 2, b"again", 6), data(number + 3, b"whole", 5))
    number += 4
    send(0, data(number, b"begins", 2, order=3), data(number + 1, b"begins", 2, order=3), data(number + 2, b"ends", 1, order=3))
    number += 3
    send(0, data(number, b"", 2, order=4), data(number + 1, b"ends", 1, order=4))
    for keep in range(46, 82, 4):
        send(0, data(number + 2, b"cut short", 2, order=5), chunk(4, 0, b"\0\1\0\x08abcd"), keep=keep)
        send(1, sack(number, ((1, 3), (5, 6))), keep=keep)
    send(0, data(number + 3, b"end of it", 1, order=5))
    for gaps in (((1, 3),), ((5, 9), (2, 3)), ((0, 0),), ((2, 3), (3, 5)), ((2, 3), (5, 4)), ((1, 200),), ((5, 9), (2, 3), (1, 1))):
        send(1, sack(number, gaps))


def extensions(c):
    """SCTP's parameters in every chunk that carries them, causes of errors, and the chunks of its extensions."""
    def tlv(kind, body):
        return struct.pack(">HH", kind, 4 + len(body)) + body + bytes(-len(body) % 4)

    def chunk(kind, flags, body):
        whole = struct.pack(">BBH", kind, flags, 4 + len(body)) + body
        return whole + bytes(-len(body) % 4)

    def send(*chunks, tag=1, keep=None):
        c.add(ip(struct.pack(">HHII", 3000, 3001, tag, 0) + b"".join(chunks), proto=132), keep=keep)

    number = struct.pack(">I", 7)
    address, address6 = tlv(5, a4("10.0.0.9")), tlv(6, a6("2001:db8::9"))
    listed = [tlv(1, b"heartbeat"), address, address6, tlv(7, b"cookie"), tlv(9, number), tlv(11, b"host.example\0"), tlv(12, struct.pack(">HHH", 5, 6, 11)), tlv(0x8000, b""), tlv(0x8001, b"abcd"),
              tlv(0x8002, bytes(range(32))), tlv(0x8003, bytes([0, 192, 193])), tlv(0x8004, struct.pack(">HHH", 1, 3, 2)), tlv(0x8008, bytes([128, 193, 192, 64, 130, 194, 16, 129])), tlv(0xC000, b""),
              tlv(0xC001, number + address), tlv(0xC002, number + address6), tlv(0xC003, number + tlv(160, address)), tlv(0xC004, number + address), tlv(0xC005, number), tlv(0xC006, number), tlv(0xC007, b"abcd"),
              tlv(13, struct.pack(">IIIHH", 1, 2, 3, 4, 5)), tlv(13, struct.pack(">III", 1, 2, 3)), tlv(14, struct.pack(">IHH", 1, 4, 5)), tlv(15, number), tlv(16, struct.pack(">IIII", 1, 1, 5, 6)),
              tlv(17, struct.pack(">IHH", 1, 3, 0)), tlv(18, struct.pack(">IHH", 1, 3, 0)), tlv(20, b"abc")] + [tlv(16, struct.pack(">II", 1, result)) for result in range(8)]
    for item in listed:
        send(chunk(1, 0, struct.pack(">IIHHI", 5, 65535, 10, 10, 1) + item), tag=0)
        send(chunk(2, 0, struct.pack(">IIHHI", 5, 65535, 10, 10, 1) + item + address))
        send(chunk(193, 0, number + address + item), chunk(128, 0, number + item), chunk(130, 0, item))
    reasons = [tlv(1, struct.pack(">HH", 5, 0)), tlv(2, struct.pack(">IHHH", 3, 5, 6, 7)), tlv(3, number), tlv(4, b""), tlv(5, address), tlv(7, b""), tlv(8, address + tlv(0xC000, b"")), tlv(9, number), tlv(10, b""),
               tlv(6, chunk(99, 0, b"abcd")), tlv(11, address), tlv(12, b"reason"), tlv(13, b"violated"), tlv(160, address), tlv(162, address), tlv(163, b""), tlv(164, address), tlv(0x105, struct.pack(">H", 3)), tlv(99, b"abcd")]
    for reason in reasons:
        send(chunk(6, 1, reason))
        send(chunk(9, 0, reason + tlv(4, b"")))
    for credit in (0, 5000):
        for gaps, others in ((0, 0), (1, 0), (2, 1)):
            send(chunk(16, 1, struct.pack(">IIHHHH", 1, credit, gaps, others, 1, 0) + struct.pack(">HH", 2, 3) * gaps + struct.pack(">HH", 2, 130) * others + number))
        send(chunk(3, 0, struct.pack(">IIHH", 1, credit, 0, 0)))
    for order, flags in enumerate((3, 7, 15)):
        send(chunk(64, flags, struct.pack(">IHHII", 100 + order, 1, 0, order, 53) + b"interleaved"), tag=9)
    send(chunk(64, 3, struct.pack(">IHHII", 101, 1, 0, 1, 53) + b"interleaved"), tag=9)
    send(chunk(129, 7, struct.pack(">IIHH", 1000, 2000, 8, 0) + struct.pack(">HHII", 3000, 3001, 1, 0) + chunk(0, 3, bytes(13))))
    for algorithm, size in ((1, 20), (3, 32), (2, 0)):
        send(chunk(15, 0, struct.pack(">HH", 1, algorithm) + bytes(range(size))), chunk(11, 0, b""))
    send(chunk(194, 0, number + struct.pack(">HHI", 1, 0, 2) + struct.pack(">HHI", 3, 1, 4)), chunk(192, 0, number + struct.pack(">HH", 1, 2)))
    send(chunk(132, 0, bytes(8)), chunk(12, 0, number), chunk(13, 0, number), chunk(200, 0, b"abcd"))
    for keep in range(46, 90, 4):
        send(chunk(130, 0, tlv(13, struct.pack(">IIIHH", 1, 2, 3, 4, 5))), chunk(15, 0, struct.pack(">HH", 1, 1) + bytes(20)), keep=keep)


def main():
    folder = sys.argv[1]
    for name, fill in (("fragments", fragments), ("options", options), ("headers", headers), ("udp", udps), ("icmp", icmps), ("ipv6", ipv6s), ("icmpv6", icmpv6s), ("groups", groups),
                       ("sequences", sequences), ("labels", labels), ("associations", associations), ("extensions", extensions)):
        capture = Capture(folder, name)
        fill(capture)
        capture.file.close()


if __name__ == "__main__":
    main()
