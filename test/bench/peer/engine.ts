/** Our own side of the chain without HTTP: the ops as the registry has them. Talks as `work.py` does. */
import { createInterface } from 'node:readline';
import { grad } from '../../../src/autograd/backward.ts';
import { findOp } from '../../../src/ops/registry.ts';
import { empty, numbersOf, type Tensor } from '../../../src/tensor/tensor.ts';
import { CHAIN_PAIRS, CHAIN_SCALE, CHAIN_SHIFT, CHAIN_START } from '../chain.ts';
import { median } from '../measure.ts';

const opOf = (name: string) => {
  const op = findOp(name);
  if (op === undefined) throw new Error(`there is no op ${name}`);
  return (input: Tensor, other: number): Tensor => op.call({ input, other }) as Tensor;
};
const mul = opOf('mul');
const add = opOf('add');

function chain(): number {
  const x = empty([], 'float32').requiresGrad_();
  numbersOf(x)[0] = CHAIN_START;
  let z: Tensor = x;
  for (let i = 0; i < CHAIN_PAIRS; i++) z = add(mul(z, CHAIN_SCALE), CHAIN_SHIFT);
  const [g] = grad([z], [x]);
  if (g === null) throw new Error('the chain has no gradient');
  return numbersOf(g)[0];
}

console.log(JSON.stringify({ result: chain() }));
for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  const end = performance.now() + Number(line) * 1000;
  do {
    const start = performance.now();
    chain();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  console.log(JSON.stringify({ ms: median(times) }));
}
