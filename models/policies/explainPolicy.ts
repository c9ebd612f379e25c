/** Why a computer gets a policy or not: the commonest question an administrator has, answered in sentences. */
import type { Guid } from '../../wire/guid.ts';
import type { PolicyBody, Withheld } from './policyBody.ts';
import type { PolicyRecord, TargetRecord } from './policyRecords.ts';
import type { PolicyKind } from './settings.ts';

export interface PolicyExplanation {
  guid: Guid;
  name: string;
  kind: PolicyKind;
  isIncluded: boolean;
  /** One sentence, or one for each thing that stands in the way. */
  reason: string;
}

export function explainPolicy(
  policy: PolicyRecord,
  built: PolicyBody | Withheld,
  targets: readonly TargetRecord[],
  computer: Guid,
): PolicyExplanation {
  const through = targets.filter(({ isForAll, members }) => isForAll || members.has(computer));
  const obstacles = [...('reason' in built ? [built.reason] : []), ...(through.length === 0 ? [outside(targets)] : [])];
  const isIncluded = obstacles.length === 0;
  return {
    guid: policy.guid,
    name: policy.name,
    kind: policy.kind,
    isIncluded,
    reason: isIncluded ? `The computer is in ${names(through, 'and')}.` : obstacles.join(' '),
  };
}

function outside(targets: readonly TargetRecord[]): string {
  return targets.length === 0 ? 'The policy has no target.' : `The computer is not in ${names(targets, 'or')}.`;
}

function names(targets: readonly TargetRecord[], joint: 'and' | 'or'): string {
  const quoted = targets.map(({ name }) => `target "${name}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${joint} ${quoted.at(-1)}`;
}
