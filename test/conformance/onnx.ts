/**
 * Runs ONNX's backend tests through the service's own import and evaluate, and prints a table by op:
 *
 *     node test/conformance/onnx.ts FOLDER [PATTERN]
 *
 * FOLDER holds folders of tests, each with `model.onnx` and `test_data_set_*`; PATTERN chooses among their names.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { materialize } from '../../src/graph/materialize.ts';
import { numbersIn } from '../../src/kernels/index.ts';
import { importOnnx, UnsupportedGraph } from '../../src/models/onnx/in/index.ts';
import { literalOf } from '../../src/models/onnx/in/tensors.ts';
import { TENSOR, type TensorProto } from '../../src/models/onnx/proto/messages.ts';
import { readMessage, readModel } from '../../src/models/onnx/proto/read.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { evaluate } from '../models/onnx/in/model.ts';

type Verdict = 'passed' | 'failed' | 'unsupported';

interface Outcome {
  readonly verdict: Verdict;
  readonly why?: string;
}

/** Tensors of a data set, in the order of their numbers. */
function tensorsOf(folder: string, what: 'input' | 'output'): { name: string; literal: TensorLiteral }[] {
  const numberOf = (file: string): number => Number.parseInt(file.slice(what.length + 1), 10);
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${what}_`))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((file) => {
      const proto = readMessage(TENSOR, readFileSync(join(folder, file))) as unknown as TensorProto;
      return { name: proto.name ?? '', literal: literalOf(proto, file) };
    });
}

const numbersOf = (literal: TensorLiteral): number[] => numbersIn(materialize(literal, literal.dtype).detach());

const toNumber = (x: unknown): number => Number(x);

/** ONNX's own tolerance; halves have fewer digits. */
const close = (got: number, want: number, dtype: DType | undefined): boolean =>
  Object.is(got, want) ||
  got === want ||
  Math.abs(got - want) <= 1e-5 + (/16/.test(dtype ?? '') ? 1e-2 : 1e-3) * Math.abs(want);

function differences(folder: string): string | undefined {
  const model = importOnnx(readFileSync(join(folder, 'model.onnx')), { maxNodes: 100_000 });
  for (const set of readdirSync(folder).filter((name) => name.startsWith('test_data_set'))) {
    const inputs = new Map<string, TensorLiteral>();
    tensorsOf(join(folder, set), 'input').forEach(({ name, literal }, i) => {
      const input = model.inputs.find((one) => one.name === name) ?? model.inputs[i];
      if (input !== undefined) inputs.set(input.name, literal);
    });
    const { outputs } = evaluate({ inputs, graph: model.graph });
    for (const [i, { literal }] of tensorsOf(join(folder, set), 'output').entries()) {
      const { dtype, shape, data } = outputs[model.graph.outputs[i]];
      if (dtype !== literal.dtype) return `output ${i} is ${dtype}, not ${literal.dtype}`;
      if (String(shape) !== String(literal.shape)) return `output ${i} has shape [${shape}], not [${literal.shape}]`;
      const got = [data].flat(Number.POSITIVE_INFINITY).map(toNumber);
      const wrong = numbersOf(literal).findIndex((want, k) => !close(got[k], want, literal.dtype));
      if (wrong >= 0) return `element ${wrong} of output ${i} is ${got[wrong]}`;
    }
  }
  return undefined;
}

export function runBackendTest(folder: string): Outcome {
  try {
    const why = differences(folder);
    return why === undefined ? { verdict: 'passed' } : { verdict: 'failed', why };
  } catch (error) {
    if (!(error instanceof UnsupportedGraph)) return { verdict: 'failed', why: String(error) };
    const told = error.unsupported.map(({ op, why }) => `${op}: ${why}`);
    return { verdict: 'unsupported', why: told.join('; ') };
  }
}

/** What a test is for: the op of its only node, or the first of them. */
const subjectOf = (folder: string): string =>
  readModel(readFileSync(join(folder, 'model.onnx'))).graph?.node[0]?.opType ?? '';

function main(root: string, pattern: RegExp): void {
  const rows = new Map<string, Record<Verdict, number> & { why: Set<string> }>();
  for (const name of readdirSync(root).sort()) {
    const folder = join(root, name);
    if (!pattern.test(name) || !existsSync(join(folder, 'model.onnx'))) continue;
    const { verdict, why } = runBackendTest(folder);
    const subject = subjectOf(folder);
    const row = rows.get(subject) ?? { passed: 0, failed: 0, unsupported: 0, why: new Set<string>() };
    row[verdict]++;
    if (why !== undefined) row.why.add(why.slice(0, 120));
    rows.set(subject, row);
  }
  const total: Record<Verdict, number> = { passed: 0, failed: 0, unsupported: 0 };
  for (const [op, { why, ...counts }] of [...rows].sort()) {
    for (const key of Object.keys(total) as Verdict[]) total[key] += counts[key];
    console.log([op, counts.passed, counts.failed, counts.unsupported, [...why].join(' | ')].join('\t'));
  }
  console.log(['all', total.passed, total.failed, total.unsupported].join('\t'));
}

if (import.meta.main) main(process.argv[2] ?? '.', new RegExp(process.argv[3] ?? ''));
