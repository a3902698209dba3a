/** How a process that measures itself talks, as `work.py` does. */
import { createInterface } from 'node:readline';
import { messageOf, sample } from '../measure.ts';

/** Says what `work` gives, or why it fails; then, for each line with seconds on stdin, its median time. */
export async function answerFor(work: () => number | Promise<number>): Promise<void> {
  try {
    console.log(JSON.stringify({ result: await work() }));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
    return;
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const { value } = await sample(Number(line), async () => {
      await work();
      return undefined;
    });
    console.log(JSON.stringify({ ms: value }));
  }
}
