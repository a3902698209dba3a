import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/gradients.json', import.meta.url));
