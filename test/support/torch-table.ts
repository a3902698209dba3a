/** Tables of cases in the golden corpus's own form, made with torch 1.13 and kept beside a test. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { float } from '../../src/tensor/scalar.ts';
import type { Case } from '../conformance/cases.ts';

/** Python's `2.0` stays a float though its value is whole. */
function keepFloats(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && /[.eE]/.test(source) ? float(value) : value;
}

export function torchTable(file: URL): Case[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line, keepFloats as never) as Case);
}

/** The cases of each op, in the table's order. */
export function byOp(cases: readonly Case[]): [op: string, cases: Case[]][] {
  const groups = new Map<string, Case[]>();
  for (const c of cases) {
    const op = c.call?.fn ?? '';
    groups.set(op, [...(groups.get(op) ?? []), c]);
  }
  return [...groups];
}
