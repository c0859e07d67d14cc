#!/usr/bin/env python3
"""Random HTTP and DNS sessions as a capture file, the same for the same seed: what servers and clients send, and what they
should not. Written with struct alone.

    tests/captures/make_http_sessions.py FILE [--seed N] [--sessions N] [--dns]

tests/differential/run_http_sessions compares tshark and wiretail on them.
"""
import argparse
import gzip
import random
import struct
import zlib

CLIENT, SERVER = bytes([192, 0, 2, 10]), bytes([198, 51, 100, 7])


class Capture:
    def __init__(self):
        self.parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
        self.time = 1_700_000_000_000_000

    def ip(self, source, destination, protocol, payload, random_):
        self.time += random_.choice((7, 130, 2500, 61000))
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0, source, destination)
        total = sum(header[i] << 8 | header[i + 1] for i in range(0, 20, 2))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        header = header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:]
        frame = b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + header + payload
        self.parts.append(struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000, len(frame), len(frame)) + frame)

    def save(self, path):
        with open(path, "wb") as out:
            out.write(b"".join(self.parts))


class Tcp:
    """One connection; every segment arrives once and in order."""

    def __init__(self, capture, random_, client_port, server_port):
        self.capture, self.random, self.ports = capture, random_, (client_port, server_port)
        self.whole = server_port in (8000, 12345)  # where looks alone decide, the first request comes whole
        self.sequence = [random_.randrange(1 << 32), random_.randrange(1 << 32)]
        for side, flags in ((0, 0x02), (1, 0x12)):
            self.segment(side, b"", flags)
            self.sequence[side] += 1
        self.segment(0, b"", 0x10)

    def segment(self, side, data=b"", flags=0x18):
        ends = (CLIENT, SERVER)
        ack = self.sequence[1 - side] & 0xFFFFFFFF if flags & 0x10 else 0
        header = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.sequence[side] & 0xFFFFFFFF, ack, 0x50, flags, 64240, 0, 0)
        self.capture.ip(ends[side], ends[1 - side], 6, header + data, self.random)
        self.sequence[side] += len(data)

    def send(self, side, *messages):
        data = b"".join(messages)
        cuts = sorted(self.random.randrange(1, max(2, len(data))) for _ in range(self.random.choice((0, 0, 0, 1, 2, 5))))
        if self.whole:
            cuts, self.whole = [], False
        cuts = [cut for cut in cuts if data[cut - 1:cut + 1] != b"\r\n"]  # Wireshark takes a CR at the end for a line's end
        # What stands behind a chunked message in its last segment Wireshark may read at a place that was the other's: not sent.
        at = 0
        for one in messages:
            if b"Transfer-Encoding: chunked" in one and any(at < cut < at + len(one) for cut in cuts):
                cuts = sorted({*cuts, at + len(one)})
            at += len(one)
        for begin, end in zip([0, *cuts], [*cuts, len(data)]):
            if begin < end:
                self.segment(side, data[begin:end])
        if self.random.random() < 0.8:
            self.segment(1 - side, b"", 0x10)

    def close(self):
        first = self.random.randrange(2)
        for side in (first, 1 - first):
            self.segment(side, b"", 0x11)
            self.sequence[side] += 1
        self.segment(first, b"", 0x10)


TYPES = [b"text/html", b"text/html; charset=utf-8", b"TEXT/Plain", b"application/json", b"application/xml", b"image/svg+xml", b"text/css", b"application/javascript", b"application/octet-stream",
         b"application/pdf", b"image/png", b"image/jpeg", b"image/gif", b"application/x-www-form-urlencoded", b"audio/wav", b"", b"font/woff2", b"application/vnd.api+json", b"text/csv"]
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
GIF = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0\x3b"


def body(r):
    kind = r.randrange(9)
    if kind == 0:
        return b""
    if kind == 1:
        return b'{"a": [1, 2.5e3, {"b": null}], "c": "\\u00e9"}'
    if kind == 2:
        return b"<?xml version='1.0'?><a b='c'>d</a>"
    if kind == 3:
        return bytes(r.randrange(256) for _ in range(r.randrange(1, 400)))
    if kind == 4:
        return JPEG
    if kind == 5:
        return GIF
    if kind == 6:
        return b"a=1&b=%20x&c"
    return b"".join(b"line %d of some text\r\n" % i for i in range(r.randrange(1, 200)))


def headers(r, request):
    pool = [b"X-Request-Id: %d" % r.randrange(1000), b"Connection: keep-alive", b"Cache-Control: no-cache", b"Date: Tue, 24 Nov 2026 12:00:00 GMT", b"ETag: \"x\"", b"Via: 1.1 proxy", b"Accept-Ranges: bytes"]
    if request:
        pool += [b"User-Agent: Mozilla/5.0 (X11)", b"Referer: http://ref.example/?q=1", b"Accept: */*", b"Accept-Language: de,en;q=0.5", b"Accept-Encoding: gzip, br", b"Cookie: a=b; c=d;e", b"Range: bytes=0-99",
                 b"Authorization: Basic dXNlcjpwYXNz", b"Authorization: Bearer abc", b"X-Forwarded-For: 203.0.113.9", b"If-None-Match: \"x\""]
    else:
        pool += [b"Server: nginx/1.22", b"Location: http://other.example/", b"Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", b"Set-Cookie: s=1; Path=/", b"WWW-Authenticate: Basic realm=\"r\"", b"Content-Range: bytes 0-99/200"]
    if r.random() < 0.08:
        pool += [b"Bad Name: x", b"Empty:", b"Caf\xc3\xa9: \xff", b"Tab:\tx", b"Long: " + b"v" * 900]
    return r.sample(pool, r.randrange(0, 6))


def message(r, start, lines, data, response):
    coding = r.choice((b"", b"", b"", b"gzip", b"deflate", b"identity")) if data else b""
    if coding == b"gzip":
        data = gzip.compress(data, mtime=0)
    elif coding == b"deflate":
        data = zlib.compress(data) if r.random() < 0.5 else zlib.compress(data)[2:-4]
    if coding:
        lines.append(b"Content-Encoding: " + coding)
    until_close = False
    if data or response:
        kind = r.random()
        if kind < 0.65:
            lines.append(b"Content-Length: %d" % len(data))
        elif kind < 0.92 or not response:
            lines.append(b"Transfer-Encoding: chunked")
            out, at = b"", 0
            while at < len(data):
                size = r.randrange(1, len(data) - at + 1)
                out += b"%x%s\r\n" % (size, r.choice((b"", b";x=1"))) + data[at:at + size] + b"\r\n"
                at += size
            data = out + b"0\r\n" + r.choice((b"", b"", b"Trailer: t\r\n")) + b"\r\n"
        else:
            until_close = True
    r.shuffle(lines)
    end = b"\n" if r.random() < 0.05 else b"\r\n"
    return start + end + b"".join(line + end for line in lines) + end + data, until_close


def request(r, methods):
    method = r.choice((b"GET", b"GET", b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"PROPFIND"))
    uri = r.choice((b"/", b"/index.html", b"/a/b.jpg?x=1&y=2", b"/?q", b"http://abs.example/p?z", b"*", b"/caf\xc3\xa9", b"/a?&&b&"))
    lines = headers(r, True)
    if r.random() < 0.9:
        lines.append(b"Host: " + r.choice((b"www.example.com", b"h:8080", b"")))
    data = b""
    if method in (b"POST", b"PUT", b"PATCH"):
        data = body(r)
        if r.random() < 0.9:
            lines.append(b"Content-Type: " + r.choice(TYPES))
    methods.append(method)
    return message(r, method + b" " + uri + b" " + r.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0")), lines, data, False)[0]


def response(r, method):
    code = r.choice((200, 200, 200, 200, 206, 204, 301, 302, 304, 404, 500, 299, 599))
    phrase = {200: b"OK", 206: b"Partial Content", 204: b"No Content", 301: b"Moved Permanently", 302: b"Found", 304: b"Not Modified", 404: b"Not Found", 500: b"Internal Server Error"}.get(code, b"Odd")
    lines = headers(r, False)
    start = b"HTTP/1.1 %d" % code + (b" " + phrase if r.random() < 0.95 else b"")
    if method == b"HEAD" or code in (204, 304):
        if r.random() < 0.5:
            lines.append(b"Content-Length: 123")
        return start + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n", False
    if r.random() < 0.9:
        lines.append(b"Content-Type: " + r.choice(TYPES))
    return message(r, start, lines, body(r), True)


def http_session(capture, r, number):
    tcp = Tcp(capture, r, 20000 + number % 40000, r.choice((80, 80, 80, 8080, 3128, 12345, 8000)))
    begun = random.Random(number)  # of its own: the sessions without it stay what they were
    if begun.random() < 0.2:  # the capture begins in the middle
        for _ in range(begun.randrange(1, 4)):
            side = begun.randrange(2)
            lines = (b"key: value\r\n", b"no header\r\n", b"{\"a\": 1}\r\n", b"\xc8: x\r\n", b"\0\1\2", b"a\xc8: x\r\ntext\r\n", b"x: y\r\n\r\nbody", b" folded: z\r\n",
                     b"HTTP/1.1 304 Not Modified\r\nServer: s\r\n\r\n" if side else b"\t: x\n")
            tcp.segment(side, begun.choice(lines))
    for _ in range(r.randrange(1, 7)):
        methods = []
        batch = [request(r, methods) for _ in range(r.choice((1, 1, 1, 1, 2, 3)))]
        if b"HEAD" in methods and len(methods) > 1:  # whose answers Wireshark takes for one another's
            continue
        if r.random() < 0.5:
            tcp.send(0, *batch)
        else:
            for one in batch:
                tcp.send(0, one)
        if r.random() < 0.05:
            tcp.send(1, b"HTTP/1.1 100 Continue\r\n\r\n")
        closing, out = False, []
        for method in methods:
            one, closing = response(r, method)
            out.append(one)
            if closing:
                break
        if r.random() < 0.03:
            out.append(r.choice((b"\r\n", b"junk\r\n", b"\0\1\2", b"key: value\r\n\r\n")))
        if r.random() < 0.5:
            tcp.send(1, *out)
        else:
            for one in out:
                tcp.send(1, one)
        if closing:
            break
    end = r.random()
    if end < 0.8:
        tcp.close()
    elif end < 0.9:
        tcp.segment(r.randrange(2), b"", 0x14)


def name(text):
    return b"".join(bytes([len(part)]) + part for part in text.split(b".") if part) + b"\0"


def record(r, owner):
    kind = r.choice((1, 1, 28, 5, 2, 15, 16, 6, 12, 33, 41, 257, 43, 46, 48, 64, 65, 35, 13, 99, 17, 52, 44, 999))
    short = name(r.choice((b"a.example", b"ns1.example.net", b"x")))
    text = b"\5hello\3abc"
    data = {1: bytes(r.randrange(256) for _ in range(4)), 28: bytes(r.randrange(256) for _ in range(16)), 5: short, 2: short, 12: short, 15: struct.pack("!H", 10) + short, 16: text, 99: text, 13: text,
            6: short + short + struct.pack("!IIIII", 1, 2, 3, 4, 5), 33: struct.pack("!HHH", 1, 2, 5060) + short, 257: b"\0\5issueca.example", 43: struct.pack("!HBB", 77, 8, 2) + b"digest",
            46: struct.pack("!HBBIIIH", 1, 8, 2, 300, 1_600_000_000, 1_500_000_000, 7) + short + b"signature", 48: struct.pack("!HBB", 257, 3, 8) + b"key", 64: struct.pack("!H", 1) + short + b"\0\1\0\3\2h2",
            65: struct.pack("!H", 1) + short + b"\0\4\0\4\1\2\3\4", 35: b"\0\1\0\2\1u\7E2U+sip\1!" + short, 17: short + short, 52: b"\3\1\1data", 44: b"\1\2print", 999: b"xyz", 41: b"\0\x0a\0\x10cookie12server12"}[kind]
    if kind == 41:
        return b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, len(data)) + data
    return owner + struct.pack("!HHIH", kind, 1, r.randrange(100000), len(data)) + data


def dns_message(r, number, answer):
    owner = name(r.choice((b"www.example.com", b"a", b"", b"_sip._tcp.example.org", b"xn--bcher-kva.example")))
    counts = [1] + ([r.randrange(5), r.randrange(2), r.randrange(3)] if answer else [0, 0, r.choice((0, 0, 1))])
    flags = (0x8180 if answer else 0x0100) | (r.choice((0, 0, 0, 3, 2, 5)) if answer else r.choice((0, 0, 0x20, 0x10)))
    out = struct.pack("!HHHHHH", number, flags, *counts) + owner + struct.pack("!HH", r.choice((1, 28, 15, 255, 65, 33)), 1)
    for _ in range(sum(counts[1:])):
        out += record(r, b"\xc0\x0c" if r.random() < 0.7 else name(b"other.example"))
    return out


def dns_session(capture, r, number):
    port = 20000 + number % 40000
    server = r.choice((53, 53, 53, 5355, 5353, 18053))
    over_tcp = server == 53 and r.random() < 0.2
    tcp = Tcp(capture, r, port, 53) if over_tcp else None
    for _ in range(r.randrange(1, 5)):
        transaction = r.randrange(1, 65536)
        for answer in r.choice(((False, True), (False, True), (False, True), (False,), (True,), (False, False, True), (False, True, True))):
            out = dns_message(r, transaction, answer)
            if tcp:
                tcp.send(int(answer), struct.pack("!H", len(out)) + out)
                continue
            if r.random() < 0.05:
                out = out[:r.randrange(13, len(out))]
            ends, ports = (CLIENT, SERVER), (port, server)
            capture.ip(ends[answer], ends[not answer], 17, struct.pack("!HHHH", ports[answer], ports[not answer], 8 + len(out), 0) + out, r)
    if tcp:
        tcp.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--dns", action="store_true")
    options = parser.parse_args()
    capture = Capture()
    for number in range(options.sessions):
        (dns_session if options.dns else http_session)(capture, random.Random(options.seed * 1_000_003 + number), number)
    capture.save(options.file)


if __name__ == "__main__":
    main()
