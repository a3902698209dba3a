export * from './mse.ts';
