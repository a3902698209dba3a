export * from './sigmoid.ts';
