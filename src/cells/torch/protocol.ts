/** Tensors, as the language sees them. */

import { tangentOf } from '../../autograd/forward.ts';
import { refreshWindow } from '../../autograd/windows.ts';
import { findOp } from '../../ops/registry.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { tensorRepr } from '../../tensor/print.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { type Visit, Walk } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { TensorProtocol } from '../runtime/tensor-protocol.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { ArrayWalk, DONE } from '../runtime/walks.ts';
import { deleteAttribute, getAttribute, setAttribute } from './attributes.ts';
import { truth } from './compare.ts';
import { itemOf, toInteger, typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { getItem, setItem } from './indexing.ts';
import { binary, inplace, unary } from './operators.ts';
import type { TorchState } from './state.ts';
import { tensorClass, tensorMethods } from './tensor-class.ts';

/** Says of a tensor that it is more than that: a parameter, with what its printed form begins with. */
export interface Kinds {
  classOf(tensor: Tensor): PyClass | undefined;
  prefix(tensor: Tensor): string;
  /** Refuses attributes that are not known yet. */
  check?(tensor: Tensor, attribute: string): void;
  /** A printed form without elements. */
  repr?(tensor: Tensor): string | undefined;
}

function number(t: Tensor): boolean | bigint | number {
  if (t.numel !== 1) throw new PyError('ValueError', 'only one element tensors can be converted to Python scalars');
  return itemOf(t);
}

/** What a thousand printed elements count as. */
const LOOK = 1024;

/** Rows that are made at a time where a tensor is walked along its first dimension. */
const ROWS_AT_ONCE = 4096;

const unbind = (t: Tensor): readonly Tensor[] =>
  guarded(() => findOp('unbind')?.call({ input: t, dim: 0 }) as readonly Tensor[]);

/** Over the rows of a long tensor, made some thousands at a time. */
class RowWalk extends Walk {
  private readonly tensor: Tensor;
  private from = 0;
  private rows: readonly Tensor[] = [];
  private at = 0;
  constructor(tensor: Tensor) {
    super();
    this.tensor = tensor;
  }
  next(): IteratorResult<Value, undefined> {
    if (this.at === this.rows.length) {
      const left = this.tensor.shape[0] - this.from;
      if (left <= 0) return DONE;
      const length = Math.min(left, ROWS_AT_ONCE);
      const part = { input: this.tensor, dim: 0, start: this.from, length };
      this.rows = unbind(guarded(() => findOp('narrow')?.call(part) as Tensor));
      this.from += length;
      this.at = 0;
    }
    return { done: false, value: this.rows[this.at++] };
  }
  references(visit: Visit): void {
    visit(this.tensor);
    visit(this.rows);
  }
}

export class Tensors implements TensorProtocol {
  readonly state: TorchState;
  private readonly kinds: Kinds | undefined;
  constructor(state: TorchState, kinds?: Kinds) {
    this.state = state;
    this.kinds = kinds;
  }

  getAttribute(t: Tensor, name: string): Value | undefined {
    this.kinds?.check?.(t, name);
    return getAttribute(tensorMethods, t, name);
  }

  setAttribute(t: Tensor, name: string, value: Value, interpreter: Interpreter): void {
    guarded(() => setAttribute(t, name, value, interpreter));
  }

  binary = binary;
  inplace = inplace;
  unary = unary;
  getItem = getItem;
  setItem = setItem;
  truth = truth;

  length(t: Tensor): number {
    if (t.ndim === 0) throw typeError('len() of a 0-d tensor');
    return t.shape[0];
  }

  iterate(t: Tensor): Walk {
    if (t.ndim === 0) throw typeError('iteration over a 0-d tensor');
    return t.shape[0] <= ROWS_AT_ONCE ? new ArrayWalk(unbind(t)) : new RowWalk(t);
  }

  contains(t: Tensor, value: Value): boolean {
    if (!(value instanceof Tensor) && !['int', 'float', 'bool'].includes(typeName(value))) {
      throw runtimeError(
        `Tensor.__contains__ only supports Tensor or scalar, but you passed in a <class '${typeName(value)}'>.`,
      );
    }
    const same = binary('==', t, value) as Tensor;
    return itemOf(guarded(() => findOp('any')?.call({ input: same }) as Tensor)) === true;
  }

  toInt(t: Tensor): bigint {
    const x = number(t);
    if (typeof x !== 'number') return BigInt(x);
    if (!Number.isFinite(x))
      throw new PyError(
        Number.isNaN(x) ? 'ValueError' : 'OverflowError',
        `cannot convert float ${Number.isNaN(x) ? 'NaN' : 'infinity'} to integer`,
      );
    return BigInt(Math.trunc(x));
  }

  toFloat(t: Tensor): number {
    return Number(number(t));
  }

  toIndex(t: Tensor): bigint {
    const n = isFloating(t.dtype) ? undefined : toInteger(t);
    if (n === undefined) throw typeError('only integer tensors of a single element can be converted to an index');
    return BigInt(n);
  }

  deleteAttribute(t: Tensor, name: string): boolean {
    return deleteAttribute(t, name);
  }

  repr(t: Tensor, interpreter: Interpreter): string {
    const own = this.kinds?.repr?.(t);
    if (own !== undefined) return own;
    refreshWindow(t);
    const options = {
      ...this.state.print,
      defaultDType: this.state.defaultDType,
      room: (n: number) => interpreter.budget.room(n),
      look: () => interpreter.budget.step(LOOK),
    };
    const text = (this.kinds?.prefix(t) ?? '') + guarded(() => tensorRepr(t, options));
    const tangent = tangentOf(t);
    return tangent === null ? text : `${text.slice(0, -1)}, tangent=${this.format(tangent, '', interpreter)})`;
  }

  format(t: Tensor, spec: string, interpreter: Interpreter): string {
    if (t.ndim === 0) {
      const formatted = interpreter.call(interpreter.getAttribute(spec === '' ? '{}' : `{:${spec}}`, 'format'), [
        itemOf(t),
      ]);
      return formatted as string;
    }
    if (spec === '') return this.repr(t, interpreter);
    throw typeError('unsupported format string passed to Tensor.__format__');
  }

  identity(t: Tensor): unknown {
    return t;
  }

  classOf(t: Tensor): PyClass {
    return this.kinds?.classOf(t) ?? tensorClass;
  }
}
