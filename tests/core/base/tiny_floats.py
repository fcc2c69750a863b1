#!/usr/bin/env python3
"""Writes tiny_floats.txt: what each code of each float of a byte or less stands for, as ml_dtypes has it.

    pip install ml_dtypes && tests/core/base/tiny_floats.py > tests/core/base/tiny_floats.txt

Then, behind "from", what ml_dtypes makes of numbers that need care: f32's bits and the code.
"""
import ml_dtypes
import numpy as np

KINDS = {"f4e2m1": "float4_e2m1fn", "f8e4m3fn": "float8_e4m3fn", "f8e4m3fnuz": "float8_e4m3fnuz",
         "f8e5m2": "float8_e5m2", "f8e5m2fnuz": "float8_e5m2fnuz", "f8e8m0": "float8_e8m0fnu"}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1.5, 3.0, -2.0, 5.0, 7.0, 240.0, 248.0, 447.9, 464.0, 464.1, 480.0, -480.0, 57344.0, 61440.0,
           -61440.0, 61439.0, 1e6, -1e6, 1e-7, -1e-7, 1e-45, 2.0**-127, 1.25 * 2.0**-127, 1.5 * 2.0**-127, 2.0**-128, 3e38,
           1.7e38, np.inf, -np.inf, np.nan]

with np.errstate(all="ignore"):
    for name, kind in KINDS.items():
        dtype = getattr(ml_dtypes, kind)
        values = np.arange(16 if "4e2" in name else 256, dtype=np.uint8).view(dtype).astype(np.float32)
        print(name, *(repr(float(v)) for v in values))
        inputs = np.array(SPECIAL, np.float32)
        codes = inputs.astype(dtype).view(np.uint8)
        print("from", name, *(f"{b:08x}:{c:02x}" for b, c in zip(inputs.view(np.uint32), codes)))
