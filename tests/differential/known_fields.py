"""What a program knows (`-G fields`) and says (its output), and which captures a comparison runs over: for fields.py and the
scripts beside it."""
import gzip
import hashlib
import os
import random
import re
import struct
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def output(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, check=False).stdout


def names(program, kind="F"):
    """The fields (kind F) or protocols (P) that a program lists, in its order."""
    found = []
    for line in output([program, "-G", "fields"]).decode("utf-8", "replace").splitlines():
        cells = line.split("\t")
        # A single option of a header is a field that is listed among the protocols.
        if cells[0] == kind or (kind == "F" and ".options." in cells[2]):
            found.append(cells[2])
    return list(dict.fromkeys(found))


def own_captures():
    own = os.path.join(ROOT, "tests", "captures")
    return sorted(os.path.join(own, f) for f in os.listdir(own) if re.search(r"\.pcap(ng)?$", f))


def corpus(everything, part, seed, below=float("inf")):
    """All captures of ../shared/corpus that are smaller than `below` bytes, or a seeded part of them; none where it is not there."""
    if not os.path.isdir(CORPUS):
        print(f"skipped: no corpus at {CORPUS}")
        return []
    found = sorted(os.path.join(d, f) for d, _, files in os.walk(CORPUS) for f in files if not f.endswith(".md"))
    found = [f for f in found if os.path.getsize(f) < below]
    return found if everything else random.Random(seed).sample(found, min(part, len(found)))


def without_secrets(capture, folder):
    """The capture, or where it holds keys (decryption secrets of pcapng) a copy without them below `folder`: tshark would show
    what they decrypt, which is no question of the fields that both programs know."""
    with open(capture, "rb") as file:
        data = file.read()
    digest = hashlib.sha256(data).hexdigest()[:16]
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] != b"\n\r\r\n" or len(data) < 12:
        return capture
    order, at, kept = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">", 0, []
    secrets = False
    while at + 8 <= len(data):
        kind, length = struct.unpack(order + "II", data[at:at + 8])
        if length < 12 or at + length > len(data):
            kept.append(data[at:])
            break
        if kind == 10:
            secrets = True
        else:
            kept.append(data[at:at + length])
        at += length
    if not secrets:
        return capture
    path = os.path.join(folder, digest + "-without-secrets.pcapng")
    with open(path + f".{os.getpid()}", "wb") as file:
        file.write(b"".join(kept))
    os.replace(path + f".{os.getpid()}", path)  # several may ask at a time
    return path
