import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/users.json', import.meta.url));
