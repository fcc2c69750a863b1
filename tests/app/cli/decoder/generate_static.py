#!/usr/bin/env python3
"""As generate_static.c, by ctypes.   generate_static.py LIBRARY TOKEN...

The structures are those of the exported example, which stands beside the library.
"""
import ctypes as c
import pathlib
import sys

from generate import COUNT, check, load


def hashed(value, data):
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return value


def main():
    example = load(pathlib.Path(sys.argv[1]))
    about = example.describe()[0]
    model = c.c_void_p()
    if example.create(None, c.byref(model)):
        sys.exit("no instance")
    inputs = [example.tensor(about.inputs[i], []) for i in range(about.input_count)]
    outputs = [example.tensor(about.outputs[i], []) for i in range(about.output_count)]
    kept = [example.allocate(tensor)[0] for tensor in inputs + outputs]
    names = [about.inputs[i].name.decode() for i in range(about.input_count)]
    states = {o: names.index(about.outputs[o].name.decode().replace("present", "past")) for o in range(1, about.output_count)}
    for output, state in states.items():
        if about.inouts and about.inouts[output] == state:
            outputs[output].data = inputs[state].data
    token, at = (c.cast(tensor.data, c.POINTER(c.c_int64)) for tensor in inputs[:2])
    read, tokens, value = [int(word) for word in sys.argv[2:]], [], 0xCBF29CE484222325
    count = outputs[0].shape[2]
    scores = c.cast(outputs[0].data, c.POINTER(c.c_float))
    for step in range(len(read) + COUNT - 1):
        token[0], at[0] = (read + tokens)[step], step
        check(example, model, example.run(model, example.pointers(inputs), example.pointers(outputs)))
        value = hashed(value, c.string_at(outputs[0].data, 4 * count))
        if step >= len(read) - 1:
            tokens.append(max(range(count), key=lambda w: scores[w]))
        for output, state in states.items():
            outputs[output].data, inputs[state].data = inputs[state].data, outputs[output].data
    for state in states.values():
        value = hashed(value, c.string_at(inputs[state].data, about.inputs[state].bytes))
    example.destroy(model)
    print(*tokens, f"\n{value:016x}")
    del kept


if __name__ == "__main__":
    main()
