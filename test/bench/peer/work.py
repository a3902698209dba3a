"""
PyTorch's side of the rows without HTTP: `work.py CODE S`. The code sets `out`, given the scalar `s`; the work is
that and the gradient of `out` to `s`. For each line with a number of seconds on stdin: the median in ms.
"""
import json
import statistics
import sys
import textwrap
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def compiled(code):
    """As a function, so that its names are local ones, as in the code that a person would write."""
    scope = {"torch": torch, "F": F}
    exec(f"def forward(s):\n{textwrap.indent(code, '    ')}\n    return out", scope)
    return scope["forward"]


def work():
    s = torch.tensor(at, requires_grad=True)
    (g,) = torch.autograd.grad(forward(s), s)
    return g.item()


def sample(seconds):
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


forward, at = compiled(sys.argv[1]), float(sys.argv[2])
print(json.dumps({"result": work()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"ms": sample(float(line))}), flush=True)
