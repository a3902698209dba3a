import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/functorch.json', import.meta.url));
