import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/complex.json', import.meta.url));
