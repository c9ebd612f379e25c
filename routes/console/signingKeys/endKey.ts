/** Ends a key's overlap, or revokes it; asks first. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { retireSigningKey, revokeSigningKey } from '../../../models/signingKeys/changeKeys.ts';
import { readKeyReport, type ReportedKey } from '../../../models/signingKeys/keyReport.ts';
import { askFirst, type Question } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { KEYS_PATH } from './keyPage.ts';

export function registerEndKey(router: Router, { cmdb, clock, secrets }: AppContext): void {
  const keys = secrets.signingKeys;
  const load = async (request: Request): Promise<ReportedKey> => {
    const report = await readKeyReport(cmdb, keys, clock.now());
    const found = report.keys.find(({ name }) => name === request.params.name);
    if (found === undefined) throw notFound('signing key');
    return found;
  };

  router.get(`${KEYS_PATH}/:name/end`, requirePrivilege('security'), async (request, response) => {
    const key = await load(request);
    const retire = request.query.what === 'retire' || (key.state === 'overlap' && request.query.what !== 'revoke');
    await askFirst(request, response, retire ? retireQuestion(key) : revokeQuestion(key), {
      breadcrumb: [{ label: 'Signing keys', href: at(KEYS_PATH) }],
      actions: retire ? [{ label: 'Revoke it instead', href: `${pathOf(key)}/end?what=revoke`, danger: true }] : [],
    });
  });

  router.post(`${KEYS_PATH}/:name/retire`, requirePrivilege('security'), async (request, response) => {
    const { name } = await load(request);
    await done(retireSigningKey({ cmdb, clock, keys }, actorOf(request), name));
    notify(request, `The overlap of ${name} is over.`);
    response.redirect(303, at(KEYS_PATH));
  });

  router.post(`${KEYS_PATH}/:name/revoke`, requirePrivilege('security'), async (request, response) => {
    const { name } = await load(request);
    const current = await done(revokeSigningKey({ cmdb, clock, keys }, actorOf(request), name));
    notify(request, `${name} is revoked, ${current} signs. Make a backup now.`);
    response.redirect(303, at(KEYS_PATH));
  });
}

const pathOf = ({ name }: ReportedKey): string => at(`${KEYS_PATH}/${encodeURIComponent(name)}`);

const AGENTS = ['agent', 'agents'] as const;
const SNAPSHOTS = ['snapshot', 'snapshots'] as const;

const retireQuestion = (key: ReportedKey): Question => ({
  title: `End the overlap of ${key.name}?`,
  text: `${counted(key.agents, AGENTS)} named it last and follow when they next prove their key. From then on nobody takes a newly fetched manifest that ${key.name} has signed; ${counted(key.snapshots, SNAPSHOTS)} still carry its signature and are being signed anew. What computers hold already stays good.`,
  action: `${pathOf(key)}/retire`,
  submit: `End the overlap of ${key.name}`,
  cancel: at(KEYS_PATH),
});

const revokeQuestion = (key: ReportedKey): Question => ({
  title: `Revoke ${key.name}?`,
  text: `For a key that may be in wrong hands. ${
    key.state === 'current' ? 'A new key takes its place at once. ' : ''
  }Nothing that ${key.name} has signed is believed any more: every agent proves itself anew at its next request and fetches the manifests of its packages again, package servers are short of packages until they have; files are not moved. An agent that has not been in contact since still believes the key until it is. This cannot be undone.`,
  action: `${pathOf(key)}/revoke`,
  submit: `Revoke ${key.name}`,
  danger: true,
  cancel: at(KEYS_PATH),
});

/** The state may have changed since the page was shown. */
async function done<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const text = error.errors.map(({ message }) => message).join(' ');
    throw new PageError(409, 'That cannot be done', text, 'Look at the signing keys again.');
  }
}
