export * from './cast.ts';
export * from './filled.ts';
export * from './like.ts';
