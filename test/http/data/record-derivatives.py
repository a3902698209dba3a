"""Writes derivatives.json: what torch.autograd.functional gives. Run with PyTorch 1.13."""
import json
import pathlib

import torch
import torch.autograd.functional as functional
import torch.nn.functional as F

PROGRAMS = [
    ("y = x.exp().sum(1)", {"x": (2, 2)}),
    ("y = (x.exp() * w).sum()", {"x": (2, 2), "w": (2,)}),
    ("y = torch.tanh(x @ w)", {"x": (3, 2), "w": (2,)}),
    ("y = F.softmax(x, -1)", {"x": (2, 3)}),
    ("h = x * 2\ny = (h * x).sum()", {"x": (3,)}),
    ("y = F.cross_entropy(x, torch.tensor([0, 2]))", {"x": (2, 3)}),
    ("y = F.layer_norm(x, (3,), w).pow(2).mean()", {"x": (2, 3), "w": (3,)}),
    ("y = torch.linalg.det(x)", {"x": (3, 3)}),
    ("y = x.cumsum(0).prod()", {"x": (4,)}),
    ("y = F.conv1d(x, w).tanh().sum()", {"x": (1, 2, 4), "w": (1, 2, 2)}),
    ("y = torch.logsumexp(x, 0) * w", {"x": (3, 2), "w": (2,)}),
    ("y = (w ** 3).sum()", {"x": (2,), "w": (2,)}),
    ("y = x[0] * 3", {"x": (2,), "w": (2,)}),
    ("y = F.huber_loss(x, w, delta=0.5)", {"x": (3,), "w": (3,)}),
    ("y = x.sort().values[1:] @ w", {"x": (3,), "w": (2,)}),
]


def plain(value):
    return [plain(v) for v in value] if isinstance(value, tuple) else value.tolist()


def main():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    cases = []
    for code, shapes in PROGRAMS:
        inputs = {name: torch.randn(shape).mul(64).round().div(64) for name, shape in shapes.items()}

        def run(*args):
            names = {"torch": torch, "F": F, **dict(zip(inputs, args))}
            exec(code, names)
            return names["y"]

        args = tuple(inputs.values())
        y = run(*args)
        of = torch.ones_like(y).cumsum(0) if y.ndim else torch.ones_like(y)
        wrt = tuple(torch.arange(a.numel()).reshape(a.shape).add(1.0) for a in args)
        results = {
            "jacobian": functional.jacobian(run, args),
            "vjp": functional.vjp(run, args, of)[1],
            "jvp": functional.jvp(run, args, wrt)[1],
        }
        if y.numel() == 1:
            results["hessian"] = functional.hessian(run, args)
            results["hvp"] = functional.hvp(run, args, wrt)[1]
            results["vhp"] = functional.vhp(run, args, wrt)[1]
        cases.append(
            {
                "code": code,
                "inputs": {name: t.tolist() for name, t in inputs.items()},
                "v": {"of": plain(of), "wrt": plain(wrt)},
                "results": {kind: plain(value) for kind, value in results.items()},
            }
        )
    path = pathlib.Path(__file__).parent / "derivatives.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
