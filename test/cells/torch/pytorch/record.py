"""Writes down which names PyTorch has, and the order of their arguments.

/usr/bin/python3 record.py    (PyTorch 1.13)

names.json holds, by namespace and by name, the orders of arguments of all overloads: `|` stands
before those that go by keyword only, `*` before one that takes all that are left. Of torch.nn it
holds what the constructors take, and what an object of default settings prints.
"""
import inspect
import json
import os
import re
import warnings

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")

X = torch.ones(2)
SCHEMAS = {}
for schema in torch._C._jit_get_all_schemas():
    if schema.name.startswith("aten::"):
        SCHEMAS.setdefault(schema.name[6:], []).append(schema)

# Of these, Python's inspect sees `*args` alone; what their documentation says.
DOCUMENTED = {
    "einsum": "equation *operands",
    "unique": "input sorted return_inverse return_counts dim",
    "unique_consecutive": "input return_inverse return_counts dim",
    "fractional_max_pool2d": "input kernel_size output_size output_ratio return_indices _random_samples",
    "fractional_max_pool3d": "input kernel_size output_size output_ratio return_indices _random_samples",
}
IGNORED = {"layout", "pin_memory", "memory_format", "names", "generator", "device"}


def joined(words):
    """`|` only where something follows it."""
    return " ".join(words).removesuffix("|").strip()


def from_refusal(call):
    """What the parser of C++ says that it expected, when it is given nonsense."""
    found = []
    for n in (7, 9):
        try:
            call(*[object()] * n)
        except Exception as error:
            found += re.findall(r"(?:^ \* |but expected )\((.*)\)$", str(error), re.M)
    out = []
    for text in found:
        words = []
        for part in [part for part in text.split(", ") if part]:
            kind, _, name = part.rpartition(" ")
            if kind in ("name", "tuple of names"):
                words = None
                break
            if name not in IGNORED and name not in ("out", "requires_grad"):
                words.append("|" if part == "*" else name)
        if words is not None:
            out.append(joined(words))
    return list(dict.fromkeys(out))


def from_schema(name, method):
    for schema in SCHEMAS.get(name, []):
        arguments = schema.arguments
        if schema.overload_name.endswith("out") or any(a.name == "out" for a in arguments):
            continue
        words, bar = [], False
        for a in arguments:
            if a.name in IGNORED:
                continue
            if a.kwarg_only and not bar:
                words.append("|")
                bar = True
            if not (method and a.name == "self"):
                words.append("input" if a.name == "self" else a.name)
        return [joined(words)]
    return []


def from_python(function, method):
    words, bar = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind == p.VAR_KEYWORD:
            return None
        if p.kind == p.VAR_POSITIONAL:
            if p.name == "args":
                return None
            words.append("*" + p.name)
            continue
        if (p.name == "out" and p.kind == p.KEYWORD_ONLY) or p.name in IGNORED or (method and p.name == "self"):
            continue
        if p.kind == p.KEYWORD_ONLY and not bar and not any(w.startswith("*") for w in words):
            words.append("|")
            bar = True
        words.append(p.name)
    return [joined(words)]


def signatures(owner, name, function, method=False):
    try:
        found = from_python(function, method)
    except (TypeError, ValueError):
        found = None
    if found is None and owner is F and hasattr(F, "_" + name):
        found = from_python(getattr(F, "_" + name), method)
    if found is None and name in DOCUMENTED:
        words = DOCUMENTED[name]
        found = [words.removeprefix("input ") if method else words]
    if found is None:
        found = from_refusal(getattr(X, name) if method else function)
    if not found:
        found = from_schema(getattr(function, "__name__", name), method)
    return found


def functions(owner, method=False):
    out = {}
    for name in sorted(dir(owner)):
        if name.startswith("_"):
            continue
        member = getattr(owner, name)
        if not callable(member) or inspect.isclass(member) or inspect.ismodule(member):
            continue
        found = signatures(owner, name, member, method)
        if found:
            out[name] = found
    return out


def literal(value):
    return repr(value)


def modules():
    """Constructors, and what an object of default settings prints."""
    out = {}
    for name in sorted(dir(torch.nn)):
        cls = getattr(torch.nn, name)
        if not (inspect.isclass(cls) and issubclass(cls, torch.nn.Module)):
            continue
        words, required = [], 0
        for p in list(inspect.signature(cls.__init__).parameters.values())[1:]:
            if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                continue
            if p.kind == p.KEYWORD_ONLY and "*" not in words:
                words.append("*")
            if p.default is p.empty:
                required += 1
            words.append(p.name + ("" if p.default is p.empty else "=" + literal(p.default)))
        entry = {"takes": ", ".join(words)}
        if required == 0:
            try:
                entry["prints"] = repr(cls())
            except Exception:
                pass
        out[name] = entry
    return out


def line(key, value):
    return f"    {json.dumps(key)}: {json.dumps(value)}"


properties = [n for n in ("H", "T", "mH", "mT") if hasattr(torch.Tensor, n)]
spaces = {
    "torch": functions(torch),
    "F": functions(F),
    "Tensor": {**functions(torch.Tensor, True), **{n: [""] for n in properties}},
    "special": functions(torch.special),
    "linalg": functions(torch.linalg),
    "nn": modules(),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.json")
with open(path, "w") as file:
    blocks = [
        f"  {json.dumps(space)}: {{\n" + ",\n".join(line(k, v) for k, v in table.items()) + "\n  }"
        for space, table in spaces.items()
    ]
    file.write("{\n" + ",\n".join(blocks) + "\n}\n")
