import { CHAIN_PAIRS, CHAIN_SCALE, CHAIN_SHIFT, CHAIN_START } from '../chain.ts';
import { against } from '../measure.ts';
import { engineWorker, serveGradwire, torchWorker } from '../servers.ts';
import { checkSame, evaluateSide, type GraphNode, gradientOf } from './evaluate.ts';
import type { Row } from './row.ts';

function nodes(): GraphNode[] {
  const list: GraphNode[] = [];
  let last = 'x';
  for (let i = 0; i < CHAIN_PAIRS; i++) {
    list.push({ op: 'mul', inputs: [last, null], outputs: [`m${i}`], attrs: { other: CHAIN_SCALE } });
    list.push({ op: 'add', inputs: [`m${i}`, null], outputs: [`a${i}`], attrs: { other: CHAIN_SHIFT } });
    last = `a${i}`;
  }
  return list;
}

export const chain: Row = {
  name: 'chain',
  title: 'A chain of 2,000 scalar ops, forward and backward',
  measures:
    'PyTorch: the time of forward and backward in its own process, on one thread. Ours: the same in our own process, through the op registry; and the whole `POST /v1/evaluate` as its client sees it, HTTP, JSON and validation of 2,000 nodes included, with and without the graph in the answer.',
  needs: ['peers'],
  async run({ machine, pace }) {
    await using torch = await torchWorker(machine, 'chain');
    await using engine = await engineWorker(machine);
    await using server = await serveGradwire(machine);
    const without = {
      inputs: { x: { data: CHAIN_START, requires_grad: true } },
      nodes: nodes(),
      output: `a${CHAIN_PAIRS - 1}`,
      graphScope: 'none',
    } as const;
    checkSame(engine.result, torch.result);
    checkSame(await gradientOf(server, without, 'x'), torch.result);
    const sides = [
      engine,
      evaluateSide('POST /v1/evaluate, no graph answered', server, without),
      evaluateSide('POST /v1/evaluate, graph answered', server, { ...without, graphScope: 'forward' }),
    ];
    return await against('ms', sides, torch, pace);
  },
};
