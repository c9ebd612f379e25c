/**
 * PostEvent: takes an event and answers 200 once it is on disk, whatever it may turn out to be later (events-nse.md
 * section 1; house.md, "answers to events"). HEAD asks whether there is room.
 */
import type { AppContext } from '../../app/context.ts';
import type { AgentIdentity } from '../../models/agents/identify.ts';
import { spoolFolder } from '../../models/events/spool.ts';
import { ProtocolError, refuse } from '../../models/protocolErrors.ts';
import { SMA_ID } from '../../wire/paths.ts';
import { callerOf, mayComeByGuid } from './caller.ts';
import { readEventBody, resourceNamedIn } from './eventBody.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';

const taken: AgentAnswer = { status: 200 };

async function post(context: AppContext, request: AgentRequest): Promise<AgentAnswer> {
  const { headers, address } = request;
  // Before the body is read, if the caller can be known by then: an unknown machine is to fill neither memory nor disk.
  let caller: AgentIdentity | undefined;
  if (headers[SMA_ID] !== undefined || headers.authorization !== undefined) caller = callerOf(context, request, []);
  else if (!mayComeByGuid(context, request)) refuse('notAuthenticated', 'neither a bearer nor a GUID came along');
  context.queue.admit(caller?.guid);
  const body = await readEventBody(request, {
    limit: context.settings.eventMaxBytes,
    spoolFolder: spoolFolder(context.settings.dataDir),
    check: (start) => void (caller ??= callerOf(context, request, [resourceNamedIn(start)])),
  });
  const { guid, proof } = caller!;
  const receivedAt = context.clock.now();
  const event = { body, sender: guid, proven: proof === 'key', priority: 0, receivedAt };
  await context.queue.accept(event).catch((error: unknown) => {
    // The page Producers names computers that send what is no XML.
    const size = body instanceof Uint8Array ? body.length : body.size;
    if (error instanceof ProtocolError && error.code === 'badXml') context.producers.countRefused(guid, size);
    throw error;
  });
  context.contacts.note(guid, 'event', address);
  context.counters.add('eventsAccepted');
  return taken;
}

export const postEvent: AgentPage = {
  names: ['postevent.aspx', 'postevent.asp'],
  POST: post,
  HEAD: ({ queue }) => (queue.hasRoom() ? taken : refuse('queueFull', 'the event queue has reached its limit')),
};
