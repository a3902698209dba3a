/** torch.distributions.kl: which divergence stands for two kinds of distributions. */

import { signature } from '../nn/signature.ts';
import { typeError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { isSubclass, mro } from '../runtime/mro.ts';
import { NativeClosure, NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { notImplemented, Self, tensorOf } from './classes.ts';
import { CROSSED } from './cross-divergences.ts';
import { distribution, isDistribution } from './distribution.ts';
import { type Divergence, SAME } from './divergences.ts';

/** By the classes of both: ours, and what a workspace has registered. */
type Table<F> = Map<PyClass, Map<PyClass, F>>;

const OURS: Table<Divergence> = new Map();
for (const [p, q, of] of [...SAME, ...CROSSED]) {
  const row = OURS.get(p) ?? new Map<PyClass, Divergence>();
  OURS.set(p, row.set(q, of));
}

/** What `register_kl` was told. */
class Registered implements Holder {
  readonly table: Table<Value> = new Map();
  references(visit: Visit): void {
    for (const row of this.table.values()) visit(row);
    visit([...this.table.keys()]);
  }
}

/** What is known of two classes themselves. */
function between(p: PyClass, q: PyClass, registered: Registered): Divergence | { readonly value: Value } | undefined {
  const own = registered.table.get(p)?.get(q);
  return own === undefined ? OURS.get(p)?.get(q) : { value: own };
}

/** The nearest known pair of classes above two: of the first the nearest, and then of the second. */
function find(p: PyClass, q: PyClass, registered: Registered): ReturnType<typeof between> {
  for (const a of mro(p)) {
    if (!isSubclass(a, distribution)) continue;
    for (const b of mro(q)) {
      const found = between(a, b, registered);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function divergence(p: Value, q: Value, interpreter: Interpreter): Value {
  interpreter.budget.step();
  const found =
    isDistribution(p) && isDistribution(q) ? find(p.cls, q.cls, interpreter.parts.of(Registered)) : undefined;
  if (found === undefined)
    throw notImplemented(`No KL(p || q) is implemented for p type ${typeOf(p)} and q type ${typeOf(q)}`);
  if (typeof found !== 'function') return interpreter.call(found.value, [p, q]);
  const [a, b] = [new Self(p as PyInstance, interpreter), new Self(q as PyInstance, interpreter)];
  return guarded(() => found(a, b, (x, y) => tensorOf(divergence(x, y, interpreter), 'kl_divergence')).t);
}

const typeOf = (value: Value): string => (value instanceof PyInstance ? value.cls.name : typeName(value));

const takes = signature('kl_divergence', 'p, q');
const takesTypes = signature('register_kl', 'type_p, type_q');

function kind(value: Value, name: string): PyClass {
  if (value instanceof PyClass && isSubclass(value, distribution)) return value;
  throw typeError(`Expected ${name} to be a Distribution subclass but got ${typeName(value)}`);
}

export const KL: readonly [string, Value][] = [
  [
    'kl_divergence',
    new NativeFunction('kl_divergence', (args, kwargs, interpreter) => {
      const { p, q } = takes(args, kwargs);
      return divergence(p, q, interpreter);
    }),
  ],
  [
    'register_kl',
    new NativeFunction('register_kl', (args, kwargs) => {
      const given = takesTypes(args, kwargs);
      const held = { p: kind(given.type_p, 'type_p'), q: kind(given.type_q, 'type_q') };
      return new NativeClosure('decorator', held, ({ p, q }, [fn], _, interpreter) => {
        const { table } = interpreter.parts.of(Registered);
        const row = table.get(p) ?? new Map<PyClass, Value>();
        interpreter.budget.room(table.size + row.size);
        table.set(p, row.set(q, fn ?? null));
        return fn ?? null;
      });
    }),
  ],
];
