"""What both Python servers answer: output, gradient and a graph laid out as Gradwire lays it out."""
import torch

torch.set_num_threads(1)
SMALL = 64


def answer(numbers):
    x = torch.tensor(numbers, requires_grad=True)
    y = torch.sigmoid(x)
    (g,) = torch.autograd.grad(y, x, torch.ones_like(y))
    shape = list(y.shape)
    output, grad = y.tolist(), g.tolist()
    leaf = {"dtype": "float32", "shape": shape, "requires_grad": x.requires_grad, "is_leaf": x.is_leaf}
    result = {"dtype": "float32", "shape": shape, "requires_grad": y.requires_grad, "is_leaf": y.is_leaf}
    if y.numel() <= SMALL:
        leaf["data"], leaf["grad"], result["data"] = x.tolist(), grad, output
    return {
        "output": {"dtype": "float32", "shape": shape, "data": output},
        "grad": {"input": {"dtype": "float32", "shape": shape, "data": grad}},
        "graph": {
            "format": "gradwire/graph@1",
            "inputs": ["input"],
            "nodes": [{"op": "sigmoid", "inputs": ["input"], "outputs": ["output"], "grad_fn": y.grad_fn.name()}],
            "outputs": ["output"],
            "values": {"input": leaf, "output": result},
        },
    }
