export * from './sum.ts';
