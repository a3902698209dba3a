/** `POST /v1/evaluate` as a side of a comparison. */
import { jsonBody, post } from '../client.ts';
import { type Side, sample } from '../measure.ts';
import type { Server } from '../servers.ts';

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export interface Evaluation {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly nodes: readonly GraphNode[];
  /** The value to differentiate with respect to all inputs that require grad; the only one answered. */
  readonly output: string;
  readonly graphScope: 'forward' | 'none';
}

const bodyOf = ({ inputs, nodes, output, graphScope }: Evaluation): Buffer =>
  jsonBody({
    inputs,
    graph: { inputs: Object.keys(inputs), nodes, outputs: [output] },
    grad: { outputs: [output] },
    graph_scope: graphScope,
  });

export function evaluateSide(name: string, server: Server, evaluation: Evaluation): Side {
  const body = bodyOf(evaluation);
  return { name, round: (seconds) => sample(seconds, () => post(`${server.origin}/v1/evaluate`, body)) };
}

/** The gradient with respect to one scalar input. */
export async function gradientOf(server: Server, evaluation: Evaluation, input: string): Promise<number> {
  const answer = JSON.parse((await post(`${server.origin}/v1/evaluate`, bodyOf(evaluation))).toString());
  return answer.grads[input].data;
}

/** Sees that two sides computed the same thing. */
export function checkSame(ours: number, peers: number): void {
  const scale = Math.max(1, Math.abs(peers));
  if (!(Math.abs(ours - peers) <= 1e-3 * scale)) throw new Error(`the sides disagree: ${ours} here, ${peers} there`);
}
