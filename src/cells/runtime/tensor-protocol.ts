/**
 * What the language asks of whoever knows tensors. The runtime knows that a value is a tensor and
 * nothing more: every operator, attribute and conversion of one goes through here. A method answers
 * or throws a PyError; `undefined` from `getAttribute` means that there is no such attribute.
 */
import type { Tensor } from '../../tensor/tensor.ts';
import type { Walk } from './holding.ts';
import type { Interpreter } from './interpreter.ts';
import type { PyClass, PyModule, PyObject, Value } from './values.ts';

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '&' | '|' | '^' | '<<' | '>>';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type UnaryOperator = '-' | '+' | '~' | 'abs';

export interface TensorProtocol {
  getAttribute(tensor: Tensor, name: string, interpreter: Interpreter): Value | undefined;
  setAttribute(tensor: Tensor, name: string, value: Value, interpreter: Interpreter): void;
  /** `del tensor.name`; false where that is an attribute of another kind. */
  deleteAttribute?(tensor: Tensor, name: string): boolean;
  /** At least one side is a tensor. Answers undefined where the other side cannot take part (Python's NotImplemented). */
  binary(
    op: BinaryOperator | ComparisonOperator,
    left: Value,
    right: Value,
    interpreter: Interpreter,
  ): Value | undefined;
  /** `tensor op= right`; answers what the name is bound to afterwards. */
  inplace(op: BinaryOperator, tensor: Tensor, right: Value, interpreter: Interpreter): Value;
  unary(op: UnaryOperator, tensor: Tensor, interpreter: Interpreter): Value;
  getItem(tensor: Tensor, index: Value, interpreter: Interpreter): Value;
  setItem(tensor: Tensor, index: Value, value: Value, interpreter: Interpreter): void;
  length(tensor: Tensor): number;
  /** Throws PyTorch's RuntimeError where the truth of several elements is ambiguous. */
  truth(tensor: Tensor): boolean;
  iterate(tensor: Tensor, interpreter: Interpreter): Walk;
  /** `x in tensor` */
  contains(tensor: Tensor, value: Value, interpreter: Interpreter): boolean;
  toInt(tensor: Tensor): bigint;
  toFloat(tensor: Tensor): number;
  /** As an index or a count: integer tensors of one element only. */
  toIndex(tensor: Tensor): bigint;
  repr(tensor: Tensor, interpreter: Interpreter): string;
  /** `format(tensor, spec)`: a tensor without dimensions formats as its number. */
  format(tensor: Tensor, spec: string, interpreter: Interpreter): string;
  /** What a dict holds a tensor key by; `id(tensor)` is made from it too. Identity in PyTorch. */
  identity(tensor: Tensor): unknown;
  /** torch.Tensor, or nn.Parameter for those. */
  classOf(tensor: Tensor): PyClass;
}

/** Attributes, classes and printed forms of the other objects that the tables bring: dtypes, devices, nodes, generators. */
export interface ObjectProtocol {
  getAttribute(value: PyObject, name: string, interpreter: Interpreter): Value | undefined;
  /** Answers whether it took the value: flags of modules (torch.backends…), a generator's state. */
  setAttribute?(value: PyObject, name: string, to: Value, interpreter: Interpreter): boolean;
  classOf(value: PyObject): PyClass | undefined;
  repr(value: PyObject, interpreter: Interpreter): string | undefined;
  /** Where `str` gives something else. */
  str?(value: PyObject): string | undefined;
}

/** What `import` finds. Dotted names are whole keys: `import('torch.nn.functional')`. */
export interface ModuleTable {
  import(name: string): PyModule | undefined;
  /** Says of a name that is not there what there is to know: that it is PyTorch's, or out for good. */
  tell?(name: string, of: Value | undefined): string | undefined;
  /** The text of a module that is written in the language itself: each workspace runs its own. */
  source?(name: string): string | undefined;
  readonly tensors?: TensorProtocol;
  readonly objects?: ObjectProtocol;
}
