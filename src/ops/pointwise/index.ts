export * from './arithmetic.ts';
