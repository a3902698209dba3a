/** What the threads of the pool run: computing requests by the tables of http, and the cells of workspaces. */
import { runCode } from '../../compute/code.ts';
import { serveJobs } from '../../threads/serve.ts';
import { free } from '../../threads/transfer.ts';
import { problemOf } from '../problem-of.ts';
import { carryOut } from './route.ts';
import { routesBy } from './table.ts';

const routeOf = routesBy(runCode);

serveJobs({
  carryOut({ route, body: bytes, type, answerType }, run) {
    try {
      return carryOut(routeOf(route), { bytes, type }, answerType, run);
    } finally {
      free(bytes);
    }
  },
  refusalOf: problemOf,
});
