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
    # As in the documentation of torch.autograd.functional.
    ("y = x.pow(3).sum()", {"x": (2, 2)}),
    ("y = (2 * x.pow(2) + 3 * w.pow(2)).sum()", {"x": (2,), "w": (2,)}),
    ("y = 2 * x.exp() + 3 * w", {"x": (2,), "w": (2,)}),
    ("y = x.exp().sum(dim=1)", {"x": (4, 4)}),
    ("y = (x.exp().sum(dim=1), w * 2, x.prod())", {"x": (2, 2), "w": (2,)}),
    # Pointwise functions.
    ("y = torch.sin(x) * torch.cos(x)", {"x": (2, 3)}),
    ("y = torch.sigmoid(x).log()", {"x": (4,)}),
    ("y = torch.exp(-x ** 2).sum()", {"x": (5,)}),
    ("y = (x.abs() + 1).sqrt().sum()", {"x": (2, 2)}),
    ("y = torch.atan2(x, w).sum()", {"x": (3,), "w": (3,)}),
    ("y = torch.where(x > 0, x ** 2, w.sin())", {"x": (4,), "w": (4,)}),
    ("y = x.clamp(-0.5, 0.5) * x", {"x": (5,)}),
    ("y = torch.lerp(x, w, 0.3).tanh().sum()", {"x": (3,), "w": (3,)}),
    ("y = torch.hypot(x, w).sum()", {"x": (2, 2), "w": (2, 2)}),
    ("y = torch.erf(x) + torch.special.expit(x)", {"x": (3,)}),
    ("y = (x.abs() + 0.5).lgamma().sum()", {"x": (3,)}),
    ("y = (x / w.exp()).sum()", {"x": (2, 2), "w": (2,)}),
    ("y = torch.logaddexp(x, w).sum()", {"x": (3,), "w": (1,)}),
    ("y = torch.maximum(x, w) * torch.minimum(x, w)", {"x": (4,), "w": (4,)}),
    ("y = (x ** 2 + 1).rsqrt().sum()", {"x": (3,)}),
    ("y = torch.addcmul(x, x, w, value=0.5).pow(2).sum()", {"x": (3,), "w": (3,)}),
    ("y = x.expm1() * x.log1p().exp() if bool((x > -1).all()) else x.expm1()", {"x": (3,)}),
    ("y = torch.fmod(x * 3, 1.7).sum() + x.frac().pow(2).sum()", {"x": (4,)}),
    ("y = x.sinh() / x.cosh()", {"x": (2, 2)}),
    ("y = torch.xlogy(x, w.abs() + 1).sum()", {"x": (3,), "w": (3,)}),
    # Activations.
    ("y = F.relu(x) ** 2", {"x": (5,)}),
    ("y = F.gelu(x).sum()", {"x": (4,)}),
    ("y = F.gelu(x, approximate='tanh').sum()", {"x": (4,)}),
    ("y = F.silu(x) * w", {"x": (2, 3), "w": (3,)}),
    ("y = F.softplus(x, beta=2).sum()", {"x": (4,)}),
    ("y = F.elu(x, alpha=0.7).pow(2).sum()", {"x": (4,)}),
    ("y = F.selu(x) + F.celu(x)", {"x": (3,)}),
    ("y = F.leaky_relu(x, 0.2).pow(3).sum()", {"x": (4,)}),
    ("y = F.mish(x).sum()", {"x": (3,)}),
    ("y = F.hardswish(x).sum()", {"x": (4,)}),
    ("y = F.log_softmax(x, dim=0)", {"x": (3, 2)}),
    ("y = F.softmin(x, dim=1).pow(2).sum()", {"x": (2, 3)}),
    ("y = F.prelu(x, w.abs()).pow(2).sum()", {"x": (1, 2, 2), "w": (2,)}),
    ("y = F.logsigmoid(x).sum() + F.tanhshrink(x).sum()", {"x": (4,)}),
    ("y = F.glu(x, dim=1)", {"x": (2, 4)}),
    ("y = F.softsign(x) * F.relu6(x * 4)", {"x": (4,)}),
    # Reductions, and what goes along a dimension.
    ("y = x.mean(0) * x.sum(0)", {"x": (3, 2)}),
    ("y = x.var(1).sum()", {"x": (2, 4)}),
    ("y = x.std(unbiased=False)", {"x": (2, 3)}),
    ("y = x.prod(1)", {"x": (2, 3)}),
    ("y = x.norm() + w.norm(p=3)", {"x": (3,), "w": (2,)}),
    ("y = x.max(1).values * x.min(1).values", {"x": (2, 3)}),
    ("y = x.amax(0).pow(2).sum()", {"x": (3, 2)}),
    ("y = x.cumprod(0).sum()", {"x": (4,)}),
    ("y = x.median() * x.sum()", {"x": (5,)}),
    ("y = torch.logsumexp(x, (0, 1))", {"x": (2, 3)}),
    ("y = x.topk(2, dim=1).values.prod(1)", {"x": (2, 4)}),
    ("y = x.cummax(0).values.pow(2)", {"x": (4,)}),
    ("y = torch.trapezoid(x ** 2, dx=0.5)", {"x": (5,)}),
    ("y = x.diff().pow(2).sum()", {"x": (5,)}),
    # Matrices.
    ("y = torch.linalg.inv(x + 4 * torch.eye(2, dtype=x.dtype))", {"x": (2, 2)}),
    ("y = torch.linalg.solve(x + 5 * torch.eye(3, dtype=x.dtype), w)", {"x": (3, 3), "w": (3,)}),
    ("y = torch.linalg.slogdet(x @ x.T + torch.eye(2, dtype=x.dtype))[1]", {"x": (2, 2)}),
    ("y = torch.linalg.cholesky(x @ x.T + 2 * torch.eye(2, dtype=x.dtype)).sum()", {"x": (2, 2)}),
    ("y = torch.einsum('ij,jk,k->i', x, x.T, w)", {"x": (2, 3), "w": (2,)}),
    ("y = (x @ w @ x.T).trace()", {"x": (2, 3), "w": (3, 3)}),
    ("y = torch.bmm(x, w).tanh().sum()", {"x": (2, 2, 3), "w": (2, 3, 2)}),
    ("y = x.matmul(w).pow(2)", {"x": (2, 1, 3), "w": (3, 2)}),
    ("y = torch.outer(x, w).sin().sum()", {"x": (3,), "w": (2,)}),
    ("y = torch.matrix_exp(x).sum()", {"x": (2, 2)}),
    ("y = torch.linalg.norm(x) ** 2 + torch.linalg.vector_norm(w, 4)", {"x": (2, 2), "w": (3,)}),
    ("y = torch.kron(x, w).sum(0)", {"x": (2, 2), "w": (2, 2)}),
    ("y = torch.linalg.eigvalsh(x + x.T).pow(3).sum()", {"x": (3, 3)}),
    ("y = torch.linalg.svdvals(x)", {"x": (2, 3)}),
    ("y = torch.cdist(x, w).sum()", {"x": (2, 3), "w": (2, 3)}),
    ("y = torch.cross(x, w, dim=0).pow(2).sum()", {"x": (3,), "w": (3,)}),
    ("y = torch.linalg.pinv(x)", {"x": (3, 2)}),
    ("y = torch.tensordot(x, w, dims=2).exp()", {"x": (2, 3), "w": (2, 3)}),
    ("y = torch.linalg.matrix_power(x, 3)", {"x": (2, 2)}),
    # Losses.
    ("y = F.mse_loss(x, w)", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.smooth_l1_loss(x, w, beta=0.5)", {"x": (4,), "w": (4,)}),
    ("y = F.binary_cross_entropy_with_logits(x, w.sigmoid())", {"x": (4,), "w": (4,)}),
    ("y = F.kl_div(x.log_softmax(1), w.softmax(1), reduction='batchmean')", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.nll_loss(x.log_softmax(1), torch.tensor([1, 0]), weight=w.exp().detach())", {"x": (2, 3), "w": (3,)}),
    ("y = F.cross_entropy(x, w.softmax(1), label_smoothing=0.1)", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.cosine_embedding_loss(x, w, torch.tensor([1., -1.], dtype=x.dtype))", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.poisson_nll_loss(x, w.exp())", {"x": (3,), "w": (3,)}),
    ("y = F.gaussian_nll_loss(x, w, (x ** 2 + 1).detach())", {"x": (3,), "w": (3,)}),
    ("y = F.triplet_margin_loss(x, w, x + w + 1)", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.soft_margin_loss(x, torch.tensor([1., -1., 1.], dtype=x.dtype))", {"x": (3,)}),
    ("y = F.l1_loss(x, w, reduction='none')", {"x": (3,), "w": (3,)}),
    # Layers.
    ("y = F.linear(x, w).sigmoid()", {"x": (2, 3), "w": (2, 3)}),
    ("y = F.conv2d(x, w, padding=1).pow(2).sum()", {"x": (1, 1, 3, 3), "w": (1, 1, 2, 2)}),
    ("y = F.conv_transpose1d(x, w, stride=2).tanh()", {"x": (1, 2, 2), "w": (2, 1, 2)}),
    ("y = F.max_pool1d(x, 2).pow(2).sum()", {"x": (1, 1, 6)}),
    ("y = F.avg_pool2d(x, 2).exp()", {"x": (1, 1, 4, 2)}),
    ("y = F.batch_norm(x, None, None, w, training=True).tanh().sum()", {"x": (4, 2), "w": (2,)}),
    ("y = F.group_norm(x, 2, w).sin().sum()", {"x": (1, 4, 2), "w": (4,)}),
    ("y = F.normalize(x, dim=1)", {"x": (2, 3)}),
    ("y = F.cosine_similarity(x, w, dim=0)", {"x": (4,), "w": (4,)}),
    ("y = F.bilinear(x, w, torch.arange(8, dtype=x.dtype).reshape(2, 2, 2))", {"x": (1, 2), "w": (1, 2)}),
    ("y = F.interpolate(x, scale_factor=2, mode='linear', align_corners=False).pow(2).sum()", {"x": (1, 1, 3)}),
    ("y = F.pad(x, (1, 1), mode='replicate').prod()", {"x": (1, 1, 2)}),
    ("y = F.embedding(torch.tensor([1, 0, 1]), x).pow(2).sum()", {"x": (2, 3)}),
    ("y = F.unfold(x, 2).sin().sum()", {"x": (1, 1, 3, 3)}),
    ("y = torch.softmax(x @ x.T / 3 ** 0.5, -1) @ w", {"x": (3, 3), "w": (3, 2)}),
    # Indexing, and other shapes.
    ("y = x[:, 1:] * x[:, :-1]", {"x": (2, 3)}),
    ("y = x[[0, 2, 0]].prod(0)", {"x": (3, 2)}),
    ("y = x.gather(1, torch.tensor([[0, 1], [2, 2]])).pow(2)", {"x": (2, 3)}),
    ("y = x[x > 0].pow(3).sum()", {"x": (2, 3)}),
    ("y = torch.cat([x, w * x]).sin()", {"x": (3,), "w": (3,)}),
    ("y = torch.stack([x, x ** 2], 1).sum(0)", {"x": (3,)}),
    ("y = x.flip(0) * x.roll(1, 0)", {"x": (4,)}),
    ("y = x.T.reshape(-1).cumsum(0).pow(2).sum()", {"x": (2, 3)}),
    ("y = torch.index_select(x, 0, torch.tensor([1, 1])).exp().sum()", {"x": (2, 2)}),
    ("y = x.tril() @ w", {"x": (3, 3), "w": (3,)}),
    ("y = torch.diag(x).matmul(w).sum()", {"x": (3,), "w": (3, 2)}),
    ("y = x.expand(3, 2).reshape(2, 3).pow(2) * w", {"x": (2,), "w": (3,)}),
    ("y = x.scatter(0, torch.tensor([1, 0]), w).pow(2).sum()", {"x": (3,), "w": (2,)}),
    ("y = x.index_add(0, torch.tensor([0, 0]), w).exp()", {"x": (3,), "w": (2,)}),
    ("y = x.repeat(2, 1).sum(0) * x.unsqueeze(0).squeeze()", {"x": (3,)}),
    ("y = x.masked_fill(x < 0, 2.0).log()", {"x": (4,)}),
    ("a, b = x.chunk(2)\ny = a * b", {"x": (4,)}),
    ("a, b = torch.meshgrid(x, w, indexing='ij')\ny = (a * b.exp()).sum()", {"x": (2,), "w": (3,)}),
    # What is written over, loops, and conditions.
    ("h = x * 1\nh[0] = w[0] * h[1].clone()\ny = h ** 2", {"x": (3,), "w": (2,)}),
    ("h = x.clone()\nh.mul_(w).add_(1)\nh[1:] *= 2\ny = h.pow(2).sum()", {"x": (3,), "w": (3,)}),
    ("h = torch.zeros_like(x)\nfor i in range(3):\n    h[i] = x[i] ** (i + 1)\ny = h", {"x": (3,)}),
    ("h = x.clone()\nh.view(-1)[0].mul_(3)\nh.exp_()\ny = h.sum() * w.sum()", {"x": (2, 2), "w": (2,)}),
    ("h = x\nfor _ in range(4):\n    h = torch.sin(h) + w\ny = h", {"x": (2,), "w": (2,)}),
    ("y = x * 2 if x.sum() > 0 else x ** 3", {"x": (3,)}),
    ("h = x.clone()\nh.clamp_(min=0)\nh.sub_(x.mean())\ny = h * x", {"x": (4,)}),
    ("h = torch.empty(2, 3, dtype=x.dtype)\nh[0] = x\nh[1] = w.exp()\ny = h.prod(0)", {"x": (3,), "w": (3,)}),
    ("h = x.clone()\nh.fill_(2.0)\ny = (h * x * w).sum()", {"x": (2,), "w": (2,)}),
    # One element, no dimension, and what is constant.
    ("y = x * w", {"x": (), "w": ()}),
    ("y = x.exp() * w.sum()", {"x": (1,), "w": (2,)}),
    ("y = x.detach() * w", {"x": (2,), "w": (2,)}),
    ("y = (x.round() * w).sum()", {"x": (2,), "w": (2,)}),
    ("y = torch.zeros(2, dtype=x.dtype) * x", {"x": (2,)}),
    ("y = (x * w, (x.sin() + w).sum())", {"x": (2,), "w": (2,)}),
]


def plain(value):
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    return [plain(v) for v in value] if isinstance(value, (tuple, list)) else float(f"{value:.12g}")


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
        counted = lambda t: torch.ones_like(t).cumsum(0) if t.ndim else torch.ones_like(t)
        of = tuple(map(counted, y)) if isinstance(y, tuple) else counted(y)
        wrt = tuple(torch.arange(a.numel()).reshape(a.shape).add(1.0) for a in args)
        asked = {
            "jacobian": lambda: functional.jacobian(run, args),
            "vjp": lambda: functional.vjp(run, args, of)[1],
            "jvp": lambda: functional.jvp(run, args, wrt)[1],
        }
        if isinstance(y, torch.Tensor) and y.numel() == 1:
            asked["hessian"] = lambda: functional.hessian(run, args)
            asked["hvp"] = lambda: functional.hvp(run, args, wrt)[1]
            asked["vhp"] = lambda: functional.vhp(run, args, wrt)[1]
        results = {}
        for kind, ask in asked.items():
            try:
                results[kind] = ask()
            except NotImplementedError:
                # Some backward functions have no derivative there.
                print(f"{kind} of {code}: not in PyTorch")
        leaves = tuple(a.clone().requires_grad_() for a in args)
        checks = []
        for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
            try:
                checks.append(check(run, leaves, raise_exception=False))
            except (NotImplementedError, RuntimeError):
                checks.append(None)
        cases.append(
            {
                "code": code,
                "inputs": {name: t.tolist() for name, t in inputs.items()},
                "checks": checks,
                "v": {"of": plain(of), "wrt": plain(wrt)},
                "results": {kind: plain(value) for kind, value in results.items()},
            }
        )
    path = pathlib.Path(__file__).parent / "derivatives.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
