"""PyTorch's side of the rows without HTTP. For each line with a number of seconds on stdin: the median in ms."""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def chain():
    x = torch.tensor(0.5, requires_grad=True)
    z = x
    for _ in range(1000):
        z = z * 1.001
        z = z + 0.01
    (g,) = torch.autograd.grad(z, x)
    return g.item()


def with_gradient(work):
    """The gradient goes to a scalar, so that the service has no large answer to write."""

    def run():
        shift = torch.tensor(0.25, requires_grad=True)
        (g,) = torch.autograd.grad(work(shift), shift)
        return g.item()

    return run


WORK = {
    "chain": chain,
    "sigmoid_sum": with_gradient(lambda s: torch.sigmoid(torch.linspace(-4, 4, 1_000_000) + s).sum()),
    "matmul": with_gradient(
        lambda s: torch.matmul(
            torch.linspace(-1, 1, 256 * 256).reshape(256, 256) + s, torch.linspace(0, 1, 256 * 256).reshape(256, 256) + s
        ).sum()
    ),
    "cross_entropy": with_gradient(
        lambda s: F.cross_entropy(torch.linspace(-4, 4, 1_000_000).reshape(1000, 1000) * s, torch.arange(1000))
    ),
}


def sample(work, seconds):
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


work = WORK[sys.argv[1]]
print(json.dumps({"result": work()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"ms": sample(work, float(line))}), flush=True)
