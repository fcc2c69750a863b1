#!/usr/bin/env python3
"""Runs an exported model from ctypes alone: run_export.py FOLDER INPUT... prints every output's elements (float32)."""
import ctypes as c
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1]).resolve()
manifest = json.loads((folder / "manifest.json").read_text())
prefix = manifest["prefix"]
library = c.CDLL(str(folder / f"lib{prefix}.so"))


class Device(c.Structure):
    _fields_ = [("type", c.c_int32), ("id", c.c_int32)]


class DataType(c.Structure):
    _fields_ = [("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16)]


class Tensor(c.Structure):
    _fields_ = [("data", c.c_void_p), ("device", Device), ("ndim", c.c_int32), ("dtype", DataType),
                ("shape", c.POINTER(c.c_int64)), ("strides", c.POINTER(c.c_int64)), ("byte_offset", c.c_uint64)]


def tensor(info, data):
    shape = (c.c_int64 * len(info["shape"]))(*info["shape"])
    return Tensor(c.cast(data, c.c_void_p), Device(1, 0), len(info["shape"]), DataType(2, 32, 1), shape, None, 0)


def pointers(tensors):
    return (c.POINTER(Tensor) * len(tensors))(*[c.pointer(t) for t in tensors])


message = library[f"{prefix}_message"]
message.restype, message.argtypes = c.c_char_p, [c.c_void_p]
inputs, outputs, keep = [], [], []
for info, path in zip(manifest["inputs"], sys.argv[2:]):
    keep.append(c.create_string_buffer(Path(path).read_bytes(), info["bytes"]))
    inputs.append(tensor(info, keep[-1]))
for info in manifest["outputs"]:
    keep.append(c.create_string_buffer(info["bytes"]))
    outputs.append(tensor(info, keep[-1]))

instance = c.c_void_p()
if code := library[f"{prefix}_create"](None, c.byref(instance)):
    sys.exit(f"create: {code}")
if library[f"{prefix}_run"](instance, pointers(inputs), pointers(outputs)):
    sys.exit(message(instance).decode())
for info, memory in zip(manifest["outputs"], keep[len(inputs):]):
    values = c.cast(memory, c.POINTER(c.c_float))
    print(info["name"] + ":", *("%.9g" % values[i] for i in range(info["bytes"] // 4)))
library[f"{prefix}_destroy"](instance)
