#!/usr/bin/env python3
"""Each condition in the sources is a line of tests/mutants/conditions.txt, and each line a condition.   conditions.py SOURCE-FOLDER"""
import pathlib, re, sys

root = pathlib.Path(sys.argv[1])
found = {}
for folder in ("core", "passes", "backends"):
    for path in sorted((root / folder).rglob("*.cpp")):
        for identity in re.findall(r'STRATA_(?:CONDITION|REQUIRE)\(\s*"([^"]+)"', path.read_text(encoding="utf-8")):
            found.setdefault(identity, set()).add(str(path.relative_to(root)))
listed, faults = {}, []
for number, line in enumerate((root / "tests/mutants/conditions.txt").read_text(encoding="utf-8").splitlines(), 1):
    if line.strip() and not line.startswith("#"):
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 4:
            faults.append(f"conditions.txt:{number}: a line is ID | FILE | what it guards | the test that catches it")
            continue
        listed[parts[0]] = parts[1]
for identity, files in found.items():
    if len(files) > 1:
        faults.append(f"{identity} names conditions of {', '.join(sorted(files))}")
    if listed.get(identity) not in files:
        faults.append(f"{sorted(files)[0]}: the condition {identity} is not in conditions.txt with its file")
faults += [f"conditions.txt: {identity} is no condition of the sources" for identity in listed if identity not in found]
print("\n".join(faults) if faults else f"{len(found)} conditions, each with the test that misses it")
sys.exit(bool(faults))
