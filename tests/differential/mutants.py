#!/usr/bin/env python3
"""Damaged captures: every capture of ../shared/corpus with random bytes of its packets flipped, or with its packets cut short,
must be read to its end without a fault (use the asan build to see more than crashes), and quickly.

    tests/differential/mutants.py [--wiretail BIN] [--all | --part N --seed N] [--variants N]

Works on packets of at most 256 KiB; pcapng and compressed files are made pcap by editcap, and passed over where that cannot be done
(several link types). Prints how many runs there were; a failing one is
kept below build/mutants and named.
"""
import argparse
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from known_fields import ROOT, corpus  # noqa: E402


def records(data):
    """(byte order, header, [(seconds, fraction, original length, bytes)]) of a pcap file; None for what is no such file."""
    if len(data) < 24:
        return None
    for order in "<>":
        if struct.unpack(order + "I", data[:4])[0] in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        return None
    found, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, captured, original = struct.unpack(order + "IIII", data[at:at + 16])
        if captured > 262144 or at + 16 + captured > len(data):
            break
        found.append((seconds, fraction, original, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return order, data[:24], found[:400]


def as_pcap(capture):
    """The bytes of the capture as a pcap file."""
    data = open(capture, "rb").read()
    if records(data):
        return data
    with tempfile.NamedTemporaryFile(suffix=".pcap") as made:
        subprocess.run(["editcap", "-F", "pcap", capture, made.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return open(made.name, "rb").read()


def damaged(order, header, packets, chance):
    out = [header]
    for seconds, fraction, original, data in packets:
        changed = bytearray(data)
        if changed and chance.random() < 0.8:
            for _ in range(chance.randint(1, max(1, min(12, len(changed) // 8)))):
                changed[chance.randrange(len(changed))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        if changed and chance.random() < 0.4:
            changed = changed[:chance.randrange(len(changed))]
            if chance.random() < 0.5:
                original = len(changed)
        out.append(struct.pack(order + "IIII", seconds, fraction, len(changed), original) + changed)
    return b"".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretail", default=os.path.join(ROOT, "build", "dev", "wiretail"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--part", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variants", type=int, default=20)
    options = parser.parse_args()
    captures = corpus(options.all, options.part, options.seed)
    kept = os.path.join(ROOT, "build", "mutants")
    os.makedirs(kept, exist_ok=True)
    runs = variants = failures = 0
    for capture in captures:
        parsed = records(as_pcap(capture))
        if not parsed or not parsed[2]:
            continue
        chance = random.Random(f"{options.seed} {os.path.basename(capture)}")
        # Everything at once: all fields of all layers, the columns, expert notes and connection events. The variants that one
        # command is given lie behind each other in one file: a start costs more than reading them.
        commands = (["-V"], ["-T", "text"], ["--out", "-", "--emit", "packet,conn,http,dns"])
        order, header, packets = parsed
        damages = [damaged(order, header, packets, chance)[len(header):] for _ in range(options.variants)]
        for number, arguments in enumerate(commands):
            mine = damages[number::len(commands)]
            if not mine:
                continue
            path = os.path.join(kept, f"{os.path.basename(capture)}-{number}.pcap")
            with open(path, "wb") as file:
                file.write(header + b"".join(mine))
            variants += len(mine)
            command = [options.wiretail, "-n", "-q", "-r", path, *arguments]
            runs += 1
            try:
                run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, check=False)
                bad = run.returncode not in (0, 1) or b"ERROR: " in run.stderr or b"runtime error" in run.stderr
                text = run.stderr.decode("utf-8", "replace")[-600:]
            except subprocess.TimeoutExpired:
                bad, text = True, "not done within 120 s"
            if bad:
                failures += 1
                print(f"{path}: {' '.join(command[4:])}: {text}")
            else:
                os.remove(path)
    print(f"{variants} damaged captures in {runs} runs, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
