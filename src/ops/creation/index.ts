export * from './cast.ts';
export * from './filled.ts';
export * from './like.ts';
export * from './matrices.ts';
export * from './new.ts';
export * from './ranges.ts';
export * from './windows.ts';
