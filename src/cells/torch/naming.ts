/** What PyTorch's names are: of which kind each is, and so how a function of that name prints. */
import { NativeFunction, type Value } from '../runtime/values.ts';
import { type NameKind, PUBLIC_NAMES } from './public-names.ts';

const spaces = new Map<string, ReadonlyMap<string, NameKind>>();

/** All public names of a module, or of the class `torch.Tensor`, with their kinds; empty where there is no such one. */
export function namesIn(space: string): ReadonlyMap<string, NameKind> {
  const known = spaces.get(space);
  if (known !== undefined) return known;
  const names = new Map<string, NameKind>();
  const written = Object.hasOwn(PUBLIC_NAMES, space) ? PUBLIC_NAMES[space] : {};
  for (const [kind, list] of Object.entries(written)) {
    for (const name of list.split(' ')) names.set(name, kind as NameKind);
  }
  if (Object.hasOwn(PUBLIC_NAMES, space)) spaces.set(space, names);
  return names;
}

/** Tells the functions of a module where they stand, once: those of Python's print otherwise than those of C++. */
export function place(space: string, table: Iterable<readonly [string, Value]>): void {
  const names = namesIn(space);
  for (const [name, value] of table) {
    if (!(value instanceof NativeFunction) || value.home !== null || value.module !== null) continue;
    const kind = names.get(name);
    if (kind === 'function') {
      value.type = 'function';
      value.module = space;
    } else if (kind === 'method') value.home = 'type';
  }
}

/** As {@link place}, for the methods of a class; those that are not said to be Python's are C++'s. */
export function placeMethods(cls: string, space: string, table: Iterable<readonly [string, Value]>): void {
  const names = namesIn(space);
  for (const [name, value] of table) {
    if (!(value instanceof NativeFunction) || value.home !== null) continue;
    if (names.get(name) !== 'function' && value.type !== 'function') continue;
    value.type = 'function';
    value.home = cls;
  }
}
