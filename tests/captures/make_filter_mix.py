#!/usr/bin/env python3
"""Small captures for the filter tests: a bit of everything that filters ask for, so that these tests stand alone.

    make_filter_mix.py FOLDER [SEED]

mix.pcap (Ethernet): conversations over TCP (HTTP, pipelined and chunked, TLS records, resets, retransmissions, keep-alives),
UDP (DNS, DHCP, NTP, own data), ICMP and ICMPv6 with errors that quote, ARP, VLAN tags, fragments, IPv4 in IPv4, 6in4, GRE,
VXLAN, damaged and cut packets. cooked.pcap (Linux SLL) and raw.pcap (IP alone) hold others of the same kind. The same seed makes
the same bytes.
"""
import os
import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MACS = [bytes.fromhex(m) for m in ("02005e10000a", "02005e100014", "000c29a1b2c3", "005056f0e1d2", "000083aabbcc")]
HOSTS = ["192.0.2.10", "198.51.100.20", "192.0.2.53", "10.0.0.1", "10.0.0.2", "172.16.5.4", "203.0.113.1", "224.0.0.251"]
NAMES = ["www.example.com", "example.org", "mail.example.net", "a.b.c.example.com", "bad-domain.test"]


def v4(text):
    return bytes(int(part) for part in text.split("."))


def v6(tail, head="20010db8"):
    return bytes.fromhex(head).ljust(14, b"\0") + struct.pack(">H", tail)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Mix:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.time = 1_700_000_000_000_000
        self.packets = []
        self.identification = 0x1000

    def emit(self, network, kind=0x0800, tags=(), macs=None, cut=None, pad=True):
        """network: what follows the Ethernet type."""
        source, target = macs or self.random.sample(MACS, 2)
        head = target + source
        for tag_type, tag in tags:
            head += struct.pack(">HH", tag_type, tag)
        frame = head + struct.pack(">H", kind) + network
        if pad and len(frame) < 60:
            frame = frame.ljust(60, b"\0")
        self.time += self.random.choice([3, 150, 1200, 40_000, 1_200_000])
        self.packets.append((self.time, frame if cut is None else frame[:cut], len(frame), kind, network))

    def ip(self, source, target, protocol, payload, flags=0x4000, ttl=64, tos=0, options=b""):
        self.identification = (self.identification + 1) & 0xFFFF
        words = 5 + len(options) // 4
        head = struct.pack(">BBHHHBBH4s4s", 0x40 | words, tos, words * 4 + len(payload), self.identification, flags, ttl, protocol, 0, v4(source), v4(target)) + options
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload

    def ip6(self, source, target, following, payload, hops=64, label=0):
        return struct.pack(">IHBB", 6 << 28 | label, len(payload), following, hops) + source + target + payload

    @staticmethod
    def summed(pseudo, protocol, segment, at):
        total = checksum(pseudo + struct.pack(">HBB" if len(pseudo) == 8 else ">IBB", len(segment), 0, protocol) + segment)
        return segment[:at] + struct.pack(">H", total or 0xFFFF) + segment[at + 2:]

    def udp(self, source, target, ports, payload, **more):
        segment = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
        return self.ip(source, target, 17, self.summed(v4(source) + v4(target), 17, segment, 6), **more)

    def tcp_segment(self, ports, seq, ack, flags, payload=b"", options=b"", window=8192):
        return struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (20 + len(options)) // 4 << 4, flags, window, 0, 0) + options + payload

    def tcp(self, source, target, ports, seq, ack, flags, payload=b"", options=b"", window=8192, **more):
        segment = self.tcp_segment(ports, seq, ack, flags, payload, options, window)
        return self.ip(source, target, 6, self.summed(v4(source) + v4(target), 6, segment, 16), **more)

    def conversation(self, client, server, port, exchanges, tags=(), end=FIN, wrap=None):
        """A connection: handshake, (from client?, bytes)…, end."""
        me = self.random.randrange(1025, 65535)
        seqs = {True: self.random.getrandbits(32), False: self.random.getrandbits(32)}
        macs = self.random.sample(MACS, 2)

        def send(up, flags, payload=b"", options=b""):
            addresses = (client, server) if up else (server, client)
            ports = (me, port) if up else (port, me)
            packet = self.tcp(*addresses, ports, seqs[up], seqs[not up] if flags & ACK else 0, flags, payload, options, ttl=64 if up else 57)
            packet = wrap(packet) if wrap else packet
            self.emit(packet, tags=tags, macs=macs if up else macs[::-1])
            seqs[up] += len(payload) + (1 if flags & (SYN | FIN) else 0)

        options = bytes.fromhex("020405b40402080a0000000100000000") + b"\x01\x03\x03" + bytes([self.random.randrange(10)])
        send(True, SYN, options=options)
        send(False, SYN | ACK, options=options[:4])
        send(True, ACK)
        for up, payload in exchanges:
            for begin in range(0, len(payload), 500):
                send(up, ACK | PSH, payload[begin:begin + 500])
                if self.random.random() < 0.15:  # once more
                    seqs[up] -= len(payload[begin:begin + 500])
                    send(up, ACK | PSH, payload[begin:begin + 500])
            send(not up, ACK)
        if end == RST:
            send(False, RST | ACK)
        else:
            send(True, FIN | ACK)
            send(False, FIN | ACK)
            send(True, ACK)


def http_exchange(rng):
    host, method = rng.choice(NAMES), rng.choice(["GET", "GET", "POST", "HEAD"])
    body = b"name=value&x=1" if method == "POST" else b""
    request = f"{method} /{rng.choice(['', 'index.html', 'api/v1/items?id=7', 'Search?q=a,b'])} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {rng.choice(['Demo/1.0', 'curl/7.88'])}\r\nAccept: */*\r\n"
    if body:
        request += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    code, phrase = rng.choice([(200, "OK"), (404, "Not Found"), (500, "Internal Server Error"), (302, "Found")])
    text = b"<html>" + rng.choice([b"hello", b"Example text \xc3\xa9"]) * rng.randrange(1, 90) + b"</html>"
    reply = f"HTTP/1.1 {code} {phrase}\r\nServer: demo\r\nContent-Type: text/html\r\n".encode()
    if method == "HEAD":
        reply += f"Content-Length: {len(text)}\r\n\r\n".encode()
    elif rng.random() < 0.4:
        reply += b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(text):x}\r\n".encode() + text + b"\r\n0\r\n\r\n"
    else:
        reply += f"Content-Length: {len(text)}\r\n\r\n".encode() + text
    return [(True, request.encode() + b"\r\n" + body), (False, reply)]


def dns(rng, answer):
    name = b"".join(bytes([len(part)]) + part.encode() for part in rng.choice(NAMES).split(".")) + b"\0"
    kind = rng.choice([1, 28, 15, 16, 5])
    question = name + struct.pack(">HH", kind, 1)
    number = rng.choice([0x1234, 0xBEEF, 7])
    if not answer:
        return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question
    data = {1: v4("198.51.100.20"), 28: v6(0x20), 15: b"\0\x0a\x04mail\xc0\x0c", 16: b"\x0ev=spf1 include", 5: b"\x05alias\xc0\x0c"}[kind]
    code = rng.choice([0, 0, 3])
    answers = b"" if code else b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, rng.choice([60, 3600]), len(data)) + data for _ in range(rng.randrange(1, 3)))
    return struct.pack(">HHHHHH", number, 0x8180 | code, 1, answers.count(b"\xc0\x0c" + struct.pack(">HH", kind, 1)), 0, 0) + question + answers


def client_hello(name):
    sni = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name.encode()
    extensions = struct.pack(">HH", 0, len(sni)) + sni + bytes.fromhex("000a00040002001d002b0003020304")
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + bytes.fromhex("000413011302") + b"\x01\0" + struct.pack(">H", len(extensions)) + extensions
    shake = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(shake)) + shake


def build(seed, rounds):
    m = Mix(seed)
    rng = m.random
    icmp = lambda kind, code, rest: (lambda d: d[:2] + struct.pack(">H", checksum(d)) + d[4:])(struct.pack(">BBH", kind, code, 0) + rest)
    for source, target, op in ((HOSTS[0], HOSTS[2], 1), (HOSTS[2], HOSTS[0], 2), (HOSTS[3], HOSTS[3], 1)):
        m.emit(struct.pack(">HHBBH", 1, 0x800, 6, 4, op) + MACS[0] + v4(source) + MACS[1] + v4(target), 0x0806, macs=(MACS[0], b"\xff" * 6 if op == 1 else MACS[1]))
    for round_number in range(rounds):
        m.conversation(rng.choice(HOSTS[:3]), rng.choice(HOSTS[3:6]), rng.choice([80, 80, 8080]), [e for _ in range(rng.randrange(1, 3)) for e in http_exchange(rng)],
                       tags=rng.choice([(), (), ((0x8100, 0x2005),)]), end=rng.choice([FIN, RST]))
        m.conversation(HOSTS[0], HOSTS[1], 443, [(True, client_hello(rng.choice(NAMES))), (False, b"\x15\x03\x03\0\x02\x02\x28")], end=RST)
        for _ in range(4):
            ports = (rng.choice([53124, 40000, 5060]), 53)
            tags = rng.choice([(), (), ((0x88A8, 7), (0x8100, 0x6008))])
            m.emit(m.udp(HOSTS[0], HOSTS[2], ports, dns(rng, False)), tags=tags)
            m.emit(m.udp(HOSTS[2], HOSTS[0], ports[::-1], dns(rng, True)), tags=tags)
        m.emit(m.udp(HOSTS[3], HOSTS[4], (40000, 40000), b"abc\0"))
        m.emit(m.udp(HOSTS[3], HOSTS[7], (rng.randrange(1, 65535), 9999), rng.randbytes(rng.randrange(1, 300)), ttl=1, tos=0xB8))
        m.emit(m.udp(HOSTS[4], HOSTS[3], (123, 123), bytes.fromhex("240206e9000001000000020000000a7f0000010000000000000000" + "00" * 21), options=b"\x94\x04\0\0"))
        quoted = m.udp(HOSTS[0], HOSTS[6], (53124, 33434 + round_number), b"probe-data")
        m.emit(m.ip(HOSTS[5], HOSTS[0], 1, icmp(*rng.choice([(11, 0), (3, 3), (3, 1)]), b"\0\0\0\0" + quoted[:rng.choice([28, 38])])))
        ping = struct.pack(">HH", 0x77, round_number) + b"abcdefghijklmnop"
        m.emit(m.ip(HOSTS[0], HOSTS[1], 1, icmp(8, 0, ping)))
        m.emit(m.ip(HOSTS[1], HOSTS[0], 1, icmp(0, 0, ping), ttl=57))
        # Tunnels.
        inner = m.ip(HOSTS[0], HOSTS[1], 1, icmp(8, 0, ping))
        m.emit(m.ip(HOSTS[6], "203.0.113.2", 4, inner))
        m.conversation(HOSTS[3], HOSTS[4], 80, http_exchange(rng), wrap=lambda p: m.ip(HOSTS[6], "203.0.113.2", 47, struct.pack(">HH", 0, 0x800) + p))
        m.emit(m.udp(HOSTS[6], "203.0.113.2", (49152, 4789), b"\x08\0\0\0\0\0\x7b\0" + MACS[2] + MACS[3] + b"\x08\0" + m.udp(HOSTS[3], HOSTS[2], (5353, 53), dns(rng, False))))
        six = m.ip6(v6(0x10), v6(0x20), 58, struct.pack(">BBHHH", 128, 0, 0, 1, round_number) + b"abcdefgh")
        m.emit(m.ip(HOSTS[6], "203.0.113.2", 41, six))
        # IPv6.
        segment = struct.pack(">HHHH", 40000, 40000, 12, 0) + b"abc\0"
        m.emit(m.ip6(v6(0x10), v6(0x20), 17, m.summed(v6(0x10) + v6(0x20), 17, segment, 6), label=0x12345), 0x86DD)
        m.emit(m.ip6(v6(0x10), v6(0x20), 6, m.summed(v6(0x10) + v6(0x20), 6, m.tcp_segment((rng.randrange(50000, 60000), 443), 1, 1, SYN, options=b"\x02\x04\x05\xa0"), 16)), 0x86DD)
        m.emit(m.ip6(v6(1, "fe80"), v6(1, "ff02"), 0, bytes.fromhex("3a00050200000000") + struct.pack(">BBHHHBBH", 143, 0, 0, 0, 1, 4, 0, 0) + v6(0xFB, "ff02"), hops=1), 0x86DD)
        m.emit(m.ip6(v6(1, "fe80"), v6(1, "ff02"), 58, struct.pack(">BBHI", 135, 0, 0, 0) + v6(0x20) + b"\x01\x01" + MACS[0], hops=255), 0x86DD)
        # Fragments: a datagram in two, and a first one that stays alone.
        whole = m.udp(HOSTS[3], HOSTS[4], (7, 9), b"fragmented-" * 20, flags=0)
        head = whole[:6]
        for offset, more in ((0, 1), (15, 0)):
            part = whole[20 + offset * 8:20 + offset * 8 + 120] if more else whole[20 + offset * 8:]
            fragment = whole[:2] + struct.pack(">H", 20 + len(part)) + whole[4:6] + struct.pack(">H", (0x2000 if more else 0) | offset) + whole[8:10] + b"\0\0" + whole[12:20]
            m.emit(fragment[:10] + struct.pack(">H", checksum(fragment)) + fragment[12:] + part)
        m.emit(m.ip(HOSTS[4], HOSTS[3], 17, struct.pack(">HHHH", 8, 10, 500, 0) + b"x" * 64, flags=0x2000))
        m.emit(m.ip6(v6(0x10), v6(0x20), 44, struct.pack(">BBHI", 17, 0, 1, 77 + round_number) + struct.pack(">HHHH", 9, 10, 60, 0) + b"part" * 4), 0x86DD)
        # DHCP, other Ethernet types, damage.
        options = b"\x63\x82\x53\x63\x35\x01" + bytes([rng.choice([1, 3])]) + b"\x0c\x04host\x37\x03\x01\x03\x06\xff"
        m.emit(m.udp("0.0.0.0", "255.255.255.255", (68, 67), struct.pack(">BBBBIHH", 1, 1, 6, 0, 0xCAFE, 0, 0x8000) + b"\0" * 16 + MACS[0] + b"\0" * 202 + options))
        m.emit(rng.randbytes(50), 0x88B5)
        m.emit(bytes.fromhex("424203000000") + b"\0\0" + b"\x80\0" + MACS[0] + b"\0\0\0\0\x80\0" + MACS[0] + bytes.fromhex("8001000014000200 0f00".replace(" ", "")), 38)
        whole = m.tcp(HOSTS[0], HOSTS[1], (rng.randrange(40000, 50000), 80), 1, 1, ACK | PSH, b"GET / HTTP/1.0\r\n\r\n")
        m.emit(whole, cut=rng.choice([44, 54, 60]))
        m.emit(whole[:32], pad=False)
    return m


def write(path, link, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for time, data, length in packets:
            file.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(data), length) + data)


def main():
    folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.makedirs(folder, exist_ok=True)
    mix = build(seed, 6)
    write(os.path.join(folder, "mix.pcap"), 1, [(t, data, length) for t, data, length, _, _ in mix.packets])
    # SLL (LINKTYPE_LINUX_SLL): packet type, ARPHRD, address length, address, protocol.
    cooked = [(t, struct.pack(">HHH8sH", n % 5, 1, 6, MACS[n % 5] + b"\0\0", kind) + network) for n, (t, _, _, kind, network) in enumerate(build(seed + 1, 2).packets) if kind > 1500]
    write(os.path.join(folder, "cooked.pcap"), 113, [(t, data, len(data)) for t, data in cooked])
    raw = [(t, network) for t, _, _, kind, network in build(seed + 2, 2).packets if kind in (0x0800, 0x86DD)]
    write(os.path.join(folder, "raw.pcap"), 101, [(t, data, len(data)) for t, data in raw])


if __name__ == "__main__":
    main()
