"""Runs every cell of cells.txt with PyTorch and writes down what it printed.

/usr/bin/python3 record.py    (PyTorch 1.13)
"""
import contextlib
import io
import os
import warnings

warnings.simplefilter("ignore")
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cells.txt")
IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport torch.optim as optim\n"


def run(code):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(IMPORTS + code, "cell", "exec"), {"__name__": "__main__"})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    return out.getvalue()


with open(path) as file:
    sections = file.read().split("\n=== ")[1:]
with open(path, "w") as file:
    file.write("Cells, each followed by what PyTorch 1.13 prints (record.py writes it down).\n")
    for section in sections:
        name, rest = section.split("\n", 1)
        code = rest.split("\n---\n")[0].rstrip("\n")
        file.write(f"\n=== {name}\n{code}\n---\n{run(code)}")
