export * from './copies.ts';
export * from './dims.ts';
export * from './join.ts';
export * from './split.ts';
export * from './views.ts';
export * from './windows.ts';
