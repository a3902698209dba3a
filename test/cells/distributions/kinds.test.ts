import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/kinds.json', import.meta.url));
