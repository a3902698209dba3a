/** JSON text to values, with the errors that CPython gives. */
import type { PyError } from '../runtime/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { PyDict, PyList, PyTuple, type Value } from '../runtime/values.ts';

export interface Hooks {
  readonly fail: (message: string, text: string, at: number) => PyError;
  readonly object: Value;
  readonly pairs: Value;
  readonly float: Value;
  readonly int: Value;
  readonly constant: Value;
  readonly put: (dict: PyDict, key: Value, value: Value, runtime: Runtime) => void;
}

const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;
const CONSTANTS: readonly (readonly [string, Value])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export class JsonReader {
  private readonly text: string;
  private readonly runtime: Runtime;
  private readonly hooks: Hooks;
  private at = 0;

  constructor(text: string, runtime: Runtime, hooks: Hooks) {
    this.text = text;
    this.runtime = runtime;
    this.hooks = hooks;
    runtime.budget.characters(text.length);
  }

  read(): Value {
    if (this.text.startsWith('\ufeff')) throw this.problem('Unexpected UTF-8 BOM (decode using utf-8-sig)', 0);
    this.blanks();
    const value = this.value();
    this.blanks();
    if (this.at < this.text.length) throw this.problem('Extra data');
    return value;
  }

  private problem(message: string, at = this.at): PyError {
    return this.hooks.fail(message, this.text, at);
  }

  private blanks(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at])) this.at++;
  }

  private value(): Value {
    this.runtime.budget.step();
    const c = this.text[this.at];
    if (c === '"') {
      this.at++;
      return this.string();
    }
    if (c === '{') return this.runtime.nested(() => this.object());
    if (c === '[') return this.runtime.nested(() => this.list());
    for (const [word, value] of CONSTANTS) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return this.hooks.constant !== null && typeof value === 'number'
        ? this.runtime.call(this.hooks.constant, [word])
        : value;
    }
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw this.problem('Expecting value');
    const [all, whole, fraction, exponent] = match;
    this.at += all.length;
    if (fraction === undefined && exponent === undefined) {
      this.runtime.budget.bits(whole.length * 4);
      return this.hooks.int === null ? BigInt(whole) : this.runtime.call(this.hooks.int, [all]);
    }
    return this.hooks.float === null ? Number(all) : this.runtime.call(this.hooks.float, [all]);
  }

  private string(): string {
    const begin = this.at - 1;
    let out = '';
    for (;;) {
      let end = this.at;
      while (end < this.text.length && this.text[end] !== '"' && this.text[end] !== '\\' && this.text[end] >= ' ')
        end++;
      out += this.text.slice(this.at, end);
      this.at = end;
      const c = this.text[this.at];
      if (c === undefined) throw this.problem('Unterminated string starting at', begin);
      if (c === '"') {
        this.at++;
        return out;
      }
      if (c !== '\\') throw this.problem('Invalid control character at');
      const next = this.text[this.at + 1];
      if (next === undefined) throw this.problem('Unterminated string starting at', begin);
      if (next === 'u') {
        const hex = this.text.slice(this.at + 2, this.at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.problem('Invalid \\uXXXX escape', this.at + 1);
        out += String.fromCharCode(Number.parseInt(hex, 16));
        this.at += 6;
        continue;
      }
      if (!Object.hasOwn(ESCAPES, next)) throw this.problem('Invalid \\escape');
      out += ESCAPES[next];
      this.at += 2;
    }
  }

  private list(): Value {
    const items: Value[] = [];
    this.at++;
    this.blanks();
    if (this.text[this.at] === ']') {
      this.at++;
      return new PyList(items);
    }
    for (;;) {
      items.push(this.value());
      if (items.length % 4096 === 0) this.runtime.budget.room(items.length);
      this.blanks();
      const c = this.text[this.at];
      if (c === ']') break;
      if (c !== ',') throw this.problem("Expecting ',' delimiter");
      this.at++;
      this.blanks();
    }
    this.at++;
    return new PyList(items);
  }

  private object(): Value {
    const pairs: [string, Value][] = [];
    this.at++;
    this.blanks();
    if (this.text[this.at] !== '}') {
      for (;;) {
        if (this.text[this.at] !== '"') throw this.problem('Expecting property name enclosed in double quotes');
        this.at++;
        const key = this.string();
        this.blanks();
        if (this.text[this.at] !== ':') throw this.problem("Expecting ':' delimiter");
        this.at++;
        this.blanks();
        pairs.push([key, this.value()]);
        this.blanks();
        const c = this.text[this.at];
        if (c === '}') break;
        if (c !== ',') throw this.problem("Expecting ',' delimiter");
        this.at++;
        this.blanks();
      }
    }
    this.at++;
    const { runtime, hooks } = this;
    if (hooks.pairs !== null)
      return runtime.call(hooks.pairs, [new PyList(pairs.map(([key, value]) => new PyTuple([key, value])))]);
    const dict = new PyDict();
    for (const [key, value] of pairs) hooks.put(dict, key, value, runtime);
    return hooks.object === null ? dict : runtime.call(hooks.object, [dict]);
  }
}
