"""
Writes what PyTorch gives for each activation and loss along a line, in float64, to torch-curves.json.gz:

    python3 record.py

A case is an op with the query of its curve; `breaks` are the places at which it breaks, from PyTorch's
documentation. Of each there are the values and slopes at 201 equally spaced places from -5 to 5, at each break,
and at the numbers next to it on both sides. Where PyTorch refuses a place it is left out.
"""
import gzip
import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def losses(fn, target=1.0, **more):
    return lambda x: fn(x, torch.full_like(x, target), **more)


def vector(at, vary, fn):
    def call(x):
        return fn(torch.stack([x[0] if i == vary else torch.tensor(float(a)) for i, a in enumerate(at)]))

    return call


W = torch.tensor
CASES = [
    ("activations", "celu", "", [], F.celu),
    ("activations", "celu", "alpha=2.5", [], lambda x: F.celu(x, 2.5)),
    ("activations", "elu", "", [], F.elu),
    ("activations", "elu", "alpha=2", [0], lambda x: F.elu(x, 2)),
    ("activations", "gelu", "", [], F.gelu),
    ("activations", "gelu", "approximate=tanh", [], lambda x: F.gelu(x, approximate="tanh")),
    ("activations", "hardshrink", "", [-0.5, 0.5], F.hardshrink),
    ("activations", "hardshrink", "lambd=1.3", [-1.3, 1.3], lambda x: F.hardshrink(x, 1.3)),
    ("activations", "hardshrink", "lambd=0", [], lambda x: F.hardshrink(x, 0)),
    ("activations", "hardsigmoid", "", [-3, 3], F.hardsigmoid),
    ("activations", "hardswish", "", [-3, 3], F.hardswish),
    ("activations", "hardtanh", "", [-1, 1], F.hardtanh),
    ("activations", "hardtanh", "min_val=-0.3&max_val=2.2", [-0.3, 2.2], lambda x: F.hardtanh(x, -0.3, 2.2)),
    ("activations", "leaky_relu", "", [0], F.leaky_relu),
    ("activations", "leaky_relu", "negative_slope=0.3", [0], lambda x: F.leaky_relu(x, 0.3)),
    ("activations", "leaky_relu", "negative_slope=1", [], lambda x: F.leaky_relu(x, 1)),
    ("activations", "logsigmoid", "", [], F.logsigmoid),
    ("activations", "mish", "", [], F.mish),
    ("activations", "prelu", "weight=0.25", [0], lambda x: F.prelu(x, W([0.25]))),
    ("activations", "prelu", "weight=1", [], lambda x: F.prelu(x, W([1.0]))),
    ("activations", "relu", "", [0], F.relu),
    ("activations", "relu6", "to=9", [0, 6], F.relu6),
    ("activations", "rrelu", "", [0], F.rrelu),
    ("activations", "rrelu", "lower=0.1&upper=0.7", [0], lambda x: F.rrelu(x, 0.1, 0.7)),
    ("activations", "selu", "", [0], F.selu),
    ("activations", "sigmoid", "", [], torch.sigmoid),
    ("activations", "silu", "", [], F.silu),
    ("activations", "softplus", "from=-5&to=30", [20], F.softplus),
    ("activations", "softplus", "beta=2&threshold=3", [1.5], lambda x: F.softplus(x, 2, 3)),
    ("activations", "softplus", "beta=-1&threshold=0", [0], lambda x: F.softplus(x, -1, 0)),
    ("activations", "softshrink", "", [-0.5, 0.5], F.softshrink),
    ("activations", "softshrink", "lambd=1.7", [-1.7, 1.7], lambda x: F.softshrink(x, 1.7)),
    ("activations", "softsign", "", [], F.softsign),
    ("activations", "tanh", "", [], torch.tanh),
    ("activations", "tanhshrink", "", [], F.tanhshrink),
    ("activations", "threshold", "threshold=0.1&value=20", [0.1], lambda x: F.threshold(x, 0.1, 20)),
    ("activations", "threshold", "threshold=0.7&value=0.7", [0.7], lambda x: F.threshold(x, 0.7, 0.7)),
    ("activations", "softmax", "", [], vector([0, 0, 0], 0, lambda v: F.softmax(v, 0))),
    ("activations", "softmax", "at=1,-2,0.5&vary=1&dim=0", [], vector([1, -2, 0.5], 1, lambda v: F.softmax(v, 0))),
    ("activations", "log_softmax", "at=1,-2,0.5&vary=2", [], vector([1, -2, 0.5], 2, lambda v: F.log_softmax(v, 0))),
    ("activations", "softmin", "at=0,1", [], vector([0, 1], 0, lambda v: F.softmin(v, 0))),
    ("activations", "glu", "", [], vector([0, 0], 0, lambda v: F.glu(v, 0))),
    ("activations", "glu", "at=1,-1.5,0,2&vary=2", [], vector([1, -1.5, 0, 2], 2, lambda v: F.glu(v, 0))),
    ("activations", "normalize", "at=1,2,-3&vary=1", [], vector([1, 2, -3], 1, lambda v: F.normalize(v, dim=0))),
    ("activations", "normalize", "at=0,2&p=1", [0], vector([0, 2], 0, lambda v: F.normalize(v, p=1, dim=0))),
    ("losses", "binary_cross_entropy", "", [0, 1], losses(F.binary_cross_entropy)),
    ("losses", "binary_cross_entropy", "target=0", [0, 1], losses(F.binary_cross_entropy, 0.0)),
    ("losses", "binary_cross_entropy", "target=0.3&weight=2", [0, 1], losses(F.binary_cross_entropy, 0.3, weight=W([2.0]))),
    ("losses", "binary_cross_entropy_with_logits", "", [], losses(F.binary_cross_entropy_with_logits)),
    ("losses", "binary_cross_entropy_with_logits", "target=0.25&pos_weight=3", [],
     losses(F.binary_cross_entropy_with_logits, 0.25, pos_weight=W([3.0]))),
    ("losses", "hinge_embedding_loss", "", [], losses(F.hinge_embedding_loss)),
    ("losses", "hinge_embedding_loss", "target=-1&margin=0.6", [0.6], losses(F.hinge_embedding_loss, -1.0, margin=0.6)),
    ("losses", "huber_loss", "", [], losses(F.huber_loss)),
    ("losses", "huber_loss", "target=0.5&delta=2", [], losses(F.huber_loss, 0.5, delta=2)),
    ("losses", "kl_div", "", [], losses(F.kl_div)),
    ("losses", "kl_div", "target=-0.7&log_target=true&reduction=batchmean", [],
     losses(F.kl_div, -0.7, log_target=True, reduction="batchmean")),
    ("losses", "l1_loss", "", [1], losses(F.l1_loss)),
    ("losses", "l1_loss", "target=0.3", [0.3], losses(F.l1_loss, 0.3)),
    ("losses", "mse_loss", "", [], losses(F.mse_loss)),
    ("losses", "poisson_nll_loss", "", [], losses(F.poisson_nll_loss)),
    ("losses", "poisson_nll_loss", "target=3&full=true", [], losses(F.poisson_nll_loss, 3.0, full=True)),
    ("losses", "poisson_nll_loss", "target=2&log_input=false&eps=0.25", [-0.25],
     losses(F.poisson_nll_loss, 2.0, log_input=False, eps=0.25)),
    ("losses", "smooth_l1_loss", "", [], losses(F.smooth_l1_loss)),
    ("losses", "smooth_l1_loss", "beta=0&target=0.3", [0.3], losses(F.smooth_l1_loss, 0.3, beta=0)),
    ("losses", "soft_margin_loss", "", [], losses(F.soft_margin_loss)),
    ("losses", "cross_entropy", "", [], vector([0, 0, 0], 0, lambda v: F.cross_entropy(v, W(1)))),
    ("losses", "cross_entropy", "at=1,2,-1&vary=1&target=1&weight=1,2,0.5&label_smoothing=0.2", [],
     vector([1, 2, -1], 1, lambda v: F.cross_entropy(v, W(1), weight=W([1, 2, 0.5]), label_smoothing=0.2))),
    ("losses", "cross_entropy", "at=1,2,-1&target=0&weight=3,2,0.5&reduction=sum", [],
     vector([1, 2, -1], 0, lambda v: F.cross_entropy(v, W(0), weight=W([3, 2, 0.5]), reduction="sum"))),
    ("losses", "cross_entropy", "target=0.2,0.3,0.5", [],
     vector([0, 0, 0], 0, lambda v: F.cross_entropy(v, W([0.2, 0.3, 0.5])))),
    ("losses", "nll_loss", "vary=1", [], vector([0, 0, 0], 1, lambda v: F.nll_loss(v, W(1)))),
    ("losses", "nll_loss", "vary=2&target=2&weight=1,2,4&reduction=sum", [],
     vector([0, 0, 0], 2, lambda v: F.nll_loss(v, W(2), weight=W([1.0, 2, 4]), reduction="sum"))),
    ("losses", "multi_margin_loss", "", [-1], vector([0, 0, 0], 0, lambda v: F.multi_margin_loss(v, W(1)))),
    ("losses", "multi_margin_loss", "at=0.5,0,-0.25&vary=1&weight=1,3,1", [0.75, 1.5],
     vector([0.5, 0, -0.25], 1, lambda v: F.multi_margin_loss(v, W(1), weight=W([1.0, 3, 1])))),
    ("losses", "multi_margin_loss", "p=2&margin=0.5", [],
     vector([0, 0, 0], 0, lambda v: F.multi_margin_loss(v, W(1), p=2, margin=0.5))),
    ("losses", "multilabel_margin_loss", "", [-1], vector([0, 0, 0], 0, lambda v: F.multilabel_margin_loss(v, W([1, -1, -1])))),
    ("losses", "multilabel_margin_loss", "at=0,0.5,1,2&vary=1&target=1,3", [1, 2],
     vector([0, 0.5, 1, 2], 1, lambda v: F.multilabel_margin_loss(v, W([1, 3, -1, -1])))),
    ("losses", "multilabel_soft_margin_loss", "", [], vector([0, 0, 0], 0, lambda v: F.multilabel_soft_margin_loss(v, torch.ones(3)))),
    ("losses", "multilabel_soft_margin_loss", "at=0,1&target=0,1&weight=2,3&vary=1", [],
     vector([0, 1], 1, lambda v: F.multilabel_soft_margin_loss(v, W([0.0, 1]), weight=W([2.0, 3])))),
]


def number(value):
    return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def at(fn, place):
    """Value and slope of each element of the result, called on one number; None where it is refused."""
    x = torch.tensor([place], requires_grad=True)
    try:
        out = fn(x).reshape(-1)
    except (RuntimeError, ValueError):
        return None
    pairs = []
    for element in out:
        (slope,) = torch.autograd.grad(element, x, retain_graph=True)
        pairs.append([number(element.item()), number(slope.item())])
    return pairs


def range_of(query):
    given = dict(part.split("=") for part in query.split("&") if part)
    return float(given.get("from", -5)), float(given.get("to", 5))


def record():
    cases = []
    for family, op, query, breaks, fn in CASES:
        start, end = range_of(query)
        step = (end - start) / 200
        grid = [start + i * step for i in range(200)] + [end]
        cases.append({
            "family": family,
            "op": op,
            "query": query,
            "grid": [[x, at(fn, x)] for x in grid if at(fn, x) is not None],
            "breaks": [
                {
                    "x": x,
                    "value": at(fn, float(x)),
                    "left": at(fn, math.nextafter(x, -math.inf)),
                    "right": at(fn, math.nextafter(x, math.inf)),
                }
                for x in breaks
            ],
        })
    return {"torch": torch.__version__, "cases": cases}


if __name__ == "__main__":
    import os
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch-curves.json.gz")
    with gzip.GzipFile(path, "wb", mtime=0) as out:
        out.write(json.dumps(record(), separators=(",", ":")).encode())
