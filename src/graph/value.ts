/** What a program is made of: versions of tensors, and the calls that made them. */
import { nodeOf } from '../autograd/node.ts';
import type { OpDef } from '../ops/define.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { FunctionCall } from './function-call.ts';

/** What a value knows of the program that it stands in. */
export interface ValueOwner {
  readonly part: number;
  /** Whether calls hold on to elements. */
  readonly hasHeld: boolean;
  /** The values among a call's arguments, lists flattened. */
  operands(args: Readonly<Record<string, unknown>>): Value[];
}

/** One version of a tensor: what stands in the program for the elements that it had at some time. */
export class Value {
  readonly program: ValueOwner;
  readonly dtype: DType;
  readonly shape: Shape;
  requiresGrad: boolean;
  gradFn: string | null;
  /** The number of the gradient node that made it, and which result of that it is; -1 where there is none. */
  gradNode = -1;
  gradIndex = 0;
  /** The name that a request gave it, or the variable that it was first bound to. */
  name: string | null = null;
  /** What was written over to make it, while its part runs. */
  previous: Value | null = null;
  /** The call that made it; null for what was given, and where the call was forgotten. */
  maker: ProgramNode | null;
  /** A tensor with its elements, where one is kept. */
  tensor: Tensor | null;
  /** Of a leaf that requires grad: the tensor itself, as long as anybody has it. */
  readonly leaf: WeakRef<Tensor> | null;
  /** The part of the program (a cell) that it came up in, and its number among all values. */
  readonly part: number;
  readonly serial: number;

  constructor(program: ValueOwner, tensor: Tensor, maker: ProgramNode | null, kept: Tensor | null, serial: number) {
    this.program = program;
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.requiresGrad = tensor.requiresGrad;
    this.gradFn = null;
    this.hangOn(tensor);
    this.maker = maker;
    this.tensor = kept;
    // Who keeps the tensor has it anyway.
    this.leaf = tensor.requiresGrad && tensor.gradFn === null && kept !== tensor ? new WeakRef(tensor) : null;
    this.part = program.part;
    this.serial = serial;
  }

  /** Takes over a tensor's place in the gradient graph. */
  hangOn(tensor: Tensor): void {
    const node = nodeOf(tensor);
    if (node === null) {
      this.gradFn = null;
      return;
    }
    this.gradFn = node.name;
    this.gradNode = node.seq;
    this.gradIndex = tensor.outputIndex;
  }

  /** Shows all that keeps elements, here and in what it was made from. */
  references(visit: (held: unknown) => void): void {
    visit(this.tensor);
    visit(this.previous);
    if (!this.program.hasHeld) return;
    for (let node = this.maker; node !== null; node = node.composite) {
      const { args } = node;
      for (const key in args) {
        const arg = args[key];
        if (arg instanceof Value) visit(arg);
        else if (Array.isArray(arg)) for (const item of arg) if (item instanceof Value) visit(item);
      }
      for (const value of node.outputs) visit(value);
    }
  }
}

/** One call. */
export interface ProgramNode {
  op: OpDef;
  /** By parameter, in camelCase. Values stand in the place of tensors; see `Program.valueOf`. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Value[];
  gradFn: string | null;
  readonly part: number;
  /** Gradient nodes numbered from `first` up to, without, `last` came from this call. */
  readonly first: number;
  readonly last: number;
  /** Of a call of a backward pass: the number of the gradient node whose rule made it… */
  readonly rule: number | undefined;
  /** …or the place of the forward node that it belongs to. */
  readonly of: number | undefined;
  /** Of a call inside a composite op: that op's call, and whether the backward part has taken it up. */
  composite: ProgramNode | null;
  unfolded: boolean;
  /** Of a function that brought its own gradient rule: what was heard of that. */
  own: FunctionCall | null;
}
