#!/usr/bin/env python3
"""Each file of analysis, verifier, steps, rules and emitters begins with its idea: a comment before anything else.   ideas.py SOURCE-FOLDER"""
import pathlib, sys

FOLDERS = ["core/analysis", "core/index", "core/verify", "passes", "backends/llvm/codegen"]


root = pathlib.Path(sys.argv[1])
FOLDERS += sorted(str(path.parent.relative_to(root)) for path in (root / "backends").glob("*/device.cpp"))  # of devices
files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.cpp"))]
without = [str(path.relative_to(root)) for path in files if not path.read_text(encoding="utf-8").startswith("//")]
print("\n".join(f"{path} does not begin with its idea" for path in without) if without
      else f"{len(files)} files begin with their idea")
sys.exit(bool(without))
