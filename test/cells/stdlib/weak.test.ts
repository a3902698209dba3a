/** References that keep nothing alive. What is printed is CPython's. */
import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

const PRELUDE = `import weakref, gc
class Box:
    def __init__(self, n):
        self.n = n
    def twice(self):
        return 2 * self.n
box = Box(4)`;

const lines = (code: string): string[] => shown(PRELUDE, code).trim().split('\n');

describe('weakref', () => {
  it('gives the object as long as somebody holds it', () => {
    expect(lines('r = weakref.ref(box)\nprint(r() is box, r().n)\ndel box\nprint(r())')).toEqual(['True 4', 'None']);
  });

  it('asks for a tensor, too, and keeps no graph', () => {
    expect(
      lines(`def f():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    return weakref.ref(y), (y * 3).sum()
r, loss = f()
loss.backward()
del loss
print(r())`),
    ).toEqual(['None']);
  });

  it('calls back, the last one first, and runs finalizers once', () => {
    expect(
      lines(`a = weakref.ref(box, lambda r: print('first', r()))
b = weakref.ref(box, lambda r: print('second', r() is None))
f = weakref.finalize(box, print, 'done', 3)
print(f.alive)
del box
gc.collect()
print(f.alive, f())`),
    ).toEqual(['True', 'done 3', 'second True', 'first None', 'False None']);
  });

  it('holds dicts and sets together that forget', () => {
    expect(
      lines(`values, keys, items = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), weakref.WeakSet([box])
values['x'] = box
keys[box] = 5
print(values['x'].n, keys[box], box in items, len(values), len(keys), len(items))
del box
print(list(values), list(keys), list(items), 'x' in values)`),
    ).toEqual(['4 5 True 1 1 1', '[] [] [] False']);
  });

  it('stands for the object as a proxy or a method', () => {
    expect(
      lines(`p, m = weakref.proxy(box), weakref.WeakMethod(box.twice)
p.n = 6
print(p.n, box.n, m()(), weakref.ref(box.twice)())
del box
try:
    p.n
except ReferenceError as e:
    print(e)
print(m())`),
    ).toEqual(['6 6 12 None', 'weakly-referenced object no longer exists', 'None']);
  });

  it.each([
    ['1', 'int'],
    ["'a'", 'str'],
    ['[]', 'list'],
    ['{}', 'dict'],
    ['(1, 2)', 'tuple'],
    ['None', 'NoneType'],
  ])('refuses %s', (value, type) => {
    expect(shown(PRELUDE, `weakref.ref(${value})`)).toBe(`TypeError: cannot create weak reference to '${type}' object`);
  });
});
