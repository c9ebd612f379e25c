/**
 * Registration rules: which computers are let in or kept out without a click (agent-contract.md 4.4). Masks of different
 * kinds are ANDed, masks of a kind ORed; a kind without masks does not narrow. The first rule that fits decides.
 *
 * A name is what the machine says of itself: a rule by name alone lets in whoever knows the naming scheme.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { addressMatcher } from './addressMatcher.ts';
import { matchesMask } from './nameMask.ts';

export type RuleAction = 'allow' | 'block';

export interface RegistrationRule {
  guid: Guid;
  name: string;
  position: number;
  action: RuleAction;
  /** Compared with computer name and FQDN; `*` and `?`. */
  nameMasks: string[];
  /** Addresses and ranges of the sender. */
  addressMasks: string[];
  isEnabled: boolean;
  modifiedAt: Utc;
  modifiedBy: string;
}

export interface RuleSubject {
  name: string;
  fqdn: string;
  address: string;
}

/** The enabled rule that decides, given rules in order of position. */
export function decidingRule(rules: readonly RegistrationRule[], subject: RuleSubject): RegistrationRule | undefined {
  return rules.find((rule) => rule.isEnabled && fits(rule, subject));
}

function fits({ nameMasks, addressMasks }: RegistrationRule, { name, fqdn, address }: RuleSubject): boolean {
  const isNamed = nameMasks.some((mask) => matchesMask(mask, name) || (fqdn !== '' && matchesMask(mask, fqdn)));
  if (nameMasks.length > 0 && !isNamed) return false;
  return addressMasks.length === 0 || addressMatcher(addressMasks)(address);
}

const COLUMNS = [
  'Guid',
  'Name',
  'Position',
  'Action',
  'NameMasks',
  'AddressMasks',
  'IsEnabled',
  'ModifiedAt',
  'ModifiedBy',
] as const;

/** All rules in the order in which they are asked. */
export async function listRules({ db }: Session): Promise<RegistrationRule[]> {
  const rows = await db.selectFrom('RegistrationRule').select(COLUMNS).orderBy('Position').orderBy('Guid').execute();
  return rows.map((row) => ({
    guid: row.Guid,
    name: row.Name,
    position: row.Position,
    action: row.Action as RuleAction,
    nameMasks: JSON.parse(row.NameMasks) as string[],
    addressMasks: JSON.parse(row.AddressMasks) as string[],
    isEnabled: row.IsEnabled === 1,
    modifiedAt: row.ModifiedAt,
    modifiedBy: row.ModifiedBy,
  }));
}

export async function getRule(session: Session, guid: Guid): Promise<RegistrationRule | undefined> {
  return (await listRules(session)).find((rule) => rule.guid === guid);
}
