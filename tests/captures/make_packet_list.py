#!/usr/bin/env python3
"""Rebuilds, as a pcap file, the packet list of a report on a web session: an old connection that is kept alive and then
closed, of which the capture saw only the end, and a new one that fetches a page.

    make_packet_list.py OUTPUT.pcap

Four packets (ARP, DNS) stand before the list, so that its packets have the numbers 5 to 19 that the report's notes name.
What each packet must look like in the packet list is in packet_list.txt beside this file.
"""
import struct
import sys

CLIENT, SERVER = "192.168.182.128", "10.136.251.93"
CLIENT_MAC, SERVER_MAC = bytes.fromhex("000c29a1b2c3"), bytes.fromhex("005056f0e1d2")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def address(text):
    return bytes(int(part) for part in text.split("."))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    def __init__(self):
        self.out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        self.identification = 0x1000

    def frame(self, time, data):
        seconds = int(time)
        self.out += struct.pack("<IIII", 1700000000 + seconds, round((time - seconds) * 1e6), len(data), len(data)) + data

    def ip(self, time, source, destination, protocol, payload):
        self.identification += 1
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), self.identification, 0x4000,
                             64 if source == CLIENT else 128, protocol, 0, address(source), address(destination))
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        macs = SERVER_MAC + CLIENT_MAC if source == CLIENT else CLIENT_MAC + SERVER_MAC
        data = macs + b"\x08\x00" + header + payload
        if source == CLIENT:  # arrived on the wire, where a frame has at least 60 bytes; what is sent is seen before padding
            data = data.ljust(60, b"\0")
        self.frame(time, data)

    def transport(self, source, destination, protocol, segment, at):
        pseudo = address(source) + address(destination) + struct.pack(">BBH", 0, protocol, len(segment))
        return segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2:]

    def tcp(self, time, source, ports, seq, ack, flags, window, options=b"", payload=b""):
        destination = SERVER if source == CLIENT else CLIENT
        segment = struct.pack(">HHIIBBHHH", *ports, seq, ack, (20 + len(options)) // 4 << 4, flags, window, 0, 0) + options + payload
        self.ip(time, source, destination, 6, self.transport(source, destination, 6, segment, 16))

    def udp(self, time, source, destination, ports, payload):
        segment = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
        self.ip(time, source, destination, 17, self.transport(source, destination, 17, segment, 6))


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def padded(head, filler, length):
    """An HTTP message of `length` bytes: `filler` is a header whose value is extended."""
    rest = length - len(head) - len(filler)
    assert rest > 0
    return head.replace(b"\r\n\r\n", b"\r\n" + filler + b"x" * (rest - 2) + b"\r\n\r\n", 1)


def main():
    c = Capture()
    arp = lambda op, sm, s, tm, t: struct.pack(">HHBBH", 1, 0x0800, 6, 4, op) + sm + address(s) + tm + address(t)
    c.frame(0.0, b"\xff" * 6 + SERVER_MAC + b"\x08\x06" + arp(1, SERVER_MAC, SERVER, bytes(6), CLIENT))
    c.frame(0.0002, (SERVER_MAC + CLIENT_MAC + b"\x08\x06" + arp(2, CLIENT_MAC, CLIENT, SERVER_MAC, SERVER)).ljust(60, b"\0"))
    question = name("www.example.org") + struct.pack(">HH", 1, 1)
    c.udp(0.01, CLIENT, SERVER, (53124, 53), struct.pack(">HHHHHH", 0x5EED, 0x0100, 1, 0, 0, 0) + question)
    c.udp(0.011, SERVER, CLIENT, (53, 53124), struct.pack(">HHHHHH", 0x5EED, 0x8180, 1, 1, 0, 0) + question
          + struct.pack(">HHHIH", 0xC00C, 1, 1, 300, 4) + address(SERVER))

    # The end of an old connection: both sides keep it alive (one byte below what is expected), then close.
    up, down, x, y = (45474, 80), (80, 45474), 0x3A5C1000, 0x7B2E4000
    c.tcp(1.0, CLIENT, up, x, y, ACK, 62780)
    c.tcp(1.00005, SERVER, down, y, x + 1, ACK, 64240)
    c.tcp(11.0, CLIENT, up, x, y, ACK, 62780)
    c.tcp(11.00005, SERVER, down, y, x + 1, ACK, 64240)
    c.tcp(14.2, CLIENT, up, x + 1, y, FIN | ACK, 62780)
    c.tcp(14.20004, SERVER, down, y, x + 2, ACK, 64239)
    c.tcp(14.2003, SERVER, down, y, x + 2, FIN | PSH | ACK, 64239)
    c.tcp(14.2009, CLIENT, up, x + 2, y + 1, ACK, 62780)

    # The new one.
    up, down, a, b = (57422, 80), (80, 57422), 0x1F4D2200, 0x60C8A100
    mss = struct.pack(">BBH", 2, 4, 1460)
    c.tcp(14.21, CLIENT, up, a, 0, SYN, 64240, mss + b"\x04\x02" + struct.pack(">BBII", 8, 10, 1337999894, 0) + b"\x01\x03\x03\x07")
    c.tcp(14.2101, SERVER, down, b, a + 1, SYN | ACK, 64240, mss)
    c.tcp(14.2105, CLIENT, up, a + 1, b + 1, ACK, 64240)
    request = padded(b"GET /main.html HTTP/1.1\r\nHost: 10.136.251.93\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n"
                     b"Accept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip, deflate\r\n\r\n", b"User-Agent: Mozilla/5.0 ", 399)
    assert len(request) == 399, len(request)
    c.tcp(14.2107, CLIENT, up, a + 1, b + 1, PSH | ACK, 64240, payload=request)
    c.tcp(14.21075, SERVER, down, b + 1, a + 400, ACK, 64240)
    body = b"<!DOCTYPE html>\n<html><head><title>Main</title><link rel=\"stylesheet\" href=\"style1.css\"></head>\n<body><img src=\"head.jpg\">\n"
    body = body + b"<p>" + b"page " * ((500 - len(body)) // 5) + b"</p></body></html>\n"
    head = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n" % len(body)
    response = padded(head, b"ETag: ", 787 - len(body)) + body
    assert len(response) == 787, len(response)
    c.tcp(14.2113, SERVER, down, b + 1, a + 400, PSH | ACK, 64240, payload=response)
    c.tcp(14.2119, CLIENT, up, a + 400, b + 788, ACK, 63747)
    with open(sys.argv[1], "wb") as file:
        file.write(c.out)


if len(sys.argv) != 2:
    sys.exit(__doc__)
main()
