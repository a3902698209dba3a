/** import json */

import { sortValues } from '../runtime/builtins/sequences.ts';
import { PyBytes } from '../runtime/bytes.ts';
import { type PyError, typeError, valueError } from '../runtime/errors.ts';
import { EXCEPTIONS, makeException, RaisedError } from '../runtime/exceptions.ts';
import { floatRepr } from '../runtime/floats.ts';
import { setItem } from '../runtime/keys.ts';
import { lookup } from '../runtime/mro.ts';
import { intText } from '../runtime/numbers.ts';
import { UserClass } from '../runtime/objects.ts';
import { plainOf } from '../runtime/primitive.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { TextBuilder } from '../runtime/text.ts';
import { typeName } from '../runtime/types.ts';
import {
  type Kwargs,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyList,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { JsonReader } from './json-reader.ts';

/** A string as JSON writes it; beyond ASCII as `\u…` where that is asked for. */
export function jsonText(text: string, ascii: boolean): string {
  const body = text.replace(ascii ? /[\\"]|[^ -~]/g : /[\\"]|[^ -\uffff]/g, (c) => {
    const short = SHORT.get(c);
    return short ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${body}"`;
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\f', '\\f'],
]);

interface Options {
  readonly skipKeys: boolean;
  readonly ascii: boolean;
  readonly allowNan: boolean;
  readonly sortKeys: boolean;
  readonly indent: string | null;
  readonly item: string;
  readonly key: string;
  readonly fallback: Value;
}

const NAMES = [
  'skipkeys',
  'ensure_ascii',
  'check_circular',
  'allow_nan',
  'cls',
  'indent',
  'separators',
  'default',
  'sort_keys',
];

function optionsOf(kwargs: Kwargs, runtime: Runtime): Options {
  const given = (name: string, fallback: Value): Value => kwargs.get(name) ?? fallback;
  const indent = given('indent', null);
  const separators = given('separators', null);
  const pair = separators instanceof PyTuple || separators instanceof PyList ? separators.items : null;
  let fallback = given('default', null);
  const cls = given('cls', null);
  if (cls instanceof PyClass) {
    const encoder = runtime.call(cls, []);
    const own = lookup(cls, 'default');
    if (own !== undefined && own.owner instanceof UserClass) fallback = runtime.getAttribute(encoder, 'default');
  }
  return {
    skipKeys: runtime.truth(given('skipkeys', false)),
    ascii: runtime.truth(given('ensure_ascii', true)),
    allowNan: runtime.truth(given('allow_nan', true)),
    sortKeys: runtime.truth(given('sort_keys', false)),
    indent:
      typeof indent === 'string'
        ? indent
        : indent === null
          ? null
          : ' '.repeat(Math.min(100, Math.max(0, Number(indent)))),
    item: pair === null ? (indent === null ? ', ' : ',') : String(pair[0]),
    key: pair === null ? ': ' : String(pair[1]),
    fallback,
  };
}

class Writer {
  private readonly runtime: Runtime;
  private readonly options: Options;
  private readonly out: TextBuilder;
  private readonly open = new Set<Value>();
  constructor(runtime: Runtime, options: Options) {
    this.runtime = runtime;
    this.options = options;
    this.out = new TextBuilder(runtime.budget);
  }

  text(value: Value): string {
    this.write(value, 0);
    return this.out.toString();
  }

  private float(value: number): string {
    if (Number.isFinite(value)) return floatRepr(value);
    if (!this.options.allowNan) throw valueError(`Out of range float values are not JSON compliant`);
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  }

  private plain(given: Value): string | undefined {
    const value = plainOf(given);
    if (value === null) return 'null';
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (typeof value === 'bigint') return intText(value, this.runtime.budget);
    if (typeof value === 'number') return this.float(value);
    if (typeof value === 'string') return jsonText(value, this.options.ascii);
    return undefined;
  }

  private write(value: Value, depth: number): void {
    this.runtime.budget.step();
    const plain = this.plain(value);
    if (plain !== undefined) {
      this.out.add(plain);
      return;
    }
    if (this.open.has(value)) throw valueError('Circular reference detected');
    this.open.add(value);
    this.runtime.nested(() => {
      if (value instanceof PyList || value instanceof PyTuple) this.list(value.items, depth);
      else if (value instanceof PyDict) this.dict(value, depth);
      else if (this.options.fallback !== null) this.write(this.runtime.call(this.options.fallback, [value]), depth);
      else throw notSerializable(value, this.runtime);
    });
    this.open.delete(value);
  }

  private line(depth: number): string {
    const { indent } = this.options;
    return indent === null ? '' : `\n${indent.repeat(depth)}`;
  }

  private list(items: readonly Value[], depth: number): void {
    if (items.length === 0) {
      this.out.add('[]');
      return;
    }
    items.forEach((item, i) => {
      this.out.add((i === 0 ? '[' : this.options.item) + this.line(depth + 1));
      this.write(item, depth + 1);
    });
    this.out.add(`${this.line(depth)}]`);
  }

  private dict(dict: PyDict, depth: number): void {
    const { runtime, options } = this;
    let keys = [...dict.entries.values()];
    if (options.sortKeys) {
      const order = sortValues(
        runtime,
        keys.map(([key, value]) => new PyTuple([key, value])),
        FIRST,
        false,
      );
      keys = order.map((pair) => (pair as PyTuple).items as [Value, Value]);
    }
    let first = true;
    for (const [key, value] of keys) {
      const plain = plainOf(key);
      if (plain !== null && typeof plain === 'object') {
        if (options.skipKeys) continue;
        throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key, runtime)}`);
      }
      const name = typeof plain === 'string' ? plain : this.plain(plain)!;
      this.out.add((first ? '{' : options.item) + this.line(depth + 1) + jsonText(name, options.ascii) + options.key);
      this.write(value, depth + 1);
      first = false;
    }
    this.out.add(first ? '{}' : `${this.line(depth)}}`);
  }
}

const FIRST = new NativeFunction('key', ([pair]) => (pair as PyTuple).items[0]);

const notSerializable = (value: Value, runtime: Runtime): PyError =>
  typeError(`Object of type ${typeName(value, runtime).split('.').at(-1)} is not JSON serializable`);

const DECODE_ERROR = new PyClass(
  'JSONDecodeError',
  [EXCEPTIONS.get('ValueError')!],
  new Map<string, Value>([['__module__', 'json.decoder']]),
);

function decodeError(message: string, text: string, at: number): RaisedError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const full = `${message}: line ${line} column ${column} (char ${at})`;
  const instance = makeException(DECODE_ERROR, [full]);
  for (const [name, value] of [
    ['msg', message],
    ['doc', text],
    ['pos', BigInt(at)],
    ['lineno', BigInt(line)],
    ['colno', BigInt(column)],
  ] as const)
    instance.attributes.set(name, value);
  return new RaisedError(instance, full);
}

function dumps(value: Value, kwargs: Kwargs, runtime: Runtime): string {
  for (const name of kwargs.keys())
    if (!NAMES.includes(name)) throw typeError(`JSONEncoder.__init__() got an unexpected keyword argument '${name}'`);
  return new Writer(runtime, optionsOf(kwargs, runtime)).text(value);
}

function loads(value: Value, kwargs: Kwargs, runtime: Runtime): Value {
  let text: string;
  if (typeof value === 'string') text = value;
  else if (value instanceof PyBytes) text = Buffer.from(value.data).toString('utf8');
  else throw typeError(`the JSON object must be str, bytes or bytearray, not ${typeName(value, runtime)}`);
  const hook = (name: string): Value => kwargs.get(name) ?? null;
  return new JsonReader(text, runtime, {
    fail: decodeError,
    object: hook('object_hook'),
    pairs: hook('object_pairs_hook'),
    float: hook('parse_float'),
    int: hook('parse_int'),
    constant: hook('parse_constant'),
    put: setItem,
  }).read();
}

// Encoders and decoders as objects keep what they were made with.
const encoder = new PyClass('JSONEncoder', [], new Map<string, Value>([['__module__', 'json.encoder']]));
const selfOf = (value: Value | undefined): PyInstance => {
  if (value instanceof PyInstance) return value;
  throw typeError('an encoder is needed');
};
const kept = (self: PyInstance): Kwargs =>
  new Map(NAMES.flatMap((name) => (self.attributes.has(name) ? [[name, self.attributes.get(name)!] as const] : [])));
encoder.members.set(
  '__init__',
  new NativeFunction('__init__', ([self], kwargs) => {
    for (const [name, value] of kwargs) selfOf(self).attributes.set(name, value);
    return null;
  }),
);
encoder.members.set(
  'default',
  new NativeFunction('default', ([, value], _, interpreter) => {
    throw notSerializable(value ?? null, interpreter as Runtime);
  }),
);
encoder.members.set(
  'encode',
  new NativeFunction('encode', ([self, value], _, interpreter) => {
    const runtime = interpreter as Runtime;
    const options = new Map(kept(selfOf(self)));
    if (!options.has('default')) options.set('default', runtime.getAttribute(self, 'default'));
    return dumps(value ?? null, options, runtime);
  }),
);
const decoder = new PyClass('JSONDecoder', [], new Map<string, Value>([['__module__', 'json.decoder']]));
decoder.members.set(
  'decode',
  new NativeFunction('decode', ([, text], __, interpreter) => loads(text ?? null, new Map(), interpreter as Runtime)),
);

export const JSON_MODULE = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'dumps',
      new NativeFunction('dumps', ([value], kwargs, interpreter) =>
        dumps(value ?? null, kwargs, interpreter as Runtime),
      ),
    ],
    [
      'dump',
      new NativeFunction('dump', ([value, file, ...rest], kwargs, interpreter) => {
        const options = new Map(kwargs);
        const to = file ?? options.get('fp');
        options.delete('fp');
        if (to === undefined || rest.length > 0) throw typeError("dump() missing 1 required positional argument: 'fp'");
        interpreter.call(interpreter.getAttribute(to, 'write'), [dumps(value, options, interpreter as Runtime)]);
        return null;
      }),
    ],
    [
      'loads',
      new NativeFunction('loads', ([text], kwargs, interpreter) => loads(text ?? null, kwargs, interpreter as Runtime)),
    ],
    [
      'load',
      new NativeFunction('load', ([file], kwargs, interpreter) =>
        loads(interpreter.call(interpreter.getAttribute(file ?? null, 'read'), []), kwargs, interpreter as Runtime),
      ),
    ],
    ['JSONDecodeError', DECODE_ERROR],
    ['JSONEncoder', encoder],
    ['JSONDecoder', decoder],
  ]);
