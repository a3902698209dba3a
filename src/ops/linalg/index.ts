export * from './addbmm.ts';
export { addmm, addmv, addr } from './addmm.ts';
export * from './chains.ts';
export * from './cross.ts';
export * from './linear.ts';
export { bmm, dot, matmul, mm, mv, vdot } from './matmul.ts';
export * from './norms.ts';
export * from './tensordot.ts';
