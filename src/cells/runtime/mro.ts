/** The order in which a class and its bases are asked for a member. */
import { PyError } from './errors.ts';
import { PyClass, type Value } from './values.ts';

export const OBJECT = new PyClass('object');

const orders = new WeakMap<PyClass, readonly PyClass[]>();

/** C3, as Python's. `object` stands last, named as a base or not. */
export function mro(cls: PyClass): readonly PyClass[] {
  const known = orders.get(cls);
  if (known !== undefined) return known;
  if (cls === OBJECT) return [OBJECT];
  const bases = cls.bases.length === 0 ? [OBJECT] : cls.bases;
  const rows = [...bases.map((base) => [...mro(base)]), [...bases]];
  const order: PyClass[] = [cls];
  for (;;) {
    const open = rows.filter((row) => row.length > 0);
    if (open.length === 0) break;
    const next = open.map((row) => row[0]).find((head) => !open.some((row) => row.indexOf(head) > 0));
    if (next === undefined) {
      throw new PyError(
        'TypeError',
        `Cannot create a consistent method resolution\norder (MRO) for bases ${cls.bases.map((base) => base.name).join(', ')}`,
      );
    }
    order.push(next);
    for (const row of open) if (row[0] === next) row.shift();
  }
  orders.set(cls, order);
  return order;
}

export interface Found {
  readonly member: Value;
  readonly owner: PyClass;
}

export function lookup(cls: PyClass, name: string): Found | undefined {
  for (const owner of mro(cls)) {
    const member = owner.members.get(name);
    if (member !== undefined) return { member, owner };
  }
  return undefined;
}

/** As `lookup`, from the class after `from`. */
export function lookupAfter(cls: PyClass, from: PyClass, name: string): Found | undefined {
  const order = mro(cls);
  for (let i = order.indexOf(from) + 1; i < order.length; i++) {
    const member = order[i].members.get(name);
    if (member !== undefined) return { member, owner: order[i] };
  }
  return undefined;
}

export const isSubclass = (cls: PyClass, of: PyClass): boolean => cls === of || mro(cls).includes(of);
