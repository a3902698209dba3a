"""What CPython answers to the cells of data/cells.txt, one session: python3 record.py > data/cells.json"""
import ast
import contextlib
import io
import json
import os
import re
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
text = open(os.path.join(here, 'data', 'cells.txt')).read()
os.chdir(tempfile.mkdtemp())
names = {'__name__': '__main__'}
rows = []
for code in re.split(r'^# ---\n', text, flags=re.M):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            tree = ast.parse(code)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, '<cell>', 'exec'), names)
            value = None if last is None else eval(compile(ast.Expression(last.value), '<cell>', 'eval'), names)
            said = '' if value is None else repr(value)
        except Exception as error:
            said = f'{type(error).__name__}: {error}'
    rows.append({'code': code, 'shown': out.getvalue() + said})
print(json.dumps(rows, indent=1))
