/** A module again, with parameters of its own: what stacks of layers are made of. */
import { copy } from '../../kernels/copy.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { BoundMethod, PyDict, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { isParameter, makeParameter } from './parameter.ts';
import { isModule } from './state.ts';

class Copying {
  private readonly done = new Map<object, Value>();
  private readonly interpreter: Interpreter;
  constructor(interpreter: Interpreter) {
    this.interpreter = interpreter;
  }

  value(value: Value): Value {
    if (value === null || typeof value !== 'object') return value;
    const known = this.done.get(value);
    if (known !== undefined) return known;
    this.interpreter.budget.step();
    if (value instanceof Tensor) return this.keep(value, cloned(value));
    if (value instanceof PyList) {
      const made = this.keep(value, new PyList([])) as PyList;
      for (const item of value.items) made.items.push(this.value(item));
      return made;
    }
    if (value instanceof PyTuple) {
      const made = new PyTuple(
        value.items.map((item) => this.value(item)),
        value.type,
        value.fields,
      );
      return this.keep(value, made);
    }
    if (value instanceof PyDict) {
      const made = this.keep(value, new PyDict(value.type)) as PyDict;
      for (const [held, [key, item]] of value.entries) made.entries.set(held, [key, this.value(item)]);
      return made;
    }
    if (value instanceof BoundMethod) return new BoundMethod(this.value(value.self), value.fn);
    return isModule(value) ? this.module(value) : value;
  }

  private keep<T extends Value>(from: object, made: T): T {
    this.done.set(from, made);
    return made;
  }

  module(module: PyInstance): PyInstance {
    const made = this.keep(module, new PyInstance(module.cls));
    for (const [name, value] of module.attributes) made.attributes.set(name, this.value(value));
    made.native = module.native?.again((value) => this.value(value)) ?? null;
    return made;
  }
}

function cloned(t: Tensor): Tensor {
  if (t.gradFn !== null) {
    throw runtimeError(
      'Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment',
    );
  }
  const data = copy(t.detach());
  const made = isParameter(t) ? makeParameter(data, t.requiresGrad) : data;
  if (t.requiresGrad) made.requiresGrad = true;
  if (t.grad !== null) made.grad = copy(t.grad);
  return made;
}

/** As `copy.deepcopy` makes it. */
export const cloneModule = (module: PyInstance, interpreter: Interpreter): PyInstance =>
  new Copying(interpreter).module(module);
