#!/usr/bin/env python3
"""No place takes a size for a number: an extent is read by number(), which is nullopt for one.   extents.py SOURCE-FOLDER"""
import pathlib, re, sys

# A Linear's constant, read in one breath, is 0 for a symbol.
READS = re.compile(r"linear\([^;]*\)\.constant\b")

root = pathlib.Path(sys.argv[1])
found = []
for folder in ("core", "passes", "backends", "app"):
    for path in sorted((root / folder).rglob("*.cpp")):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if READS.search(text):
                found.append(f"{path.relative_to(root)}:{line} reads what may be a size as a number: {text.strip()}")
print("\n".join(found) if found else "no place reads a size as a number")
sys.exit(bool(found))
