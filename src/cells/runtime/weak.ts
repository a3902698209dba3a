/**
 * References that keep nothing alive. An object here is gone when the collector says so, which is asked at the
 * moment of the question: so the answer is the same as where references are counted, some milliseconds later.
 */
import { collectGarbage } from '../../tensor/collector.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { isHolder, Native, type Visit } from './holding.ts';
import type { Interpreter } from './interpreter.ts';
import type { Value } from './values.ts';

/** What asking the collector counts as. */
const QUESTION = 50_000;

export class WeakHold extends Native {
  private target: WeakRef<object> | null;

  constructor(target: object) {
    super();
    this.target = new WeakRef(target);
  }

  /** The object, if it is still there. Ask {@link isAlive} first. */
  get value(): Value {
    return (this.target?.deref() as Value | undefined) ?? null;
  }

  get isGone(): boolean {
    if (this.target === null) return true;
    if (this.target.deref() !== undefined) return false;
    this.target = null;
    return true;
  }

  /** Nothing: that is what it is for. */
  references(): void {}
}

/** Objects that are looked through before the collector is asked. */
const NEAR = 4000;

/** Whether an object hangs on the cell's names, not far off: then it is alive, and the collector need not be asked. */
function isNear(target: object, interpreter: Interpreter): boolean {
  const seen = new Set<object>();
  const pending: object[] = [];
  const visit: Visit = Object.assign(
    (held: unknown): void => {
      if (typeof held !== 'object' || held === null || seen.has(held) || seen.size >= NEAR) return;
      seen.add(held);
      pending.push(held);
    },
    { weigh: (): void => {} },
  );
  visit(interpreter.globals);
  visit(interpreter.parts);
  // What was met first is looked through first: names before what they hold.
  for (let i = 0; i < pending.length; i++) {
    const at = pending[i];
    if (at === target) return true;
    if (at instanceof Tensor) for (const held of [at.grad, at.base, at.gradFn]) visit(held);
    else if (isHolder(at)) at.references(visit);
    else if (Array.isArray(at) || at instanceof Set) for (const item of at) visit(item);
    else if (at instanceof Map) for (const entry of at) for (const item of entry) visit(item);
  }
  return false;
}

/** Whether what a reference leads to is still held by somebody. */
export function isAlive(hold: WeakHold, interpreter: Interpreter): boolean {
  if (hold.isGone) return false;
  interpreter.budget.step(NEAR);
  if (isNear(hold.value as object, interpreter)) return true;
  interpreter.budget.step(QUESTION);
  collectGarbage();
  return !hold.isGone;
}
