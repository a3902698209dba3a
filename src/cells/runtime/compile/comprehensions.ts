/** Comprehensions and generator expressions: a scope of their own, the first iterable from outside. */
import type { ExprOf } from '../../syntax/ast.ts';
import { generatorOf } from '../calls.ts';
import { type Code, Frame } from '../frame.ts';
import type { Walk } from '../holding.ts';
import { iteratorOf } from '../iterate.ts';
import { addItem, setItem } from '../keys.ts';
import { PySet } from '../objects.ts';
import type { Runtime } from '../runtime.ts';
import { PyDict, PyList, type Value } from '../values.ts';
import { bindTarget } from './bindings.ts';
import { type Context, Scope } from './context.ts';
import type { Store } from './names.ts';
import { assignTo } from './targets.ts';

interface Loop {
  readonly bind: Store;
  /** Of the first clause it is run in the frame outside. */
  readonly iterable: Code;
  readonly conditions: readonly Code[];
}

/** The frame that functions and comprehensions within `frame` see. */
export const enclosing = (frame: Frame): Frame | null => (frame.names === null ? frame : frame.parent);

export function comprehension(context: Context, node: ExprOf<'Comprehension'>): Code {
  const { runtime } = context;
  const scope = new Scope('comprehension', context.scope, context.scope.qualname);
  for (const clause of node.clauses) bindTarget(scope, clause.target);
  const inner = context.within(scope);
  const loops = node.clauses.map(
    (clause, i): Loop => ({
      iterable: (i === 0 ? context : inner).expression(clause.iterable),
      bind: assignTo(inner, clause.target),
      conditions: clause.conditions.map((condition) => inner.expression(condition)),
    }),
  );
  const element = inner.expression(node.element);
  const value = node.value === null ? null : inner.expression(node.value);
  context.absorb(inner);
  const { size } = scope.slots;
  const begin = (frame: Frame): [Frame, Walk] => {
    const first = iteratorOf(runtime, loops[0].iterable(frame));
    return [new Frame(new Array<Value | undefined>(size).fill(undefined), enclosing(frame), frame.fn), first];
  };
  const { maxItems } = runtime.budget.limits;
  switch (node.form) {
    case 'list':
      return (frame) => {
        const items: Value[] = [];
        const [own, first] = begin(frame);
        each(runtime, loops, 0, first, own, () => {
          if (items.length >= maxItems) runtime.budget.room(items.length + 1);
          items.push(element(own));
        });
        return new PyList(items);
      };
    case 'set':
      return (frame) => {
        const set = new PySet();
        const [own, first] = begin(frame);
        each(runtime, loops, 0, first, own, () => addItem(set, element(own), runtime));
        return set;
      };
    case 'dict':
      return (frame) => {
        const dict = new PyDict();
        const [own, first] = begin(frame);
        each(runtime, loops, 0, first, own, () => {
          const key = element(own);
          setItem(dict, key, value!(own), runtime);
        });
        return dict;
      };
    case 'generator': {
      const { weight } = inner;
      return (frame) => {
        const [own, first] = begin(frame);
        own.hold(first);
        return generatorOf(runtime, weight, own, lazily(runtime, loops, 0, first, own, element));
      };
    }
  }
}

function passes(runtime: Runtime, loop: Loop, frame: Frame): boolean {
  for (const condition of loop.conditions) if (!runtime.truth(condition(frame))) return false;
  return true;
}

function each(
  runtime: Runtime,
  loops: readonly Loop[],
  depth: number,
  iterator: Walk,
  frame: Frame,
  emit: () => void,
): void {
  const loop = loops[depth];
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    runtime.budget.step();
    loop.bind(frame, next.value);
    if (!passes(runtime, loop, frame)) continue;
    if (depth + 1 === loops.length) emit();
    else each(runtime, loops, depth + 1, iteratorOf(runtime, loops[depth + 1].iterable(frame)), frame, emit);
  }
}

function* lazily(
  runtime: Runtime,
  loops: readonly Loop[],
  depth: number,
  iterator: Walk,
  frame: Frame,
  element: Code,
): Generator<Value, undefined, Value> {
  const loop = loops[depth];
  // The first is held from before the generator begins.
  if (depth > 0) frame.hold(iterator);
  try {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      runtime.budget.step();
      loop.bind(frame, next.value);
      if (!passes(runtime, loop, frame)) continue;
      if (depth + 1 === loops.length) yield element(frame);
      else
        yield* lazily(runtime, loops, depth + 1, iteratorOf(runtime, loops[depth + 1].iterable(frame)), frame, element);
    }
  } finally {
    frame.release();
  }
  return undefined;
}
