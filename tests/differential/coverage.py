#!/usr/bin/env python3
"""How much of what tshark shows we know: of all (packet, field) occurrences that `tshark -T pdml` reports for the protocols
of the link, network and transport layers, the share whose field wiretail has.

    tests/differential/coverage.py [--wiretail BIN] [--protocol NAME …] [--top N] [--minimum PERCENT] [--all | --part N --seed N] [CAPTURE …]

A field counts for the protocol that its name begins with; expert notes for the protocol that they stand in. What occurs
twice in one packet counts once. Without captures: a seeded part (--all: everything) of ../shared/corpus. tshark's counts are
kept below the build folder beside the capture's hash. Fields of KNOWN.md's section "Exempt fields" are left out.
"""
import argparse
import collections
import hashlib
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from known_fields import ENVIRONMENT, ROOT, corpus, names  # noqa: E402

PROTOCOLS = """frame eth vlan ieee8021ad llc snap arp sll null loop raw ppp pppoe pppoes pppoed mpls pwethheuristic pwethcw pwmcw nflog
ip ipv6 icmp icmpv6 igmp ah esp gre vxlan geneve sctp udp tcp data _ws.malformed _ws.short _ws.expert""".split()
LINE = re.compile(rb'\s*<(/?)(packet|proto|field)(?: name="([^"]*)")?')


def count(capture):
    """{protocol: {field: packets}} of one capture. Every protocol is counted, so that the list above may change."""
    found = collections.defaultdict(collections.Counter)
    run = subprocess.Popen(["tshark", "-n", "-r", capture, "-T", "pdml"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    seen, protocol = set(), ""
    for line in run.stdout:
        match = LINE.match(line)
        if not match:
            continue
        closing, kind, name = match.groups()
        if kind == b"packet":
            if closing:
                for owner, field in seen:
                    found[owner][field] += 1
            seen = set()
        elif not closing and name:
            name = name.decode("utf-8", "replace")
            if kind == b"proto":
                protocol = name
                if name not in ("geninfo", "fake-field-wrapper"):
                    seen.add((name, name))
            elif protocol != "geninfo":
                owner = name.split(".")[0]
                seen.add((protocol if owner == "_ws" else owner, name))
    run.wait()
    return found


def counted(cache, capture):
    path = os.path.join(cache, hashlib.sha256(open(capture, "rb").read()).hexdigest()[:16] + "-pdml.json")
    if os.path.exists(path):
        return json.load(open(path, encoding="utf-8"))
    found = count(capture)
    with open(path + ".new", "w", encoding="utf-8") as kept:
        json.dump(found, kept)
    os.replace(path + ".new", path)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretail", default=os.path.join(ROOT, "build", "dev", "wiretail"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, default=60, help="captures of the corpus in a seeded part")
    parser.add_argument("--protocol", nargs="+", action="extend", help="only these; may be repeated")
    parser.add_argument("--top", type=int, default=40, help="missing fields to print")
    parser.add_argument("--minimum", type=float, default=0.0, help="fail below this percentage")
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()
    wanted = set(options.protocol or PROTOCOLS)

    captures = options.captures or corpus(options.all, options.part, options.seed)
    if not captures:
        return 0
    cache = os.path.join(ROOT, "build", "differential")
    os.makedirs(cache, exist_ok=True)
    ours = {*names(options.wiretail), *names(options.wiretail, "P")}
    known = open(os.path.join(ROOT, "tests", "differential", "KNOWN.md"), encoding="utf-8").read()
    exempt = set(re.findall(r"^- `([^`]+)`", known.partition("## Exempt fields")[2].partition("\n## ")[0], re.M))

    totals, missing, where = collections.Counter(), collections.Counter(), {}
    for capture in captures:
        for protocol, fields in counted(cache, capture).items():
            if protocol not in wanted:
                continue
            for field, packets in fields.items():
                if field in exempt:
                    continue
                totals[protocol] += packets
                if field not in ours:
                    missing[protocol, field] += packets
                    where.setdefault((protocol, field), os.path.basename(capture))
    lacking = collections.Counter()
    for (protocol, _), packets in missing.items():
        lacking[protocol] += packets
    print(f"{'protocol':20} {'occurrences':>12} {'missing':>9} {'share':>9}")
    for protocol, total in totals.most_common():
        print(f"{protocol:20} {total:12} {lacking[protocol]:9} {100 - 100 * lacking[protocol] / total:8.2f}%")
    if missing:
        print(f"\n{'missing field':56} {'in':14} {'packets':>9}  for example in")
        for (protocol, field), packets in missing.most_common(options.top):
            print(f"{field:56} {protocol:14} {packets:9}  {where[protocol, field]}")
    total = sum(totals.values())
    share = 100 - 100 * sum(missing.values()) / total if total else 100.0
    print(f"\n{len(captures)} captures, {total} (packet, field) occurrences, {len(missing)} fields missing; known: {share:.3f} %")
    return 0 if share >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
