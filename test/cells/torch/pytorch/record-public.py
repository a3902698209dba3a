"""Writes down which names PyTorch has that a user may write, and of what kind each is.

/usr/bin/python3 record-public.py    (PyTorch 1.13)

src/cells/torch/public-names.ts holds them by namespace: what is there and what is not is told from it
(docs/PYTORCH.md, messages of missing names), and how a function prints.
"""
import importlib
import os
import types
import warnings

import torch

warnings.simplefilter("ignore")

MODULES = """
torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.utils.rnn torch.nn.utils.parametrizations
torch.nn.utils.parametrize torch.nn.utils.prune torch.optim torch.optim.lr_scheduler torch.optim.swa_utils
torch.autograd torch.autograd.functional torch.autograd.forward_ad torch.autograd.profiler torch.linalg torch.special
torch.fft torch.utils torch.utils.data torch.utils.checkpoint torch.utils.dlpack torch.cuda torch.random
torch.distributions torch.sparse torch.jit torch.onnx torch.quantization torch.distributed torch.multiprocessing
torch.hub torch.overrides torch.backends torch.backends.cudnn torch.backends.cuda torch.backends.mps
torch.backends.mkl torch.backends.mkldnn torch.backends.openmp torch.testing torch.amp torch.profiler
torch.fx torch.masked torch.nested torch.futures torch.package torch.version torch.types torch.storage
torch.signal torch.func torch.functional torch.serialization
""".split()


OF_C = "Generator Size device dtype finfo iinfo layout memory_format qscheme".split()
PLAIN = (torch.dtype, torch.layout, torch.memory_format, torch.qscheme, bool, int, float, str, property) + (
    type(torch.Tensor.grad), type(torch.Tensor.T), type(torch.default_generator))


def kind_of(value):
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, type):
        return "class"
    text = repr(value)
    if text.startswith(("<built-in method", "<method")):
        return "method"
    if text.startswith("<built-in function"):
        return "builtin"
    if isinstance(value, (types.FunctionType, types.MethodType)):
        return "function"
    return "value"


def is_public(name, value, where):
    if name.startswith("_"):
        return False
    if isinstance(value, types.ModuleType):
        return value.__name__ == f"{where}.{name}"
    # What C++ registers for itself and nobody writes.
    if where == "torch" and isinstance(value, type) and hasattr(torch._C, name) and name not in OF_C:
        return False
    if kind_of(value) == "value" and not isinstance(value, PLAIN):
        return False
    # What a file only imports for itself: `Optional`, `List`.
    home = getattr(value, "__module__", None)
    return not (isinstance(home, str) and home.split(".")[0] not in ("torch", "builtins", "functools"))


def names_of(where, holder, names):
    found = {}
    for name in sorted(set(names)):
        try:
            value = getattr(holder, name)
        except Exception:
            continue
        if is_public(name, value, where):
            found.setdefault(kind_of(value), []).append(name)
    return found


spaces = {}
for module in MODULES:
    try:
        holder = importlib.import_module(module)
    except ImportError:
        continue
    spaces[module] = names_of(module, holder, dir(holder))
for cls in (torch.nn.Module, torch.optim.Optimizer):
    where = "torch.nn.Module" if cls is torch.nn.Module else "torch.optim.Optimizer"
    spaces[where] = names_of(where, cls, dir(cls))
spaces["torch.Tensor"] = names_of("torch.Tensor", torch.Tensor, dir(torch.Tensor))

lines = [
    "/** PyTorch's public names, by namespace and kind. Written by test/cells/torch/pytorch/record-public.py. */",
    "",
    "export type NameKind = 'method' | 'builtin' | 'function' | 'class' | 'module' | 'value';",
    "",
    "export const PYTORCH_VERSION = '%s';" % torch.__version__.split("a")[0],
    "",
    "export const PUBLIC_NAMES: Readonly<Record<string, Partial<Record<NameKind, string>>>> = {",
]
for space, kinds in sorted(spaces.items()):
    key = space if space.isidentifier() else f"'{space}'"
    lines.append(f"  {key}: {{")
    for kind, names in sorted(kinds.items()):
        lines.append(f"    {kind}:")
        lines.append(f"      '{' '.join(names)}',")
    lines.append("  },")
lines.append("};")
here = os.path.dirname(os.path.abspath(__file__))
out = os.path.join(here, "../../../../src/cells/torch/public-names.ts")
with open(out, "w") as file:
    file.write("\n".join(lines) + "\n")
