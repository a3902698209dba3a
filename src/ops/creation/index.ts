export * from './like.ts';
