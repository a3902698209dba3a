/** jax-js's side of the kernels: `jax.ts MODULE KIND S`. Compiled by its jit or run op by op, whichever is faster. */
import { answerFor } from './answers.ts';

const [module, kind, at] = process.argv.slice(2);
const { numpy: np, nn, grad, jit, init, defaultDevice } = await import(module);
await init('wasm');
defaultDevice('wasm');

// biome-ignore lint/suspicious/noExplicitAny: the module is installed by the bench, its types are not
type A = any;

const line = (start: number, end: number, steps: number): A => np.linspace(start, end, steps);
const grid = (start: number, end: number, shape: [number, number]): A =>
  line(start, end, shape[0] * shape[1]).reshape(shape);
const x = (s: A): A => line(-4, 4, 1e6).add(s);
const crossEntropy = (logits: A, target: A, classes: number): A =>
  np.mean(np.sum(nn.logSoftmax(logits).mul(nn.oneHot(target, classes)), 1)).neg();
const linear = (input: A, weight: A, bias: A): A => np.matmul(input, weight.transpose()).add(bias);

/** Using an array ends it there, unless it is used by `.ref`. */
const WORK: Readonly<Record<string, (s: A) => A>> = {
  sigmoid_sum: (s) => np.sum(nn.sigmoid(x(s))),
  gelu_sum: (s) => np.sum(nn.gelu(x(s), { approximate: false })),
  tanh_chain: (s) => {
    let z = x(s);
    for (let i = 0; i < 5; i++) z = np.tanh(z.mul(1.001).add(0.01));
    return np.sum(z);
  },
  mse_loss: (s) => np.mean(np.square(x(s).sub(line(-2, 3, 1e6)))),
  cross_entropy: (s) => crossEntropy(grid(-4000, 4000, [1000, 1000]).mul(s), np.arange(1000), 1000),
  matmul: (s) => np.sum(np.matmul(grid(-1, 1, [512, 512]).add(s.ref), grid(0, 1, [512, 512]).add(s))),
  mlp: (s) => {
    const w1 = grid(-0.05, 0.05, [256, 784]).add(s.ref);
    const b1 = line(-0.1, 0.1, 256).add(s.ref);
    const w2 = grid(-0.05, 0.05, [10, 256]).add(s.ref);
    const b2 = line(-0.1, 0.1, 10).add(s);
    const target = np.remainder(np.arange(128), np.array(10, { dtype: np.int32 }));
    return crossEntropy(linear(nn.relu(linear(grid(-1, 1, [128, 784]), w1, b1)), w2, b2), target, 10);
  },
};

type Run = () => Promise<number>;

const runs: readonly Run[] = [jit(grad(WORK[kind])), grad(WORK[kind])].map(
  (gradient) => async () => (await gradient(np.array(Number(at))).data())[0],
);

/** After its first calls, which compile. */
async function timed(run: Run): Promise<number> {
  for (let i = 0; i < 2; i++) await run();
  const start = performance.now();
  for (let i = 0; i < 3; i++) await run();
  return performance.now() - start;
}

let fastest: Promise<Run> | undefined;

async function choose(): Promise<Run> {
  const times: number[] = [];
  for (const run of runs) times.push(await timed(run));
  return runs[times[0] <= times[1] ? 0 : 1];
}

await answerFor(async () => {
  fastest ??= choose();
  return (await fastest)();
});
