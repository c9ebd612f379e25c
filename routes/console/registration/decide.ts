/** Allow, block or revoke one or many requests: first the question with its effect, then the deed. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { DECISIONS, decideRegistrations, type Decision } from '../../../models/agents/decide.ts';
import { getRegistration, type RegistrationDetail } from '../../../models/agents/registrationList.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { requestList } from './requestList.ts';
import { registrationCrumb } from './registrationTabs.ts';

const VERB: Record<Decision, string> = { allow: 'Allow', block: 'Block', revoke: 'Revoke' };
const DONE: Record<Decision, string> = { allow: 'allowed', block: 'blocked', revoke: 'revoked' };
const NOUN = ['computer', 'computers'] as const;

/** Names are read for the question only; of a very large selection the first are enough. */
const NAMED = 200;

export function registerDecide(router: Router, context: AppContext): void {
  for (const decision of DECISIONS) {
    router.post(`/registration/${decision}`, requirePrivilege('write'), async (request, response) => {
      const keys = await selection(request, requestList(context));
      const guids = keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
      if (!isConfirmed(request)) return ask(context, request, response, decision, guids);
      const results = await decideRegistrations(context, actorOf(request), decision, guids);
      const changed = results.filter((result) => result.changed);
      const rest = results.find((result) => !result.changed);
      const left =
        rest === undefined ? '' : ` ${counted(results.length - changed.length, NOUN)} left as before: ${rest.message}`;
      notify(request, `${counted(changed.length, NOUN)} ${DONE[decision]}.${left}`, changed.length > 0 ? 'ok' : 'bad');
      response.redirect(303, at('/registration'));
    });
  }
}

async function ask(
  context: AppContext,
  request: Request,
  response: Response,
  decision: Decision,
  guids: readonly Guid[],
): Promise<void> {
  const found: RegistrationDetail[] = [];
  for (const guid of guids.slice(0, NAMED)) {
    const registration = await getRegistration(context.cmdb, guid);
    if (registration !== undefined) found.push(registration);
  }
  const what = guids.length === 1 && found[0] !== undefined ? found[0].name : counted(guids.length, NOUN);
  await askFirst(
    request,
    response,
    {
      title: `${VERB[decision]} ${what}?`,
      text: effect(decision, found),
      items: found.map((registration) => `${registration.name} (${registration.address}, ${registration.state})`),
      action: at(`/registration/${decision}`),
      hidden: [['ids', guids.join()]],
      submit: `${VERB[decision]} ${counted(guids.length, NOUN)}`,
      danger: decision !== 'allow',
      cancel: at('/registration'),
    },
    { breadcrumb: [registrationCrumb] },
  );
}

/** What will happen, before it does. */
function effect(decision: Decision, registrations: readonly RegistrationDetail[]): string {
  if (decision === 'block')
    return 'A blocked computer is refused on every page. What it has installed stays; its record and inventory stay.';
  if (decision === 'revoke')
    return 'The computer’s key is trusted no more, from this moment on. Its record and inventory stay; it may ask to be registered again.';
  const replacing = registrations.filter(
    (registration) =>
      registration.state !== 'allowed' && registration.rivals.some((rival) => rival.state === 'allowed'),
  );
  if (replacing.length === 0) return 'An allowed computer gets policies and packages, and its reports are taken.';
  const names = replacing
    .slice(0, 3)
    .map((registration) => registration.name)
    .join(', ');
  return `${counted(replacing.length, NOUN)} (${names}) ${replacing.length === 1 ? 'is' : 'are'} known already under another key. Allowing replaces that key: the machine that uses it now is shut out. Do this after an agent was installed anew; not when two machines claim one name.`;
}
