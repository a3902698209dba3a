/** How wide vectors may be, for who starts the service. */
export { allowWideVectors } from '../kernels/wasm/vector-width.ts';
