export * from '../indexing/windows.ts';
