/** Adds events to a queue without end and says each number once it is safe, until it is killed. */
import { newGuid } from '../../../wire/guid.ts';
import { EventQueue } from '../../../client/events/queue.ts';

const queue = new EventQueue(process.argv[2]!);
for (let number = 1; ; number++) {
  queue.add(newGuid(), `<message><number>${number}</number>${'<filler/>'.repeat(500)}</message>`);
  process.stdout.write(`${number}\n`);
}
