#!/usr/bin/env python3
"""Each device is named in its own folders alone, so that a build without it lacks nothing.   devices.py SOURCE-FOLDER

A device is a folder of backends with a device.cpp. Its name may stand there, in its tests, in samples and lessons, and where
a person chooses it: the list in CMakeLists.txt, the packages of scripts/packages.txt, the README.
"""
import pathlib, sys

root = pathlib.Path(sys.argv[1])
devices = sorted(path.parent.name for path in (root / "backends").glob("*/device.cpp") if path.parent.name != "device")
texts = {"CMakeLists.txt", "scripts/packages.txt", "README.md"}
faults = [] if devices else ["there is no device, so nothing is tested"]
for folder in ("app", "backends", "core", "passes", "resources", "scripts", "tests"):
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or path.suffix in (".png", ".pb", ".onnx", ".pyc") or name in texts:
            continue
        text = path.read_bytes().decode("utf-8", "replace").lower()
        for device in devices:
            own = name.startswith((f"backends/{device}/", f"tests/backends/{device}/", "resources/lessons/"))
            if not own and (device in text or device in name.lower()):
                faults.append(f"{name} names the device {device}")
print("\n".join(faults) if faults else f"devices are named in their own folders alone: {', '.join(devices)}")
sys.exit(bool(faults))
