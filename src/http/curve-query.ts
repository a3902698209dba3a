/** The query of a curve: texts, read as the op's own parameters are. */

import { pointerStep } from '../codec/json/json-error.ts';
import type { CurveRequest } from '../compute/curve/curve.ts';
import { closest } from '../ops/closest.ts';
import type { OpDef } from '../ops/define.ts';
import { type AnyParam, Refusal } from '../ops/params.ts';
import { wrongQuery } from './problem.ts';

export type Query = Readonly<Record<string, unknown>>;

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What a curve may be asked for, and what it is where nothing is said. */
export const RANGE = { from: -5, to: 5 } as const;
export const POINTS = { minimum: 2, maximum: 10_000, default: 201 } as const;
export const SIDE = { minimum: 100, maximum: 4000 } as const;
export const SIZE = { width: 720, height: 540 } as const;
/** Elements of the vector of which one runs. */
export const MOST_ELEMENTS = 16;
/** Samples, each of which takes a backward pass over all elements for each of them. */
const MOST_WORK = 400_000;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

export interface CurveQuery {
  readonly request: CurveRequest;
  readonly picture: PictureSize;
}

interface Fault {
  readonly name: string;
  readonly detail: string;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** In a query a plus that was not escaped is a space. */
const tidy = (text: string): string => text.trim().replace(/([eE]) (?=\d)/, '$1+');

/** undefined where the text is no number; what is beyond all floats is none. */
function decimal(text: string): number | undefined {
  const tidied = tidy(text);
  const value = DECIMAL.test(tidied) ? Number(tidied) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Types of JSON that a parameter takes. */
function typesOf(schema: unknown): Set<string> {
  const { type, anyOf } = schema as { type?: string | string[]; anyOf?: unknown[] };
  return new Set([...[type ?? []].flat(), ...(anyOf ?? []).flatMap((one) => [...typesOf(one)])]);
}

/** A parameter that is no tensor, as its own reader takes it. */
function readAttr(param: AnyParam, text: string): unknown {
  const types = typesOf(param.attr?.jsonSchema);
  const one = decimal(text);
  let value: unknown = text;
  if (types.has('boolean') && (text === 'true' || text === 'false')) value = text === 'true';
  else if (one !== undefined && (types.has('number') || types.has('integer'))) value = one;
  else if (types.has('array') && text.includes(',')) value = text.split(',').map(decimal);
  return param.attr?.read(value);
}

class Reader {
  readonly faults: Fault[] = [];
  private readonly query: Query;
  private readonly known = new Set<string>();

  constructor(query: Query) {
    this.query = query;
  }

  fault(name: string, detail: string): undefined {
    this.faults.push({ name, detail });
    return undefined;
  }

  /** undefined where it is absent. */
  text(name: string): string | undefined {
    this.known.add(name);
    if (!Object.hasOwn(this.query, name)) return undefined;
    const value = this.query[name];
    return typeof value === 'string' ? value : this.fault(name, 'is given more than once');
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    return decimal(text) ?? (this.fault(name, `expected a number, but got ${shown(text)}`) || otherwise);
  }

  whole(name: string, otherwise: number, { minimum, maximum }: { minimum: number; maximum: number }): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = decimal(text);
    if (value !== undefined && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    this.fault(name, `expected an integer from ${minimum} to ${maximum}, but got ${shown(text)}`);
    return otherwise;
  }

  /** Numbers separated by commas. */
  list(name: string): number[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const values = text.split(',').map(decimal);
    if (!values.includes(undefined)) return values as number[];
    return this.fault(name, `expected numbers separated by commas, but got ${shown(text)}`);
  }

  /** Names that nobody asked for. */
  refuseOthers(): void {
    for (const name of Object.keys(this.query)) {
      if (this.known.has(name)) continue;
      const near = closest(name, [...this.known]);
      this.fault(name, `unknown parameter${near === undefined ? '' : `; did you mean "${near}"?`}`);
    }
  }

  /** @throws ProblemError with all that is wrong */
  finish(): void {
    if (this.faults.length === 0) return;
    const faults = this.faults.slice(0, 20);
    throw wrongQuery({
      message: faults.map(({ name, detail }) => `${name}: ${detail}`).join('; '),
      errors: faults.map(({ name, detail }) => ({ pointer: pointerStep(name), detail })),
    });
  }
}

/** The vector of a loss's target. */
function targetOf(reader: Reader, op: OpDef, elements: number): readonly number[] {
  const given = reader.list('target');
  const target = given ?? [1];
  const form = op.curve?.target;
  if (form === undefined) {
    if (target.length > 1) reader.fault('target', `expected one number, but got ${target.length}`);
    return target;
  }
  if (form === 'each') return target.length === 1 ? Array<number>(elements).fill(target[0]) : target;
  // Several numbers in the place of one class are the probabilities of all.
  const probabilities = form === 'class' && target.length > 1;
  if (!probabilities && !target.every(Number.isSafeInteger))
    reader.fault('target', form === 'class' ? 'expected the index of a class' : 'expected indices of classes');
  if (probabilities && op.params.find((p) => p.name === 'target')?.wants === 'int64')
    reader.fault('target', `expected the index of one class, but got ${target.length} numbers`);
  if (form !== 'classes' || target.length >= elements) return target;
  return [...target, ...Array<number>(elements - target.length).fill(-1)];
}

const oneOrAll = (numbers: readonly number[]): unknown => (numbers.length === 1 ? numbers[0] : numbers);

/**
 * What is asked for.
 *
 * @throws ProblemError 400 that names each key that is unknown, no number, or out of range
 */
export function readCurveQuery(op: OpDef, query: Query): CurveQuery {
  const reader = new Reader(query);
  const from = reader.number('from', RANGE.from);
  const to = reader.number('to', RANGE.to);
  if (!(from < to)) reader.fault('from', `has to be less than to, but they are ${from} and ${to}`);
  else if (!Number.isFinite(to - from)) reader.fault('to', 'is too far from the other end');
  const points = reader.whole('points', POINTS.default, POINTS);

  const form = op.curve ?? {};
  const vector = form.at !== undefined;
  const at = (vector ? reader.list('at') : undefined) ?? form.at ?? [0];
  if (at.length > MOST_ELEMENTS) reader.fault('at', `expected at most ${MOST_ELEMENTS} numbers, but got ${at.length}`);
  else if (at.length ** 2 * points > MOST_WORK)
    reader.fault('points', `expected at most ${Math.floor(MOST_WORK / at.length ** 2)} with ${at.length} elements`);
  const vary = vector ? reader.whole('vary', 0, { minimum: 0, maximum: at.length - 1 }) : 0;

  const attrs: Record<string, unknown> = {};
  const tensors: Record<string, readonly number[]> = {};
  const parameters: Record<string, unknown> = {};
  for (const param of op.params.slice(1)) {
    const { name, key, kind, required } = param as AnyParam & { name: string; key: string };
    const otherwise = form.defaults?.[name];
    if (kind !== 'attr') {
      const numbers =
        name === 'target'
          ? targetOf(reader, op, at.length)
          : (reader.list(name) ?? (otherwise as number[] | undefined));
      if (numbers !== undefined) {
        tensors[key] = numbers;
        parameters[name] = oneOrAll(numbers);
      } else if (required && query[name] === undefined) reader.fault(name, 'is required: numbers separated by commas');
      continue;
    }
    const text = reader.text(name);
    const value = text === undefined ? (otherwise ?? param.default) : readAttr(param, text);
    if (value instanceof Refusal) reader.fault(name, `expected ${value.expected}, but got ${shown(text as string)}`);
    else if (value !== undefined) attrs[key] = parameters[name] = value;
    else if (required && query[name] === undefined) reader.fault(name, 'is required');
  }
  if (vector) Object.assign(parameters, { at, vary });

  const picture = {
    width: reader.whole('width', SIZE.width, SIDE),
    height: reader.whole('height', SIZE.height, SIDE),
    theme: themeOf(reader),
  };
  reader.refuseOthers();
  reader.finish();
  return { request: { op, attrs, tensors, at, vary, from, to, points, parameters }, picture };
}

function themeOf(reader: Reader): Theme {
  const text = reader.text('theme');
  if (text === undefined || THEMES.includes(text as Theme)) return (text ?? 'auto') as Theme;
  reader.fault('theme', `expected one of ${THEMES.join(', ')}, but got ${shown(text)}`);
  return 'auto';
}
