#!/usr/bin/env python3
"""Line by line: the details of `-V` of wiretail against tshark 4.0, packet by packet.

    tests/differential/details.py [--wiretail BIN] [--all | --part N --seed N] [--minimum PERCENT] [--protocol NAME …] [--only NAME …] [--top N] [--show N] [CAPTURE …]

The share is of tshark's lines (their indentation stripped) that stand in our -V of the same packet, in the same order.
--indent compares the indentation too. A packet counts if all of its protocols are ours. Without captures: those of
tests/captures, and a seeded part (--all: everything) of ../shared/corpus where it is there. tshark's answers are kept
below the build folder beside the capture's hash. What differs is printed by protocol and, with numbers made alike, by line.
"""
import argparse
import collections
import hashlib
import lzma
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from known_fields import ROOT, corpus, names, output  # noqa: E402

FRAME = re.compile(r"^Frame \d+: ", re.M)
HEX = re.compile(r"[0-9a-f]{4,}  |\[")
LARGEST = 4 << 20  # a capture's answer is some forty times as large


def cached(cache, capture):
    digest = hashlib.sha256(open(capture, "rb").read()).hexdigest()[:16]
    path = os.path.join(cache, digest + "-details.xz")
    if os.path.exists(path):
        return lzma.open(path).read()
    found = output(["tshark", "-n", "-r", capture, "-V"])
    with lzma.open(path + ".new", "w", preset=1) as kept:
        kept.write(found)
    os.replace(path + ".new", path)
    return found


def packets(text):
    text = text.decode("utf-8", "replace")
    starts = [match.start() for match in FRAME.finditer(text)]
    return [text[a:b].rstrip("\n").split("\n") for a, b in zip(starts, starts[1:] + [len(text)])]


def common(a, b):
    """Indexes of the lines of a that a longest common subsequence with b has."""
    first = 0
    while first < len(a) and first < len(b) and a[first] == b[first]:
        first += 1
    last = 0
    while last < len(a) - first and last < len(b) - first and a[-1 - last] == b[-1 - last]:
        last += 1
    found = set(range(first)) | set(range(len(a) - last, len(a)))
    x, y = a[first:len(a) - last], b[first:len(b) - last]
    if not x or not y:
        return found
    if len(x) * len(y) > 4_000_000:  # very long texts: those that are in both at all
        there = collections.Counter(y)
        for index, line in enumerate(x):
            if there[line] > 0:
                there[line] -= 1
                found.add(first + index)
        return found
    longest = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i in range(len(x) - 1, -1, -1):
        row, below = longest[i], longest[i + 1]
        for j in range(len(y) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if x[i] == y[j] else max(below[j], row[j + 1])
    i = j = 0
    while i < len(x) and j < len(y):
        if x[i] == y[j]:
            found.add(first + i)
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretail", default=os.path.join(ROOT, "build", "dev", "wiretail"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, default=60, help="captures of the corpus in a seeded part")
    parser.add_argument("--minimum", type=float, default=0.0, help="fail below this percentage of lines")
    parser.add_argument("--protocol", nargs="*", default=[], help="only packets that have one of these")
    parser.add_argument("--only", nargs="*", default=[], help="only packets whose protocols are all among these")
    parser.add_argument("--indent", action="store_true", help="compare the lines with their indentation")
    parser.add_argument("--top", type=int, default=20, help="kinds of missing lines to print")
    parser.add_argument("--show", type=int, default=0, help="packets that differ to print for each capture")
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()

    captures = options.captures or corpus(options.all, options.part, options.seed, below=LARGEST)
    if not captures:
        return 0
    protocols = {*names(options.wiretail, "P"), "ethertype"}
    cache = os.path.join(ROOT, "build", "differential")
    os.makedirs(cache, exist_ok=True)

    lines, equal, missing, extra, where = (collections.Counter(), collections.Counter(), collections.Counter(), collections.Counter(), {})
    compared = same = 0
    for capture in captures:
        left, right = packets(cached(cache, capture)), packets(output([options.wiretail, "-n", "-q", "-r", capture, "-V"]))
        shown = 0
        if len(left) != len(right):
            print(f"{capture}: tshark has {len(left)} packets, wiretail {len(right)}")
        for number, (a, b) in enumerate(zip(left, right), 1):
            stack = next((line.strip()[21:-1].split(":") for line in a if line.startswith("    [Protocols in frame: ")), [])
            if not stack or not set(stack) <= (set(options.only) or protocols) or (options.protocol and not set(stack) & set(options.protocol)):
                continue
            x = a if options.indent else [line.strip() for line in a]
            y = b if options.indent else [line.strip() for line in b]
            compared += 1
            if x == y:
                same += 1
            found = common(x, y)
            there = common(y, x) if x != y else found
            layer = ""
            for index, line in enumerate(a):
                if line[:1] not in (" ", "") and not HEX.match(line):
                    layer = re.split(r"[,:(]| \d", line)[0].strip()
                lines[layer] += 1
                if index in found:
                    equal[layer] += 1
                    continue
                kind = layer, re.sub(r"[0-9a-f]{2}(:[0-9a-f]{2})+|[0-9a-f]{8,}|\d+", "#", line.strip())
                missing[kind] += 1
                where.setdefault(kind, f"{os.path.basename(capture)}:{number}  {line.strip()[:150]}")
            layer = ""
            for index, line in enumerate(b):
                if line[:1] not in (" ", "") and not HEX.match(line):
                    layer = re.split(r"[,:(]| \d", line)[0].strip()
                if y != x and index not in there:
                    kind = layer, re.sub(r"[0-9a-f]{2}(:[0-9a-f]{2})+|[0-9a-f]{8,}|\d+", "#", line.strip())
                    extra[kind] += 1
                    where.setdefault(("+",) + kind, f"{os.path.basename(capture)}:{number}  {line.strip()[:150]}")
            if x != y and shown < options.show:
                shown += 1
                print(f"--- {capture}:{number}")
                print("\n".join(f"< {line}" for index, line in enumerate(a) if index not in found))
                print("\n".join(f"> {line}" for index, line in enumerate(b) if index not in there))
    print(f"{'layer':60} {'lines':>9} {'equal':>9} {'share':>9}")
    for layer, total in lines.most_common(30):
        print(f"{layer[:60]:60} {total:9} {equal[layer]:9} {100.0 * equal[layer] / total:8.2f}%")
    for title, table, mark in (("missing", missing, ()), ("ours alone", extra, ("+",))):
        for kind, count in table.most_common(options.top):
            print(f"{title} {count:7} {kind[0][:30]:30} {where[mark + kind]}")
    total, got = sum(lines.values()), sum(equal.values())
    share = 100.0 * got / total if total else 100.0
    print(f"{len(captures)} captures, {compared} packets, {same} of them equal; lines that only we have: {sum(extra.values())}")
    print(f"{got} of {total} lines: {share:.3f} %")
    return 0 if share >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
