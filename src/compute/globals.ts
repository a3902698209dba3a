/** The names of a workspace, and what hangs on them. */

import { hasBegun, isModule } from '../cells/nn/state.ts';
import { namedBuffers, namedParameters } from '../cells/nn/walk.ts';
import type { Value } from '../cells/runtime/values.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Tells of every tensor that a name is bound to. */
export class Globals extends Map<string, Value> {
  private onBind: ((name: string, tensor: Tensor) => void) | undefined;
  /** Names that were bound since this was emptied, in order. */
  readonly bound = new Set<string>();

  listen(onBind: (name: string, tensor: Tensor) => void): void {
    const before = this.onBind;
    this.onBind =
      before === undefined
        ? onBind
        : (name, tensor) => {
            onBind(name, tensor);
            before(name, tensor);
          };
  }

  override set(name: string, value: Value): this {
    // Called by Map's own constructor, too, before there are fields.
    if (this.bound !== undefined) {
      this.bound.delete(name);
      this.bound.add(name);
      if (value instanceof Tensor) this.onBind?.(name, value);
    }
    return super.set(name, value);
  }
}

/** The parameters and buffers of the modules among the names: `model.0.weight`. */
export function* parametersOf(globals: ReadonlyMap<string, Value>): Generator<[string, Tensor]> {
  for (const [name, value] of globals) {
    if (!isModule(value) || !hasBegun(value)) continue;
    yield* namedParameters(value, name);
    yield* namedBuffers(value, name);
  }
}
