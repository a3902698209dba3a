/** A forward call as a derivation tells it: what it was given, by parameter, under the names of the values. */
import type { Node } from '../../autograd/node.ts';
import type { Document } from '../../graph/document.ts';
import { type ProgramNode, Value } from '../../graph/value.ts';
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import type { DType } from '../../tensor/dtype.ts';
import { Float, scalarToNumber } from '../../tensor/scalar.ts';
import type { Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { isThere } from './numbers.ts';

/** A tensor among what a call was given, or that it gave. */
export interface Given {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** With its elements, where they are still there. */
  readonly tensor: Tensor | undefined;
}

export interface Call {
  readonly op: OpDef;
  readonly place: number | undefined;
  /** By parameter: a tensor, a list of them, or what is no tensor. */
  readonly args: ReadonlyMap<string, Given | readonly Given[] | unknown>;
  readonly results: readonly Given[];
  /** As rules see it: tensors where they are there, else their shapes. */
  readonly told: Readonly<Record<string, unknown>>;
}

export const isGiven = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && 'name' in value && 'shape' in value;

/** A number that stands among the arguments; undefined where that is none. */
export function numberOf(value: unknown): number | undefined {
  if (value instanceof Float || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return scalarToNumber(value);
  return undefined;
}

export class Calls {
  private readonly document: Document;
  private readonly known = new Map<number, Call>();
  private readonly nameOf: (value: Value) => string;

  constructor(document: Document, nameOf: (value: Value) => string) {
    this.document = document;
    this.nameOf = nameOf;
  }

  /** The call at a place of the document. `node` has what the document does not keep. */
  at(place: number, node: Node | null = null): Call {
    let call = this.known.get(place);
    if (call === undefined) {
      call = this.make(this.document.nodes[place], place, node);
      this.known.set(place, call);
    }
    return call;
  }

  private given(value: Value, saved?: unknown): Given {
    const { name, shape, dtype } = { name: this.nameOf(value), shape: value.shape, dtype: value.dtype };
    const kept = this.document.tensorOf(value);
    const tensor = isThere(kept) ? kept : saved instanceof Tensor && isThere(saved) ? saved : undefined;
    return { name, shape, dtype, tensor };
  }

  private make({ op, args, outputs }: ProgramNode, place: number, node: Node | null): Call {
    const { program } = this.document;
    const saved = new Map(node === null || node.isFreed ? [] : node.kept());
    const out = new Map<string, unknown>();
    const told: Record<string, unknown> = {};
    const seen = ({ tensor, ...meta }: Given): unknown => tensor ?? meta;
    for (const { key } of op.params as readonly AnyParam[]) {
      const arg = args[key];
      const value = program.operand(arg);
      if (value !== undefined) {
        const given = this.given(value, saved.get(key));
        out.set(key, given);
        told[key] = seen(given);
      } else if (Array.isArray(arg) && arg.length > 0 && arg.every((item) => program.operand(item) !== undefined)) {
        const list = arg.map((item) => this.given(program.operand(item) as Value));
        out.set(key, list);
        told[key] = list.map(seen);
      } else {
        out.set(key, arg);
        told[key] = arg;
      }
    }
    const results = outputs.map((value) => this.given(value, outputs.length === 1 ? saved.get('result') : undefined));
    told.result = results.length === 1 ? seen(results[0]) : results.map(seen);
    return { op, place, args: out, results, told };
  }
}

/** The parameters that a value of this name was given for. */
export const paramsOf = (call: Call, name: string): readonly AnyParam[] =>
  (call.op.params as readonly AnyParam[]).filter(({ key }) => {
    const arg = call.args.get(key);
    return isGiven(arg)
      ? arg.name === name
      : Array.isArray(arg) && arg.some((item) => isGiven(item) && item.name === name);
  });

/** A value by itself, where no call of the document made it. */
export const isValue = (value: unknown): value is Value => value instanceof Value;
