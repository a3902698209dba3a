/** One module, one entry: how the classes of torch.nn are written down. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { checkDevice } from '../torch/devices.ts';
import { attributesText } from './print.ts';
import { type Bound, signature } from './signature.ts';
import { begin, held, moduleClass, selfOf } from './state.ts';

export type Method = (self: PyInstance, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value;

/** A method under its name; the module is its first argument. */
export const method = (name: string, body: Method, receiver = selfOf): NativeFunction =>
  new NativeFunction(
    name,
    ([self, ...args], kwargs, interpreter) => body(receiver(self), args, kwargs, interpreter),
    'function',
  );

/** A receiver that is no module. */
export function objectOf(value: Value | undefined): PyInstance {
  if (value instanceof PyInstance) return value;
  throw typeError('a method needs an object of its class as its first argument');
}

/**
 * Methods by name and signature: `'insert(index, module)'` is given both, whether by position or by
 * keyword; a name alone is given whatever comes.
 */
export function methodsOf(
  owner: string,
  methods: Readonly<Record<string, Method>>,
  receiver?: (value: Value) => PyInstance,
): Map<string, Value> {
  const members = new Map<string, Value>();
  for (const [key, body] of Object.entries(methods)) {
    const [, name, text] = /^(\w+)(?:\((.*)\))?$/.exec(key) ?? [];
    members.set(name, method(name, text === undefined ? body : bound(`${owner}.${name}`, text, body), receiver));
  }
  return members;
}

function bound(name: string, text: string, body: Method): Method {
  const takes = signature(name, text, 1);
  const names = text.split(',').map((part) => part.trim().split('=')[0]);
  return (self, args, kwargs, interpreter) => {
    const values = takes(args, kwargs);
    return body(
      self,
      names.filter((key) => key !== '').map((key) => values[key]),
      NONE,
      interpreter,
    );
  };
}

const NONE: Kwargs = new Map();

export interface ModuleSpec {
  readonly name: string;
  /** What the constructor takes; every name but device and dtype becomes an attribute. */
  readonly takes?: string;
  /** Whose constructor error messages speak of, where it is inherited. */
  readonly owner?: string;
  /** Names that become no attributes. */
  readonly hidden?: readonly string[];
  /** Makes parameters, buffers and children; the attributes are set already. */
  readonly init?: (self: PyInstance, args: Bound, interpreter: Interpreter) => void;
  /** Fills the parameters: `reset_parameters`, which the constructor calls at its end. */
  readonly reset?: (self: PyInstance, interpreter: Interpreter) => void;
  /** What `forward` takes. */
  readonly input?: string;
  readonly forward: (self: PyInstance, input: Bound, interpreter: Interpreter) => Value;
  /** Attributes that are printed, or how. */
  readonly shows?: string | ((self: PyInstance, interpreter: Interpreter) => string);
  readonly base?: PyClass;
  readonly methods?: Readonly<Record<string, Method>>;
}

/** Makes a class of torch.nn. It may be derived from in a cell. */
export function defineModule(spec: ModuleSpec): PyClass {
  const { name, shows, reset } = spec;
  const bindInit =
    spec.takes === undefined
      ? signature('Module.__init__', '', 1)
      : signature(`${spec.owner ?? name}.__init__`, spec.takes, 1);
  const bindInput = signature(`${spec.owner ?? name}.forward`, spec.input ?? 'input', 1);
  const hidden = new Set(['device', 'dtype', 'size_average', 'reduce', ...(spec.hidden ?? [])]);
  const members = new Map<string, Value>([
    [
      '__init__',
      method('__init__', (self, args, kwargs, interpreter) => {
        const bound = bindInit(args, kwargs);
        checkDevice(bound.device ?? null);
        begin(self);
        for (const key in bound) if (!hidden.has(key)) self.attributes.set(key, bound[key]);
        spec.init?.(self, bound, interpreter);
        if (reset !== undefined) interpreter.call(interpreter.getAttribute(self, 'reset_parameters'), []);
        return null;
      }),
    ],
    [
      'forward',
      method('forward', (self, args, kwargs, interpreter) => spec.forward(self, bindInput(args, kwargs), interpreter)),
    ],
  ]);
  if (reset !== undefined) {
    members.set(
      'reset_parameters',
      method('reset_parameters', (self, _args, _kwargs, interpreter) => {
        reset(self, interpreter);
        return null;
      }),
    );
  }
  if (shows !== undefined) {
    members.set(
      'extra_repr',
      method('extra_repr', (self, _args, _kwargs, interpreter) =>
        typeof shows === 'string' ? attributesText(self, shows, interpreter) : shows(self, interpreter),
      ),
    );
  }
  for (const [key, value] of methodsOf(name, spec.methods ?? {})) members.set(key, value);
  return new PyClass(name, [spec.base ?? moduleClass], members);
}

/** An attribute that the constructor has set. */
export function attribute(self: PyInstance, name: string): Value {
  const value = self.attributes.get(name);
  if (value === undefined) throw new PyError('AttributeError', `'${self.type}' object has no attribute '${name}'`);
  return value;
}

/** A parameter of a layer's own; null where there is none, or where it is computed. */
export function ownTensor(self: PyInstance, name: string): Tensor | null {
  const value = held(self, name);
  return value instanceof Tensor ? value : null;
}
