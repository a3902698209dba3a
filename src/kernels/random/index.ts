/** Random numbers as PyTorch's CPU generator draws them, to the last bit: of doubles made by logarithms and sines, one in some hundreds has another last bit. */

export { emptyLike } from '../layout.ts';
export * from './binomial.ts';
export * from './continuous.ts';
export * from './current.ts';
export * from './discrete.ts';
export * from './gamma.ts';
export * from './generator.ts';
export * from './integers.ts';
export * from './multinomial.ts';
export * from './reparameterized.ts';
