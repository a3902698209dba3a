/** The order in which a class and its bases are asked for a member. */
import { PyError } from './errors.ts';
import { PyClass, type Value } from './values.ts';

export const OBJECT = new PyClass('object');

/** As many as a class may have above it, and name as its bases. */
const MOST_ABOVE = 1000;
const MOST_BASES = 64;

/** C3, as Python's. `object` stands last, named as a base or not. */
export function mro(cls: PyClass): readonly PyClass[] {
  if (cls.order !== null) return cls.order;
  const order = cls === OBJECT ? [OBJECT] : linearize(cls);
  cls.order = order;
  return order;
}

function linearize(cls: PyClass): PyClass[] {
  const bases = cls.bases.length === 0 ? [OBJECT] : cls.bases;
  if (bases.length > MOST_BASES) throw new PyError('TypeError', `a class has at most ${MOST_BASES} bases here`);
  if (bases.length === 1) return checkDepth([cls, ...mro(bases[0])]);
  const rows = [...bases.map((base) => mro(base)), bases];
  // Of how many rows a class stands behind the head: only one that stands behind none may come next.
  const behind = new Map<PyClass, number>();
  for (const row of rows) for (let i = 1; i < row.length; i++) behind.set(row[i], (behind.get(row[i]) ?? 0) + 1);
  const heads = rows.map(() => 0);
  const order: PyClass[] = [cls];
  for (;;) {
    const open = rows.findIndex((row, i) => heads[i] < row.length);
    if (open < 0) return checkDepth(order);
    const from = rows.findIndex((row, i) => heads[i] < row.length && (behind.get(row[heads[i]]) ?? 0) === 0);
    if (from < 0) {
      throw new PyError(
        'TypeError',
        `Cannot create a consistent method resolution\norder (MRO) for bases ${cls.bases.map((base) => base.name).join(', ')}`,
      );
    }
    const next = rows[from][heads[from]];
    order.push(next);
    rows.forEach((row, i) => {
      if (row[heads[i]] !== next) return;
      const head = row[++heads[i]];
      if (head !== undefined) behind.set(head, (behind.get(head) ?? 1) - 1);
    });
  }
}

function checkDepth(order: PyClass[]): PyClass[] {
  if (order.length > MOST_ABOVE)
    throw new PyError('TypeError', `a class has at most ${MOST_ABOVE} classes above it here`);
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
