/** Changes of registration rules. Each is one transaction with its audit record; positions stay 1, 2, 3 …. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor, type AuditRecord } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { isAddressRange } from './addressMatcher.ts';
import { listRules, type RegistrationRule } from './rules.ts';

export interface RuleInput {
  name: string;
  action: string;
  nameMasks: readonly string[];
  addressMasks: readonly string[];
  isEnabled: boolean;
}

const MOST_MASKS = 200;

/** What is wrong with a rule as typed; an empty list when nothing is. */
export function ruleFaults(input: RuleInput): FieldError[] {
  const faults: FieldError[] = [];
  const fault = (field: string, message: string): void => void faults.push({ field, message });
  if (input.name.trim() === '' || input.name.length > 255) fault('name', 'Give a name of 1 to 255 characters.');
  if (input.action !== 'allow' && input.action !== 'block') fault('action', 'Choose allow or block.');
  if (input.nameMasks.length > MOST_MASKS) fault('nameMasks', `Give at most ${MOST_MASKS} masks.`);
  if (input.nameMasks.some((mask) => mask.trim() === '' || mask.length > 255)) {
    fault('nameMasks', 'A mask has 1 to 255 characters; * stands for any text, ? for one character.');
  }
  if (input.addressMasks.length > MOST_MASKS) fault('addressMasks', `Give at most ${MOST_MASKS} ranges.`);
  const wrong = input.addressMasks.find((mask) => !isAddressRange(mask));
  if (wrong !== undefined) fault('addressMasks', `${wrong} is not an address or a range such as 10.1.0.0/16.`);
  return faults;
}

function rejectFaults(input: RuleInput): void {
  const faults = ruleFaults(input);
  if (faults.length > 0) throw new InvalidInput(faults);
}

const shown = ({ name, action, nameMasks, addressMasks, isEnabled }: RuleInput) => ({
  name,
  action,
  nameMasks,
  addressMasks,
  isEnabled,
});

const columns = (input: RuleInput, clock: Clock, actor: Actor) => ({
  Name: input.name.trim(),
  Action: input.action,
  NameMasks: JSON.stringify(input.nameMasks),
  AddressMasks: JSON.stringify(input.addressMasks),
  IsEnabled: input.isEnabled ? (1 as const) : (0 as const),
  ModifiedAt: utc(clock.now()),
  ModifiedBy: actor.name,
});

/** Adds a rule after all others; answers its GUID. @throws InvalidInput */
export async function createRule(cmdb: Cmdb, clock: Clock, actor: Actor, input: RuleInput): Promise<Guid> {
  rejectFaults(input);
  const guid = newGuid();
  await cmdb.transaction(async (session) => {
    const position = (await listRules(session)).length + 1;
    await session.db
      .insertInto('RegistrationRule')
      .values({ Guid: guid, Position: position, ...columns(input, clock, actor) })
      .execute();
    await record(session, clock, actor, { guid, name: input.name, action: 'create', after: shown(input) });
  });
  return guid;
}

/** False when there is no such rule. @throws InvalidInput */
export async function updateRule(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: RuleInput,
): Promise<boolean> {
  rejectFaults(input);
  return withRule(cmdb, guid, async (session, before) => {
    await session.db
      .updateTable('RegistrationRule')
      .set(columns(input, clock, actor))
      .where('Guid', '=', guid)
      .execute();
    await record(session, clock, actor, {
      guid,
      name: input.name,
      action: 'update',
      before: shown(before),
      after: shown(input),
    });
  });
}

/** False when there is no such rule. */
export async function deleteRule(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return withRule(cmdb, guid, async (session, before, all) => {
    await session.db.deleteFrom('RegistrationRule').where('Guid', '=', guid).execute();
    await number(
      session,
      all.filter((rule) => rule.guid !== guid),
    );
    await record(session, clock, actor, { guid, name: before.name, action: 'delete', before: shown(before) });
  });
}

/** Puts a rule at a position, 1 being the first asked; beyond the end is last. False when there is no such rule. */
export async function moveRule(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid, position: number): Promise<boolean> {
  return withRule(cmdb, guid, async (session, rule, all) => {
    const order = all.filter((other) => other.guid !== guid);
    order.splice(Math.max(0, position - 1), 0, rule);
    await number(session, order);
    const after = { position: order.indexOf(rule) + 1 };
    await record(session, clock, actor, {
      guid,
      name: rule.name,
      action: 'move',
      before: { position: rule.position },
      after,
    });
  });
}

async function withRule(
  cmdb: Cmdb,
  guid: Guid,
  change: (session: Session, rule: RegistrationRule, all: RegistrationRule[]) => Promise<void>,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const all = await listRules(session);
    const rule = all.find((candidate) => candidate.guid === guid);
    if (rule === undefined) return false;
    await change(session, rule, all);
    return true;
  });
}

async function number(session: Session, order: readonly RegistrationRule[]): Promise<void> {
  for (const [index, { guid, position }] of order.entries()) {
    if (position === index + 1) continue;
    await session.db
      .updateTable('RegistrationRule')
      .set({ Position: index + 1 })
      .where('Guid', '=', guid)
      .execute();
  }
}

async function record(
  session: Session,
  clock: Clock,
  actor: Actor,
  { guid, name, ...rest }: { guid: Guid; name: string } & Pick<AuditRecord, 'action' | 'before' | 'after'>,
): Promise<void> {
  await recordAudit(session, clock, actor, {
    ...rest,
    objectKind: 'registration rule',
    objectGuid: guid,
    objectName: name,
  });
  await recordChange(session, clock, 'registrationRule', guid);
}
