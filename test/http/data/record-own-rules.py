"""Writes own-rules.json: gradients and Hessians of functions with their own rules, as PyTorch gives them.

Run it with any PyTorch from 1.13 on: python3 test/http/data/record-own-rules.py
"""
import json
from pathlib import Path

import torch

CODES = {
    "a write over a part of the gradient": """class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i.clamp(min=0)
    @staticmethod
    def backward(ctx, g):
        i, = ctx.saved_tensors
        gi = g.clone()
        gi[i < 0] = 0
        return gi
y = Fn.apply(x)""",
    "a rule that is not the derivative": """class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        return torch.round(i) * 3
    @staticmethod
    def backward(ctx, g):
        return g
y = Fn.apply(x * 2)""",
    "a saved result": """class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        r = i.exp()
        ctx.save_for_backward(r)
        return r
    @staticmethod
    def backward(ctx, g):
        r, = ctx.saved_tensors
        return g * r
y = Fn.apply(x).sin()""",
    "several results, a number among the arguments": """class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i, scale, w):
        ctx.scale = scale
        ctx.save_for_backward(i, w)
        return i ** 3 * scale * w, i * w
    @staticmethod
    def backward(ctx, g, h):
        i, w = ctx.saved_tensors
        gw = None
        if ctx.needs_input_grad[2]:
            gw = (g * i ** 3 * ctx.scale + h * i).sum()
        return 3 * g * i ** 2 * ctx.scale * w + h * w, None, gw
a, b = Fn.apply(x, 2, w)
y = (a + b).exp() * 0.01""",
    "rules that call each other": """class Cos(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i.cos()
    @staticmethod
    def backward(ctx, g):
        return -g * Sin.apply(ctx.saved_tensors[0])
class Sin(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i.sin()
    @staticmethod
    def backward(ctx, g):
        return g * Cos.apply(ctx.saved_tensors[0])
y = Sin.apply(x)""",
    "an argument that is written over": """class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        i.mul_(2)
        ctx.mark_dirty(i)
        return i
    @staticmethod
    def backward(ctx, g):
        g = g.clone()
        g.mul_(2)
        return g
z = x * 1.5
Fn.apply(z)
y = z ** 2""",
    "a rule that is differentiated once": """from torch.autograd.function import once_differentiable
class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i * i
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]
y = Fn.apply(x)""",
    "what is read from outside, made later": """k = torch.tensor([2., 3., 4.])
class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        return i * k
    @staticmethod
    def backward(ctx, g):
        return g * k * late * torch.tensor([1., 2., 3.])
y = Fn.apply(x)
late = k + 1""",
    "saved values that are neither arguments nor results": """class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        mu = x.mean(-1, keepdim=True)
        inv = 1 / torch.sqrt(x.var(-1, unbiased=False, keepdim=True) + 1e-5)
        xhat = (x - mu) * inv
        ctx.save_for_backward(xhat, inv, weight)
        return xhat * weight
    @staticmethod
    def backward(ctx, g):
        xhat, inv, weight = ctx.saved_tensors
        gw = (g * xhat).sum(0) if g.dim() > 1 else g * xhat
        gx = g * weight
        gx = inv * (gx - gx.mean(-1, keepdim=True) - xhat * (gx * xhat).mean(-1, keepdim=True))
        return gx, gw
y = LayerNorm.apply(x, w * torch.ones(3))""",
}

X, W = [-1.5, 2.0, 3.0], 0.7


def loss(code):
    def run(x, w):
        names = {"torch": torch, "x": x, "w": w}
        exec(code, names)
        return (names["y"] * names["y"]).sum()

    return run


cases = []
for title, code in CODES.items():
    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    w = torch.tensor(W, dtype=torch.float64, requires_grad=True)
    grads = torch.autograd.grad(loss(code)(x, w), (x, w), allow_unused=True)
    case = {"title": title, "code": code, "grads": [None if g is None else g.tolist() for g in grads]}
    try:
        hessian = torch.autograd.functional.hessian(loss(code), (x.detach(), w.detach()))
        case["hessian"] = [[block.tolist() for block in row] for row in hessian]
    except RuntimeError as error:
        case["refused"] = str(error)
    cases.append(case)

Path(__file__).with_name("own-rules.json").write_text(json.dumps({"x": X, "w": W, "cases": cases}, indent=2) + "\n")
