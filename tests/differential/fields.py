#!/usr/bin/env python3
"""Cell by cell: `-T fields` of wiretail against tshark 4.0, on the same captures, for every field that both know.

    tests/differential/fields.py [--wiretail BIN] [--all] [--seed N] [--field PREFIX] [--show N] [--minimum PERCENT] [CAPTURE …]

Without captures: those of tests/captures, and a seeded part (--all: everything) of ../shared/corpus where it is there.
tshark's answers are kept below the build folder beside the capture's hash. Prints a table (field, cells, equal) of what
differs, and the totals. Known differences are explained in KNOWN.md; they count all the same.
frame.protocols, data and expert fields count on packets all of whose protocols are ours. Captures that hold keys are compared
without them (--secrets: with them).
"""
import argparse
import collections
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from known_fields import ROOT, corpus, names, output, own_captures, without_secrets  # noqa: E402


def rows(command, fields, separator="\x02"):
    arguments = []
    for field in fields:
        arguments += ["-e", field]
    text = output(command + ["-T", "fields", "-E", "separator=" + separator, "-E", "aggregator=\x03", *arguments]).decode("utf-8", "replace")
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return [line.split(separator) for line in lines]


def cached(cache, capture, fields):
    """tshark's cells of the fields, a list for each packet. Every column is asked for once a capture, however the list of fields changes."""
    path = os.path.join(cache, hashlib.sha256(open(capture, "rb").read()).hexdigest()[:16] + "-cells.json")
    kept = {"packets": 0, "columns": {}}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
    columns = kept["columns"]
    lacking = [f for f in dict.fromkeys(fields) if f not in columns]
    if lacking:
        found = rows(["tshark", "-n", "-r", capture], lacking)
        kept["packets"] = len(found)
        for index, field in enumerate(lacking):
            columns[field] = {n: row[index] for n, row in enumerate(found) if index < len(row) and row[index]}
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(f"{path}.{os.getpid()}", path)
    table = [[""] * len(fields) for _ in range(kept["packets"])]
    for index, field in enumerate(fields):
        for n, cell in columns[field].items():
            table[int(n)][index] = cell
    return table


def lacking_below(stack, protocols):
    """A protocol that we lack has one of ours (more than plain data) above it."""
    lacking = False
    for protocol in stack.split(":"):
        if lacking and protocol in protocols and protocol != "data":
            return True
        lacking |= protocol not in protocols
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretail", default=os.path.join(ROOT, "build", "dev", "wiretail"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, default=60, help="captures of the corpus in a seeded part")
    parser.add_argument("--field", default="", help="only fields that begin so")
    parser.add_argument("--show", type=int, default=0, help="differing cells to print for each field")
    parser.add_argument("--minimum", type=float, default=0.0, help="fail below this percentage of equal cells")
    parser.add_argument("--protocols", action="store_true", help="the protocols themselves instead of their fields: the text of their layers")
    parser.add_argument("--carried", action="store_true", help="leave out packets in which a protocol that we lack carries one that we have")
    parser.add_argument("--secrets", action="store_true", help="compare what the keys in a capture decrypt, too")
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()

    captures = options.captures or own_captures() + corpus(options.all, options.part, options.seed)

    theirs = set(names("tshark"))
    ours = [n for n in names(options.wiretail) if n in theirs and n.startswith(options.field)]
    protocols = set(names(options.wiretail, "P"))
    if options.protocols:
        known_there = set(names("tshark", "P"))
        ours = [n for n in names(options.wiretail, "P") if n in known_there and n.startswith(options.field) and not n.startswith("_ws.") and ".options." not in n]
    protocols.update(["ethertype", "_ws.malformed", "_ws.short"])
    cache = os.path.join(ROOT, "build", "differential")
    os.makedirs(cache, exist_ok=True)

    cells, equal = collections.Counter(), collections.Counter()
    shown = collections.Counter()
    packets = 0
    stripped = 0
    for given in captures:
        capture = given if options.secrets else without_secrets(given, cache)
        stripped += capture != given
        left = cached(cache, capture, ["frame.protocols", *ours])
        right = rows([options.wiretail, "-n", "-q", "-r", capture], ours)
        packets += len(left)
        if len(left) != len(right):
            print(f"{given}: tshark has {len(left)} packets, wiretail {len(right)}")
        for number, ((stack, *a), b) in enumerate(zip(left, right), 1):
            whole = set(stack.split(":")) <= protocols
            if options.carried and lacking_below(stack, protocols):
                continue
            for field, x, y in zip(ours, a, b):
                if not x and not y:
                    continue
                if not whole and (field in ("frame.protocols", "data") or field.startswith(("data.", "_ws."))):
                    continue
                cells[field] += 1
                if x == y:
                    equal[field] += 1
                elif shown[field] < options.show:
                    shown[field] += 1
                    print(f"  {os.path.basename(given)}:{number} {field}: tshark {x[:120]!r} wiretail {y[:120]!r}")
    total, same = sum(cells.values()), sum(equal.values())
    print(f"{'field':48} {'cells':>9} {'equal':>9}")
    for field in sorted(cells, key=lambda f: cells[f] - equal[f], reverse=True):
        if cells[field] != equal[field]:
            print(f"{field:48} {cells[field]:9} {equal[field]:9}")
    if stripped:
        print(f"{stripped} captures without the keys that they hold")
    exact = sum(1 for f in cells if cells[f] == equal[f])
    percentage = 100.0 * same / total if total else 100.0
    print(f"{len(captures)} captures, {packets} packets, {len(cells)} fields met of {len(ours)} in common, {exact} exact everywhere")
    print(f"{same} of {total} cells equal: {percentage:.3f} %")
    return 0 if percentage >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
