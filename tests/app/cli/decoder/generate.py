#!/usr/bin/env python3
"""As generate.c, by ctypes.   generate.py LIBRARY TOKEN...

The structures are those of the exported example, which stands beside the library.
"""
import ctypes as c
import importlib.util
import pathlib
import sys

COUNT = 32


def load(folder):
    spec = importlib.util.spec_from_file_location("example", folder / "example.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    example = load(pathlib.Path(sys.argv[1]))
    about = example.describe()[0]
    model = c.c_void_p()
    if example.create(None, c.byref(model)):
        sys.exit("no instance")
    read, caches, old, tokens = [int(word) for word in sys.argv[2:]], [None] * (about.input_count - 1), 0, []
    for _ in range(COUNT):
        named = {b"batch": 1, b"old": old, b"new": len(read)}
        sizes = [named[about.sizes[i].name] for i in range(about.size_count)]
        inputs = [example.tensor(about.inputs[i], sizes) for i in range(about.input_count)]
        outputs = [example.tensor(about.outputs[i], sizes) for i in range(about.output_count)]
        words = (c.c_int64 * len(read))(*read)
        for tensor, memory in zip(inputs, [c.addressof(words)] + caches):
            tensor.data = memory
        given, made = example.pointers(inputs), example.pointers(outputs)
        check(example, model, example.output_shapes(model, given, made))
        memories = [example.allocate(tensor)[0] for tensor in outputs]
        check(example, model, example.run(model, given, made))
        count = outputs[0].shape[2]
        row = c.cast(outputs[0].data, c.POINTER(c.c_float))[(len(read) - 1) * count:len(read) * count]
        old += len(read)
        read, caches, kept = [row.index(max(row))], [tensor.data for tensor in outputs[1:]], memories
        tokens += read
    example.destroy(model)
    print(*tokens)


def check(example, model, code):
    if code:
        sys.exit(example.last_error(model)[0].message.decode())


if __name__ == "__main__":
    main()
