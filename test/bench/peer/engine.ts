/** Our own side of the chain without HTTP: the ops as the registry has them. */
import { grad } from '../../../src/autograd/backward.ts';
import { findOp } from '../../../src/ops/registry.ts';
import { empty, numbersOf, type Tensor } from '../../../src/tensor/tensor.ts';
import { CHAIN, CHAIN_PAIRS, CHAIN_SCALE, CHAIN_SHIFT } from '../work.ts';
import { answerFor } from './answers.ts';

const opOf = (name: string) => {
  const op = findOp(name);
  if (op === undefined) throw new Error(`there is no op ${name}`);
  return (input: Tensor, other: number): Tensor => op.call({ input, other }) as Tensor;
};
const mul = opOf('mul');
const add = opOf('add');

await answerFor(() => {
  const s = empty([], 'float32').requiresGrad_();
  numbersOf(s)[0] = CHAIN.at;
  let z: Tensor = s;
  for (let i = 0; i < CHAIN_PAIRS; i++) z = add(mul(z, CHAIN_SCALE), CHAIN_SHIFT);
  const [g] = grad([z], [s]);
  if (g === null) throw new Error('the chain has no gradient');
  return numbersOf(g)[0];
});
