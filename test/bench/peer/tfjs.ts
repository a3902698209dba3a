/** The side of TensorFlow.js with its WebAssembly backend: `tfjs.ts MODULE BACKEND KIND S`. */
import { answerFor } from './answers.ts';

const [module, backend, kind, at] = process.argv.slice(2);
const { default: tf } = await import(module);
await import(backend);
await tf.setBackend('wasm');
await tf.ready();

// biome-ignore lint/suspicious/noExplicitAny: the module is installed by the bench, its types are not
type T = any;

const line = (start: number, end: number, steps: number): T => tf.linspace(start, end, steps);
const grid = (start: number, end: number, shape: [number, number]): T =>
  tf.reshape(line(start, end, shape[0] * shape[1]), shape);
const x = (s: T): T => tf.add(line(-4, 4, 1e6), s);
const crossEntropy = (logits: T, target: T, classes: number): T =>
  tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(target, classes), tf.logSoftmax(logits)), 1)));
const linear = (input: T, weight: T, bias: T): T => tf.add(tf.matMul(input, weight, false, true), bias);

const WORK: Readonly<Record<string, (s: T) => T>> = {
  sigmoid_sum: (s) => tf.sum(tf.sigmoid(x(s))),
  gelu_sum: (s) => {
    const input = x(s);
    return tf.sum(tf.mul(tf.mul(input, 0.5), tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1)));
  },
  tanh_chain: (s) => {
    let z = x(s);
    for (let i = 0; i < 5; i++) z = tf.tanh(tf.add(tf.mul(z, 1.001), 0.01));
    return tf.sum(z);
  },
  mse_loss: (s) => tf.losses.meanSquaredError(line(-2, 3, 1e6), x(s)),
  cross_entropy: (s) => crossEntropy(tf.mul(grid(-4000, 4000, [1000, 1000]), s), tf.range(0, 1000, 1, 'int32'), 1000),
  matmul: (s) => tf.sum(tf.matMul(tf.add(grid(-1, 1, [512, 512]), s), tf.add(grid(0, 1, [512, 512]), s))),
  mlp: (s) => {
    const w1 = tf.add(grid(-0.05, 0.05, [256, 784]), s);
    const b1 = tf.add(line(-0.1, 0.1, 256), s);
    const w2 = tf.add(grid(-0.05, 0.05, [10, 256]), s);
    const b2 = tf.add(line(-0.1, 0.1, 10), s);
    const target = tf.cast(tf.mod(tf.range(0, 128, 1, 'int32'), 10), 'int32');
    return crossEntropy(linear(tf.relu(linear(grid(-1, 1, [128, 784]), w1, b1)), w2, b2), target, 10);
  },
};

const gradient = tf.grad(WORK[kind]);

await answerFor(async () => {
  const result = tf.tidy(() => gradient(tf.scalar(Number(at))));
  const [value] = await result.data();
  result.dispose();
  return value;
});
