#!/usr/bin/env python3
"""A target includes only headers of what it links, and no two folders know each other.   layers.py SOURCE-FOLDER LAYERS-FILE

The file has a line a target, "name|sources|links", which CMake writes. A header belongs to the target that has its source
(a.h to that of a.cpp), else to the targets of its folder. Links are followed.
"""
import collections, os, re, subprocess, sys

root, layers = sys.argv[1], sys.argv[2]
targets = {}
for line in open(layers):
    name, sources, links = line.rstrip("\n").split("|")
    targets[name] = (sources.split(), links.split())

by_source = collections.defaultdict(set)
by_folder = collections.defaultdict(set)
for name, (sources, _) in targets.items():
    for source in sources:
        by_source[os.path.splitext(source)[0]].add(name)
        by_folder[os.path.dirname(source)].add(name)
folders = {"core", "passes", "backends", "app"}


def includes(path):
    try:
        text = open(os.path.join(root, path), encoding="utf-8").read()
    except FileNotFoundError:
        return []
    found = re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M)
    return [i for i in found if i.split("/")[0] in folders and os.path.exists(os.path.join(root, i))]


def owners(header):
    return by_source.get(os.path.splitext(header)[0]) or by_folder.get(os.path.dirname(header)) or set()


def closure(name, seen):
    if name in seen:
        return seen
    seen.add(name)
    for link in targets.get(name, ([], []))[1]:
        closure(link, seen)
    return seen


faults = []
for name, (sources, _) in targets.items():
    sees = closure(name, set())
    files = set(sources)
    for source in sources:
        header = os.path.splitext(source)[0] + ".h"
        if os.path.exists(os.path.join(root, header)):
            files.add(header)
    for path in sorted(files):
        for header in includes(path):
            owned = owners(header)
            if owned and not owned & sees:
                faults.append(f"{path} of {name} includes {header}, which belongs to {' or '.join(sorted(owned))}: not linked")

arrows = collections.defaultdict(lambda: collections.defaultdict(list))
listed = subprocess.run(["find", *sorted(folders), "-name", "*.cpp", "-o", "-name", "*.h"], cwd=root, capture_output=True, text=True)
for path in listed.stdout.split():
    room = "/".join(path.split("/")[:2])
    for header in includes(path):
        other = "/".join(header.split("/")[:2])
        if other != room and header.count("/") > 1:
            arrows[room][other].append(f"{path} -> {header}")


def circle(start):
    stack, seen = [(start, [start])], set()
    while stack:
        room, path = stack.pop()
        for other in arrows[room]:
            if other == start:
                return path + [start]
            if other not in seen:
                seen.add(other)
                stack.append((other, path + [other]))
    return None


told = set()
for room in sorted(arrows):
    found = circle(room)
    if found and not told & set(found):
        told |= set(found)
        faults.append("circle of folders: " + " -> ".join(found))
        faults += [f"    {arrows[a][b][0]}" for a, b in zip(found, found[1:])]

print("\n".join(faults) if faults else f"{len(targets)} targets see only what they link; no circle of folders")
sys.exit(bool(faults))
