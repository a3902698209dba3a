/** Derivations in tests: as the route gives them, without a server. */
import katex from 'katex';
import { runCode } from '#src/compute/code.ts';
import { Scope } from '#src/compute/scope.ts';
import { explainRoute } from '#src/http/compute/explain.ts';
import { carryOut } from '#src/http/compute/route.ts';

export interface Shown {
  readonly dtype: string;
  readonly shape: number[];
  readonly data: unknown;
}

export interface ShownStep {
  readonly id: number;
  readonly kind: string;
  readonly node: number | null;
  readonly from: string | null;
  readonly to: string;
  readonly upstream: { step?: number | null; sum?: string; tensor: Shown } | null;
  readonly local: { form: string; latex: string; reads: string[]; tensor?: Shown } | null;
  readonly result: { tensor: Shown; reduced_axes: number[] };
  readonly at?: number[][];
  readonly latex: { rule: string; numbers: string };
  readonly text: string;
}

export interface Derived {
  readonly format: string;
  readonly result: Record<string, Shown>;
  readonly element?: { index: number[]; value: number };
  readonly forward: { node: number; value: string; latex: { rule: string; numbers: string }; text: string }[];
  readonly steps: ShownStep[];
  readonly sums: { value: string; terms: number[]; tensor: Shown }[];
  readonly closed?: Record<string, { latex: string; numbers: string }>;
  readonly check?: { method: string; max_abs_error: number | string };
  readonly latex: string;
  readonly text: string;
  readonly omitted: { steps: number };
  readonly graph: { nodes: { op: string; inputs: unknown[]; outputs: string[] }[]; values: Record<string, Shown> };
}

const LIMITS = { maxElements: 2 ** 24, maxNodes: 100_000, timeLimitMs: 60_000 };
const route = explainRoute(runCode);

export function told(request: object, type: 'text/plain' | 'text/markdown', limits = {}): string {
  const posted = { bytes: Buffer.from(JSON.stringify(request)), type: 'application/json' } as const;
  return carryOut(route, posted, type, new Scope({ ...LIMITS, ...limits })).body.toString();
}

export function derived(request: object, limits = {}): Derived {
  const posted = { bytes: Buffer.from(JSON.stringify(request)), type: 'application/json' } as const;
  const answer = carryOut(route, posted, 'application/json', new Scope({ ...LIMITS, ...limits }));
  return JSON.parse(answer.body.toString()) as Derived;
}

/** Every LaTeX text of a derivation. */
export const latexOf = ({ latex, forward, steps, closed }: Derived): string[] => [
  latex,
  ...forward.flatMap((line) => [line.latex.rule, line.latex.numbers]),
  ...steps.flatMap((step) => [step.latex.rule, step.latex.numbers, ...(step.local === null ? [] : [step.local.latex])]),
  ...Object.values(closed ?? {}).flatMap((form) => [form.latex, form.numbers]),
];

/** Throws where KaTeX cannot show a text. */
export const render = (latex: string): string =>
  katex.renderToString(latex, { throwOnError: true, displayMode: true, strict: 'ignore' });
