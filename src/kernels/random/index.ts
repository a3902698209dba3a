/** Random numbers as PyTorch's CPU generator draws them, to the last bit but for the odd rounding of log, sin and cos. */
export * from './continuous.ts';
export * from './current.ts';
export * from './discrete.ts';
export { emptyLike } from './fill.ts';
export * from './generator.ts';
export * from './integers.ts';
export * from './multinomial.ts';
