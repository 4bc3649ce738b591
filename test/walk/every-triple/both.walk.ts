import { walkEveryTriple } from './walk-every-triple.ts';

walkEveryTriple('old is A’s, new is B’s');
