/** Applies what waits in the queue of a data folder, in a process of its own that may be killed; exits when nothing waits. */
import { setTimeout as wait } from 'node:timers/promises';
import { Pipeline } from '../events/pipeline.ts';

const pipeline = await Pipeline.on(process.argv[2]!);
const depth = async (): Promise<number> => (await pipeline.queue.state()).depth;
const first = await depth();
await pipeline.startProcessing();
while ((await depth()) === first && first > 0) await wait(1);
process.stdout.write('at work\n');
while ((await depth()) > 0) await wait(5);
await pipeline.stop();
