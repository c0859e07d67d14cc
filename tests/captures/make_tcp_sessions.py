#!/usr/bin/env python3
"""Random TCP sessions as a capture file, the same ones for the same seed: what sequence analysis and reassembly have to
cope with, and what no capture at hand happens to contain.

    tests/captures/make_tcp_sessions.py OUT.pcap [--seed N] [--sessions N] [--kind walk|transfer|http|options|quoted]

walk      each session is a random walk over what an end can do: data, losses, repeats, acknowledgements old and new, SACK,
          keep-alives, zero windows and probes, SYN, FIN and RST in every state, numbers that wrap, other first numbers
transfer  two ends with windows and round-trip times over a link that loses, delays and repeats; captured near one end
http      HTTP messages cut into segments at random places, repeated, overlapping, out of order, some missing
options   every kind of option, with right and wrong lengths
quoted    ICMP errors that quote segments of a session, in all lengths
Frames of 10 % of the sessions are IPv6; some captures are of one direction only or cut at a snapshot length.
"""
import argparse
import heapq
import random
import struct

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = 1, 2, 4, 8, 16, 32, 64, 128, 256
M32 = 0xFFFFFFFF


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mss(value):
    return struct.pack("!BBH", 2, 4, value)


def window_scale(shift):
    return struct.pack("!BBB", 3, 3, shift)


SACK_PERMITTED = b"\x04\x02"


def timestamps(value, echo):
    return struct.pack("!BBII", 8, 10, value & M32, echo & M32)


def sack(blocks):
    return struct.pack("!BB", 5, 2 + 8 * len(blocks)) + b"".join(struct.pack("!II", a & M32, b & M32) for a, b in blocks)


def padded(options):
    return options + b"\x01" * (-len(options) % 4)


class Capture:
    """Packets in the order in which they are added; times in nanoseconds."""

    def __init__(self, snap=262144):
        self.packets, self.snap, self.identification = [], snap, 0

    def add(self, time, frame):
        self.packets.append((time, frame))

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, self.snap, 1))
            for time, frame in self.packets:
                kept = frame[: self.snap]
                out.write(struct.pack("<IIII", time // 10**9, time % 10**9, len(kept), len(frame)) + kept)


class Path:
    """One pair of addresses and ports; builds frames in either direction."""

    def __init__(self, rng, capture, index, port=None):
        self.rng, self.capture = rng, capture
        self.v6 = rng.random() < 0.1
        low = index & 0xFFFF
        self.ports = (50000 + index % 15000, port or 40001)
        if self.v6:
            self.addresses = (bytes.fromhex("20010db8000000000000000000") + struct.pack("!BH", 1, low), bytes.fromhex("20010db8000000000000000000") + struct.pack("!BH", 2, low))
        else:
            self.addresses = (struct.pack("!BBH", 10, 1 + (index >> 16), low), struct.pack("!BBH", 10, 101, 7))
        self.only = rng.choice((0, 1)) if rng.random() < 0.05 else None  # one direction captured

    def segment(self, direction, seq, ack, flags, window, options=b"", payload=b"", urgent=0):
        options = padded(options)
        head = struct.pack("!HHIIHHHH", self.ports[direction], self.ports[1 - direction], seq & M32, ack & M32,
                           (5 + len(options) // 4) << 12 | flags, window, 0, urgent) + options
        source, destination = self.addresses[direction], self.addresses[1 - direction]
        pseudo = source + destination + (struct.pack("!II", len(head) + len(payload), 6) if self.v6 else struct.pack("!BBH", 0, 6, len(head) + len(payload)))
        return head[:16] + struct.pack("!H", checksum(pseudo + head + payload)) + head[18:] + payload

    def network(self, direction, segment, protocol=6):
        source, destination = self.addresses[direction], self.addresses[1 - direction]
        if self.v6:
            return struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64) + source + destination + segment
        self.capture.identification = (self.capture.identification + 1) & 0xFFFF
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), self.capture.identification, 0x4000, 64, protocol, 0) + source + destination
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + segment

    def frame(self, time, direction, network):
        ends = (b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02")
        frame = ends[1 - direction] + ends[direction] + (b"\x86\xdd" if self.v6 else b"\x08\0") + network
        self.capture.add(time, frame + b"\0" * (60 - len(frame)))

    def send(self, time, direction, seq, ack, flags, window, options=b"", payload=b"", urgent=0):
        if self.only is not None and direction != self.only:
            return
        self.frame(time, direction, self.network(direction, self.segment(direction, seq, ack, flags, window, options, payload, urgent)))


class End:
    def __init__(self, rng):
        self.rng = rng
        near = rng.random()
        self.isn = (M32 - rng.randrange(5000)) & M32 if near < 0.15 else rng.randrange(4) if near < 0.2 else rng.randrange(1 << 32)
        self.next = self.isn          # what it sends next
        self.got = 0                  # what it acknowledges
        self.sent, self.skipped = [], []
        self.shift = rng.choice((None, 0, 2, 7, 7, 8, 14, 15))
        self.window = rng.choice((64, 512, 1024, 8192, 29200, 65535))
        self.clock = rng.randrange(1 << 32)
        self.closed = False


def walk(rng, capture, index, start):
    """A random walk; returns its last time."""
    path = Path(rng, capture, index)
    ends = (End(rng), End(rng))
    time = start
    use_timestamps, use_sack = rng.random() < 0.3, rng.random() < 0.5
    scale_of_gaps = rng.choice((0.00002, 0.0005, 0.005, 0.05))

    def pause():
        nonlocal time
        spread = rng.random()
        if spread < 0.75:
            time += int(rng.expovariate(1 / scale_of_gaps) * 1e9) + 1
        elif spread < 0.95:
            time += rng.choice((0, 1000, 1_000_000, 2_900_000, 3_100_000, 15_000_000, 19_900_000, 20_100_000, 40_000_000))
        else:
            time += rng.choice((200_000_000, 1_000_000_000, 3_000_000_000, 75_000_000_000))

    def emit(d, seq, flags, length=0, window=None, ack=None, blocks=(), syn_options=False, urgent=0):
        pause()
        end = ends[d]
        options = b""
        if syn_options:
            options += mss(rng.choice((536, 1460, 1460, 8960)))
            if use_sack:
                options += SACK_PERMITTED
            if end.shift is not None:
                options += window_scale(end.shift)
        if use_timestamps:
            end.clock += rng.randrange(3)
            options += timestamps(end.clock, ends[1 - d].clock if flags & ACK else 0)
        if blocks:
            options += sack(blocks[:3])
        path.send(time, d, seq, end.got if ack is None else ack, flags, end.window if window is None else window, options, bytes(rng.choice(b"abc") for _ in range(min(length, 3))) * (length // 3 + 1) if False else b"x" * length, urgent)

    def receive(d, seq, length):
        """What the other end has got moves on, if it is in order."""
        other = ends[1 - d]
        if other.got == seq:
            other.got = (seq + length) & M32

    def handshake():
        a, b = ends
        opening = rng.random()
        if opening < 0.12:  # mid-stream
            a.next, b.next = (a.isn + 1) & M32, (b.isn + 1) & M32
            a.got, b.got = b.next, a.next
            return
        emit(0, a.isn, SYN | (ECE | CWR if rng.random() < 0.1 else 0), ack=0, syn_options=True, length=0 if rng.random() < 0.95 else rng.randrange(1, 100))
        a.next, b.got = (a.isn + 1) & M32, (a.isn + 1) & M32
        if opening < 0.18:
            return
        if opening < 0.22:  # simultaneous
            emit(1, b.isn, SYN, ack=0, syn_options=True)
            b.next, a.got = (b.isn + 1) & M32, (b.isn + 1) & M32
            emit(0, a.isn, SYN | ACK, syn_options=True)
            if rng.random() < 0.8:
                emit(1, b.isn, SYN | ACK, syn_options=True)
        elif opening < 0.26:  # the answer was not captured
            b.next, a.got = (b.isn + 1) & M32, (b.isn + 1) & M32
            emit(0, a.next, ACK)
            return
        else:
            while rng.random() < 0.1:
                emit(0, a.isn, SYN, ack=0, syn_options=True)
            emit(1, b.isn, SYN | ACK, syn_options=True)
            b.next, a.got = (b.isn + 1) & M32, (b.isn + 1) & M32
            while rng.random() < 0.05:
                emit(1, b.isn, SYN | ACK, syn_options=True)
            if rng.random() < 0.92:
                emit(0, a.next, ACK)

    def size():
        return rng.choice((1, 1, 2, 10, 100, 512, 1000, 1460, 1460, 1460))

    def data(d, captured=True, length=None, flags=None):
        end = ends[d]
        length = length or size()
        flags = (ACK | (PSH if rng.random() < 0.4 else 0)) if flags is None else flags
        seq = end.next
        if captured:
            emit(d, seq, flags, length)
            end.sent.append((seq, length, flags))
            receive(d, seq, length)
        else:
            (end.skipped if rng.random() < 0.6 else end.sent).append((seq, length, flags))
        end.next = (seq + length) & M32

    def step():
        d = rng.randrange(2)
        end, other = ends[d], ends[1 - d]
        what = rng.random()
        if what < 0.26:
            for _ in range(rng.choice((1, 1, 2, 3, 5))):
                data(d)
        elif what < 0.42:
            emit(d, end.next, ACK)
        elif what < 0.46:
            data(d, captured=False)
        elif what < 0.50 and end.skipped:
            seq, length, flags = end.skipped.pop(rng.randrange(len(end.skipped)))
            emit(d, seq, flags, length)
            receive(d, seq, length)
        elif what < 0.56 and end.sent:
            seq, length, flags = rng.choice(end.sent[-4:]) if rng.random() < 0.8 else rng.choice(end.sent)
            change = rng.random()
            if change < 0.1:
                length += rng.randrange(1, 200)
            elif change < 0.2 and length > 1:
                length = rng.randrange(1, length)
            elif change < 0.25:
                seq = (seq + 1) & M32
            elif change < 0.3:
                seq = (seq - 1) & M32
            emit(d, seq, flags, length)
            receive(d, seq, length)
        elif what < 0.64:
            blocks = []
            if use_sack and other.sent:
                seq, length, _ = rng.choice(other.sent[-3:])
                blocks = [(seq, seq + length)] * rng.choice((0, 1, 1, 2, 3))
            for _ in range(rng.choice((1, 2, 3, 4))):
                emit(d, end.next, ACK, blocks=blocks)
            if rng.random() < 0.5:
                data_at = end.got
                emit(1 - d, data_at, ACK, size())
        elif what < 0.69:
            emit(d, (end.next - 1) & M32, ACK | (PSH if rng.random() < 0.1 else 0), rng.choice((0, 0, 1, 2)))
            if rng.random() < 0.7:
                emit(1 - d, other.next, ACK)
        elif what < 0.74:
            emit(d, end.next, ACK, window=0)
            for _ in range(rng.choice((0, 1, 1, 2, 3))):
                probe = rng.random()
                if probe < 0.6:
                    emit(1 - d, other.next, ACK, 1)
                elif probe < 0.8:
                    emit(1 - d, (other.next - 1) & M32, ACK, rng.choice((0, 1)))
                else:
                    data(1 - d)
                if rng.random() < 0.7:
                    emit(d, end.next, ACK, window=0)
            if rng.random() < 0.6:
                emit(d, end.next, ACK)
        elif what < 0.78:
            end.window = rng.choice((64, 512, 1024, 8192, 29200, 65535))
            emit(d, end.next, ACK)
        elif what < 0.82:  # fill the other's window
            room = other.window << (other.shift or 0) if rng.random() < 0.7 and other.shift is not None and other.shift <= 14 else other.window
            room -= (end.next - other.got) & M32
            while 0 < room < 20000:
                length = min(room, 1460)
                data(d, length=length)
                room -= length
        elif what < 0.86:
            emit(d, end.next, FIN | ACK | (PSH if rng.random() < 0.2 else 0), rng.choice((0, 0, 0, 1, 300)))
            if rng.random() < 0.8:
                end.next = (end.next + 1) & M32
                if rng.random() < 0.8:
                    other.got = end.next
            end.closed = True
        elif what < 0.875:
            emit(d, rng.choice((end.next, end.next, other.got, rng.randrange(1 << 32))), rng.choice((RST, RST | ACK)), window=rng.choice((0, end.window)), ack=rng.choice((0, end.got)))
        elif what < 0.89:  # acknowledges what was never seen, or old things
            emit(d, end.next, ACK, ack=(end.got + rng.choice((1, 1000, 1460, -1, -1460, -1000))) & M32)
        elif what < 0.90:
            emit(d, (end.next + rng.choice((1, 5, 1460, 100000, -100000, 1 << 31))) & M32, ACK, rng.choice((0, 1, 100)))
        elif what < 0.91:
            emit(d, rng.choice((end.isn, end.isn, rng.randrange(1 << 32))), SYN, ack=0, syn_options=True)
        elif what < 0.915:
            emit(d, rng.choice((end.isn, end.isn, rng.randrange(1 << 32))), SYN | ACK, syn_options=True)
        elif what < 0.93:
            emit(d, end.next, ACK | URG | PSH, rng.choice((0, 1, 10)), urgent=rng.choice((0, 1, 5, 5000)))
        elif what < 0.935:
            emit(d, end.next, rng.choice((0, PSH, FIN, FIN | PSH | URG, SYN | FIN, SYN | RST, FIN | RST | ACK, ACK | ECE, ACK | CWR, ACK | AE, ACK | 0xE00)), rng.choice((0, 10)), urgent=rng.choice((0, 7)))
        elif what < 0.945:  # a new session on the same ports
            if rng.random() < 0.7:
                ends[0].__init__(rng), ends[1].__init__(rng)
            handshake()
        elif what < 0.96 and end.closed:
            emit(d, (end.next - 1) & M32, FIN | ACK)
        elif what < 0.98:  # the rest of what the other sent is acknowledged
            end.got = other.next
            emit(d, end.next, ACK)
        else:
            data(d, length=1)

    handshake()
    for _ in range(rng.randrange(3, 60)):
        step()
    return time


def transfer(rng, capture, index, start):
    """A sender and a receiver over a link with delay, loss, reordering and repetition, seen at a point on the way."""
    path = Path(rng, capture, index)
    one_way = rng.choice((0.0002, 0.002, 0.01, 0.05))
    near = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))  # where the capture is: at the sender, …, at the receiver
    loss_before, loss_after = rng.choice((0, 0.01, 0.05, 0.1)), rng.choice((0, 0.01, 0.05, 0.1))
    jitter, twice = rng.choice((0, 0, 0.1, 1.5)), rng.choice((0, 0, 0.02))
    missed = rng.choice((0, 0, 0, 0.02, 0.1))
    use_sack, use_timestamps = rng.random() < 0.7, rng.random() < 0.5
    shift, buffer = rng.choice((0, 2, 7)), rng.choice((4000, 20000, 65000, 200000))
    size, total = rng.choice((536, 1460, 1448)), rng.choice((5000, 50000, 200000))
    isn = [rng.randrange(1 << 32), rng.randrange(1 << 32)]
    if rng.random() < 0.2:
        isn[0] = M32 - rng.randrange(total)
    events, seen, order = [], [], 0
    state = {"una": 0, "next": 0, "cwnd": 2 * size, "dup": 0, "rto": None, "wnd": 60000, "limit": total, "recover": 0}
    got, have, held, reading = 0, [], 0, rng.choice((1e9, 200000, 20000))
    drained = 0.0

    def push(at, what, *arguments):
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, what, arguments))

    def cross(at, d, seq, ack, flags, window, options, length):
        """d 0 from the sender."""
        before = one_way * (near if d == 0 else 1 - near) * (1 + rng.random() * jitter)
        after = one_way * ((1 - near) if d == 0 else near) * (1 + rng.random() * jitter)
        for _ in range(2 if rng.random() < twice else 1):
            if rng.random() < loss_before and not flags & SYN:
                continue
            seen_at = at + before + rng.random() * 1e-6
            if rng.random() >= missed:
                seen.append((seen_at, len(seen), d, seq, ack, flags, window, options, length))
            if rng.random() < loss_after and not flags & SYN:
                continue
            push(seen_at + after, "segment" if d == 0 else "ack", seq, ack, flags, window, options, length)

    def options_of(at, blocks=()):
        options = timestamps(int(at * 1000), int((at - one_way) * 1000)) if use_timestamps else b""
        return options + (sack([(isn[0] + 1 + a, isn[0] + 1 + b) for a, b in blocks[:3]]) if blocks and use_sack else b"")

    def send(at, offset):
        length = min(size, total - offset)
        flags = ACK | (PSH if offset + length == total or rng.random() < 0.1 else 0)
        cross(at, 0, isn[0] + 1 + offset, isn[1] + 1, flags, 502, options_of(at), length)

    def pump(at):
        sent = 0
        while state["next"] < total and state["next"] - state["una"] + min(size, total - state["next"]) <= min(state["cwnd"], state["wnd"]):
            send(at + sent * 1e-5, state["next"])
            state["next"] += min(size, total - state["next"])
            sent += 1
        if state["una"] < state["next"] or state["wnd"] < size:
            state["rto"] = at + max(0.2, 4 * one_way)
            push(state["rto"], "timeout")

    syn = mss(1460) + (SACK_PERMITTED if use_sack else b"") + window_scale(shift)
    time0 = start / 1e9
    at = time0
    seen.append((at + one_way * near, -3, 0, isn[0], 0, SYN, 64240, syn, 0))
    at += 2 * one_way
    seen.append((at - one_way * near, -2, 1, isn[1], isn[0] + 1, SYN | ACK, min(65535, buffer), syn, 0))
    seen.append((at + one_way * near, -1, 0, isn[0] + 1, isn[1] + 1, ACK, 502, options_of(at), 0))
    state["wnd"] = min(65535, buffer)
    push(at + 0.0001, "start")
    steps = 0
    while events and steps < 3000:
        at, _, what, arguments = heapq.heappop(events)
        steps += 1
        if what == "start":
            pump(at)
        elif what == "timeout":
            if state["rto"] != at or state["una"] >= total:
                continue
            state["cwnd"], state["dup"] = size, 0
            if state["wnd"] == 0:
                cross(at, 0, isn[0] + state["una"] + (1 if rng.random() < 0.5 else 0), isn[1] + 1, ACK, 502, options_of(at), rng.choice((0, 1)))
            else:
                send(at, state["una"])
            state["rto"] = at + 0.4
            push(state["rto"], "timeout")
        elif what == "segment":
            seq, _, flags, _, _, length = arguments
            offset = (seq - isn[0] - 1) & M32
            if length == 0 or offset > 1 << 31:
                length = 0
            if length:
                have.append((offset, offset + length))
                have.sort()
                merged = []
                for a, b in have:
                    if merged and a <= merged[-1][1]:
                        merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
                    else:
                        merged.append((a, b))
                have[:] = merged
                if have and have[0][0] <= got:
                    got = max(got, have[0][1])
            drained = min(got, drained + reading * 0.0005) if reading < 1e8 else got
            window = max(0, buffer - (got - int(drained)))
            window = 0 if window < size else window
            cross(at, 1, isn[1] + 1, isn[0] + 1 + got, ACK, min(65535, window >> shift), options_of(at, [b for b in have if b[0] > got]), 0)
            if window == 0:
                push(at + 0.05 + rng.random() * 0.5, "read")
        elif what == "read":
            drained = got
            cross(at, 1, isn[1] + 1, isn[0] + 1 + got, ACK, min(65535, buffer >> shift), options_of(at), 0)
        elif what == "ack":
            _, ack, _, window, _, _ = arguments
            una = (ack - isn[0] - 1) & M32
            state["wnd"] = window << shift
            if una > 1 << 31:
                continue
            if una > state["una"]:
                state["una"], state["dup"] = una, 0
                state["cwnd"] += size
                state["next"] = max(state["next"], una)
            elif una == state["una"] and una < state["next"]:
                state["dup"] += 1
                if state["dup"] == 3:
                    state["cwnd"] = max(2 * size, state["cwnd"] // 2)
                    send(at, una)
            pump(at)
    seen.sort()
    last = seen[-1][0] if seen else time0
    for seen_at, _, d, seq, ack, flags, window, options, length in seen:
        path.send(int(seen_at * 1e9), d, seq, ack, flags, window, options, b"y" * length)
    if rng.random() < 0.8:
        seq, ack = isn[0] + 1 + total, isn[1] + 1
        now = int(last * 1e9) + 1000
        path.send(now, 0, seq, ack, FIN | ACK, 502)
        path.send(now + 100_000, 1, ack, seq + 1, FIN | ACK, 502)
        path.send(now + 200_000, 0, seq + 1, ack + 1, ACK, 502)
        last += 0.001
    return int(last * 1e9)


def http_messages(rng):
    """Requests and responses of one connection, in turn."""
    for number in range(rng.randrange(1, 6)):
        method = rng.choice(("GET", "GET", "GET", "POST", "HEAD"))
        head = f"{method} /page{number}.html HTTP/1.1\r\nHost: www.example.org\r\n"
        head += "".join(f"X-Header-{i}: {'v' * rng.randrange(200)}\r\n" for i in range(rng.choice((0, 1, 3, 12))))
        body = b""
        if method == "POST":
            body = b"a=b&" * rng.choice((0, 1, 50, 600))
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        yield 0, head.encode() + b"\r\n" + body
        code, reason = rng.choice(((200, "OK"), (200, "OK"), (200, "OK"), (404, "Not Found"), (304, "Not Modified"), (204, "No Content")))
        head = f"HTTP/1.1 {code} {reason}\r\nServer: test\r\n"
        body = b"" if code in (204, 304) else bytes(rng.randrange(32, 127) for _ in range(64)) * rng.choice((0, 1, 5, 50, 200))
        if code not in (204, 304):
            head += "Content-Type: " + rng.choice(("text/plain", "application/octet-stream", "image/x-unknown")) + "\r\n"
            if rng.random() < 0.3:
                head += "Transfer-Encoding: chunked\r\n"
                chunks, at = b"", 0
                while at < len(body):
                    step = rng.randrange(1, 3000)
                    part = body[at:at + step]
                    chunks += f"{len(part):x}\r\n".encode() + part + b"\r\n"
                    at += step
                body = chunks + b"0\r\n\r\n"
            else:
                head += f"Content-Length: {len(body)}\r\n"
        if method == "HEAD":
            body = b""
        yield 1, head.encode() + b"\r\n" + body


def http(rng, capture, index, start):
    path = Path(rng, capture, index, port=80)
    time, ends = start, (End(rng), End(rng))
    a, b = ends
    trouble = rng.choice((0, 0, 0.03, 0.1, 0.25))

    def emit(d, seq, flags, payload=b""):
        nonlocal time
        time += int(rng.expovariate(1 / 0.002) * 1e9) + 1
        path.send(time, d, seq, ends[d].got, flags, 60000, b"", payload)

    if rng.random() < 0.9:
        emit(0, a.isn, SYN)
        b.got = (a.isn + 1) & M32
        emit(1, b.isn, SYN | ACK)
        a.got = (b.isn + 1) & M32
        emit(0, a.isn + 1, ACK)
    a.next, b.next, a.got, b.got = (a.isn + 1) & M32, (b.isn + 1) & M32, (b.isn + 1) & M32, (a.isn + 1) & M32
    pending = []
    for d, message in http_messages(rng):
        end, other = ends[d], ends[1 - d]
        size, at, parts = rng.choice((1460, 1460, 1460, 536, 100, 40)), 0, []
        while at < len(message):
            length = min(len(message) - at, size if rng.random() < 0.9 else rng.randrange(1, size + 1))
            parts.append((end.next + at, message[at:at + length], PSH if at + length == len(message) else 0))
            at += length
        # What goes wrong with the segments of this message.
        out = []
        for i, part in enumerate(parts):
            luck = rng.random()
            if luck >= trouble:
                out.append(part)
            elif luck < trouble * 0.2:
                pass                                  # missing
            elif luck < trouble * 0.4:
                out += [part, part]                   # twice
            elif luck < trouble * 0.55:
                pending.append((len(out) + rng.randrange(1, 4), part))  # later
            elif luck < trouble * 0.7 and i + 1 < len(parts):
                out.append((part[0], part[1] + parts[i + 1][1][:rng.randrange(1, len(parts[i + 1][1]) + 1)], part[2]))  # overlaps the next
            elif luck < trouble * 0.8:
                back = min(rng.randrange(1, 50), part[0] - end.next if part[0] > end.next else 0)
                begin = part[0] - end.next
                out.append((part[0] - back, message[begin - back:begin] + part[1], part[2]))  # overlaps the one before
            elif luck < trouble * 0.9:
                out += [part, (part[0], part[1][:rng.randrange(1, len(part[1]) + 1)], 0)]
            else:
                out += [part, (end.next, message[:rng.randrange(1, min(len(message), 1460) + 1)], 0)]  # from the message's start
        for place, part in pending:
            out.insert(min(place, len(out)), part)
        pending.clear()
        for i, (seq, payload, push) in enumerate(out):
            fin = FIN if rng.random() < 0.01 else 0
            emit(d, seq, ACK | push | fin, payload)
            if rng.random() < 0.4:
                other.got = (seq + len(payload)) & M32
                emit(1 - d, other.next, ACK)
        end.next = (end.next + len(message)) & M32
        other.got = end.next
        if rng.random() < 0.02:
            emit(d, end.next, RST)
    if rng.random() < 0.7:
        emit(1, b.next, FIN | ACK)
        a.got = (b.next + 1) & M32
        emit(0, a.next, FIN | ACK)
        b.got = (a.next + 1) & M32
        emit(1, b.next + 1, ACK)
    return time


def random_option(rng):
    kind = rng.choice((0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 30, 30, 30, 34, 69, 76, 78, 172, 174, 253, 254, rng.randrange(256)))
    if kind in (0, 1):
        return bytes([kind])
    right = {2: 4, 3: 3, 4: 2, 5: 2 + 8 * rng.randrange(0, 4), 6: 6, 7: 6, 8: 10, 9: 2, 10: 3, 11: 6, 12: 6, 13: 6, 14: 3, 15: 3, 18: 3, 19: 18, 20: 4, 21: 6, 25: 4 + rng.randrange(8), 27: 8, 28: 4,
             29: rng.choice((4, 16, 20)), 34: rng.choice((2, 6, 10, 18)), 76: rng.choice((13, 15, 16, 18)), 78: 16, 172: rng.choice((2, 5, 8, 11)), 174: rng.choice((2, 5, 8, 11)),
             253: rng.choice((2, 4, 6, 8, 12)), 254: rng.choice((2, 4, 6, 10))}.get(kind, rng.randrange(2, 12))
    if kind == 30:
        subtype = rng.randrange(10)
        right = {0: rng.choice((4, 12, 20, 22, 24)), 1: rng.choice((12, 16, 24)), 2: rng.choice((4, 8, 12, 16, 18, 20, 22, 26, 28)), 3: rng.choice((8, 10, 16, 18, 20, 22, 28, 30)),
                 4: rng.choice((4, 5, 6)), 5: rng.choice((3, 4)), 6: 12, 7: 12, 8: 4, 9: rng.choice((4, 12))}[subtype]
    length = right if rng.random() < 0.85 else rng.randrange(0, 30)
    body = bytearray(rng.randbytes(max(0, right - 2)))
    if kind == 30 and body:
        body[0] = subtype << 4 | rng.choice((0, 1, body[0] & 15))
    if kind in (253, 254) and len(body) >= 2 and rng.random() < 0.7:
        body[:2] = rng.choice((b"\xf9\x89", b"\xac\xce", b"\xac\xc0", b"\xac\xc1", b"\x03\x48"))
    return bytes([kind, length]) + bytes(body)


def options(rng, capture, index, start):
    path, time = Path(rng, capture, index), start
    numbers = [rng.randrange(1 << 32), rng.randrange(1 << 32)]
    for i in range(rng.randrange(2, 8)):
        d = i % 2
        flags = SYN if i == 0 else SYN | ACK if i == 1 else rng.choice((ACK, ACK, ACK | PSH, FIN | ACK, RST))
        chosen = b"".join(random_option(rng) for _ in range(rng.randrange(0, 5)))[:40]
        time += rng.randrange(1, 10**7)
        length = rng.choice((0, 0, 5)) if not flags & SYN else 0
        path.send(time, d, numbers[d], numbers[1 - d] if flags & ACK else 0, flags, rng.randrange(1 << 16), chosen, b"z" * length)
        numbers[d] = (numbers[d] + length + (1 if flags & (SYN | FIN) else 0)) & M32
    return time


def quoted(rng, capture, index, start):
    path, time = Path(rng, capture, index), start
    numbers = [rng.randrange(1 << 32), rng.randrange(1 << 32)]
    for i in range(rng.randrange(3, 12)):
        d = i % 2
        flags = SYN if i == 0 else SYN | ACK if i == 1 else ACK
        length = rng.choice((0, 10, 500)) if i > 2 else 0
        segment = path.segment(d, numbers[d], numbers[1 - d] if flags & ACK else 0, flags, 1000, mss(1460) if flags & SYN else b"", b"q" * length)
        network = path.network(d, segment)
        time += rng.randrange(1, 10**7)
        path.frame(time, d, network)
        numbers[d] = (numbers[d] + length + (1 if flags & SYN else 0)) & M32
        if rng.random() < 0.5:
            keep = rng.choice((8, 20, len(segment), rng.randrange(1, len(segment) + 1)))
            quotation = network[: (40 if path.v6 else 20) + keep]
            message = (struct.pack("!BBHI", 1, 4, 0, 0) if path.v6 else struct.pack("!BBHI", rng.choice((3, 11)), rng.choice((0, 1)), 0, 0)) + quotation
            if path.v6:
                pseudo = path.addresses[1 - d] + path.addresses[d] + struct.pack("!II", len(message), 58)
                message = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
            else:
                message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
            time += rng.randrange(1, 10**7)
            path.frame(time, 1 - d, path.network(1 - d, message, 58 if path.v6 else 1))
    return time


KINDS = {"walk": walk, "transfer": transfer, "http": http, "options": options, "quoted": quoted}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--kind", choices=sorted(KINDS), default="walk")
    parser.add_argument("--snap", type=int, default=262144)
    chosen = parser.parse_args()
    rng, capture = random.Random(f"{chosen.kind} {chosen.seed}"), Capture(chosen.snap)
    time = 1_700_000_000 * 10**9
    for index in range(1, chosen.sessions + 1):
        time = KINDS[chosen.kind](rng, capture, index, time) + 1_000_000
    capture.write(chosen.output)


if __name__ == "__main__":
    main()
