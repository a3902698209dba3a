/** The golden cases: what PyTorch 1.13 computes for the samples of its own test-suite. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { DType } from '../../src/tensor/dtype.ts';
import { float } from '../../src/tensor/scalar.ts';

export type Num = number | string | boolean | { value: number };

export interface TensorCase {
  dtype: DType;
  shape: number[];
  data: Num[];
  requires_grad?: boolean;
}

export interface Tolerance {
  rtol: number;
  atol: number;
}

export interface Case {
  id: string;
  op: string;
  variant: string;
  family: string;
  tier: string;
  code: string;
  call?: { fn: string; args: unknown[]; kwargs: Record<string, unknown> };
  inputs: Record<string, TensorCase>;
  outputs: TensorCase[];
  cotangents?: (TensorCase | null)[];
  grads?: Record<string, TensorCase | null>;
  hvp?: { v: Record<string, TensorCase>; result: Record<string, TensorCase | null> };
  tol: Tolerance;
  grad_tol?: Tolerance;
  hvp_tol?: Tolerance;
  expect_error?: { type: string; message: string };
  fd_mismatch?: boolean;
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** Python's `2.0` stays a float though its value is whole. */
const keepFloats: Reviver = (_key, value, context) =>
  typeof value === 'number' && context.source !== undefined && /[.eE]/.test(context.source) ? float(value) : value;

export function loadCases(): Case[] {
  const file = new URL('./data/opinfo.jsonl.gz', import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line, keepFloats as never) as Case);
}
