#!/usr/bin/env python3
"""The packet list's Protocol and Info columns of wiretail against tshark 4.0, on packets whose topmost protocol is one of the
link, network and transport layers' (data above them does not count) and all of whose protocols are ours.

    tests/differential/columns.py [--wiretail BIN] [--all | --part N --seed N] [--show N] [--minimum PERCENT] [CAPTURE …]

Without captures: a seeded part (--all: everything) of ../shared/corpus. tshark's answers are kept as fields.py keeps them.
"""
import argparse
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fields import cached, rows  # noqa: E402
from known_fields import ROOT, corpus, names, without_secrets  # noqa: E402

TOPMOST = set("""frame eth vlan ieee8021ad llc snap arp sll null raw ppp pppoes pppoed mpls nflog loop ip ipv6 ipv6.hopopts ipv6.dstopts
ipv6.routing ipv6.fraghdr icmp icmpv6 igmp ah esp gre vxlan geneve sctp udp tcp""".split())
FIELDS = ["frame.protocols", "_ws.col.Protocol", "_ws.col.Info"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretail", default=os.path.join(ROOT, "build", "dev", "wiretail"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--part", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="differing packets to print for each topmost protocol")
    parser.add_argument("--minimum", type=float, default=0.0)
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()
    captures = options.captures or corpus(options.all, options.part, options.seed)
    ours = {*names(options.wiretail, "P"), "ethertype"}
    cache = os.path.join(ROOT, "build", "differential")
    os.makedirs(cache, exist_ok=True)
    packets, equal, shown = collections.Counter(), collections.Counter(), collections.Counter()
    for given in captures:
        capture = without_secrets(given, cache)
        left = cached(cache, capture, FIELDS)
        right = rows([options.wiretail, "-n", "-q", "-r", capture], FIELDS)
        for number, (a, b) in enumerate(zip(left, right), 1):
            stack = [p for p in a[0].split(":") if p] if a else []
            if not stack or not set(stack) <= ours:
                continue
            top = next((p for p in reversed(stack) if p not in ("data", "ethertype")), "data")
            if top not in TOPMOST:
                continue
            packets[top] += 1
            if a[1:] == b[1:]:
                equal[top] += 1
            elif shown[top] < options.show:
                shown[top] += 1
                print(f"  {os.path.basename(given)}:{number}: tshark {' | '.join(a[1:])[:150]!r} wiretail {' | '.join(b[1:])[:150]!r}")
    print(f"{'topmost protocol':20} {'packets':>9} {'equal':>9}")
    for top in sorted(packets):
        print(f"{top:20} {packets[top]:9} {equal[top]:9}")
    total, same = sum(packets.values()), sum(equal.values())
    percentage = 100.0 * same / total if total else 100.0
    print(f"{same} of {total} packets have equal Protocol and Info: {percentage:.2f} %")
    return 0 if percentage >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
