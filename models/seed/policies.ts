/** Software-delivery policies: a package, its program, a target and a schedule. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { utc } from '../clock.ts';
import type { SettingsInput } from '../policies/settings.ts';
import { DAY, HOUR } from './computers.ts';
import type { SeededPackage } from './packages.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';
import type { SeededTarget } from './targets.ts';

export interface SeededPolicy {
  guid: Guid;
  name: string;
  isEnabled: boolean;
  software: SeededPackage;
  target: SeededTarget;
  launchedAt: number;
  /** Share of computers on which the program fails. */
  failureRate: number;
}

/** A third goes to everybody, the rest to a ring, an office or a kind of machine. */
export function addPolicy(
  writer: RowWriter,
  random: Random,
  packages: readonly SeededPackage[],
  targets: readonly SeededTarget[],
  now: number,
): SeededPolicy {
  const valid = packages.filter((software) => software.state === 'valid');
  // Mostly sound packages; a policy with a broken one is what the home page must point out.
  const software = random.pick(valid.length > 0 && random.chance(0.92) ? valid : packages);
  const target = random.chance(0.34) ? targets[0]! : random.pick(targets);
  const launchedAt = now - random.between(6 * HOUR, 30 * DAY);
  const policy: SeededPolicy = {
    guid: random.guid(),
    name: `${software.name} to ${target.name}`,
    isEnabled: random.chance(0.9),
    software,
    target,
    launchedAt,
    failureRate: random.weighted([
      [60, 0.012],
      [30, 0.04],
      [10, 0.22],
    ]),
  };
  writer.add('Item', {
    Guid: policy.guid,
    Name: policy.name,
    Description: '',
    ClassGuid: ITEM_CLASS.policy,
    ProductGuid: null,
    Attributes: 0,
    CreatedAt: utc(launchedAt),
    CreatedBy: 'seed',
    ModifiedAt: utc(launchedAt),
    ModifiedBy: 'seed',
  });
  writer.add('Policy', {
    Guid: policy.guid,
    Kind: 'softwareDelivery',
    IsEnabled: policy.isEnabled ? 1 : 0,
    PackageGuid: software.guid,
    ProgramGuid: software.programGuid,
    Settings: JSON.stringify(settings(random, launchedAt)),
    Version: 1,
  });
  writer.add('PolicyTarget', { PolicyGuid: policy.guid, TargetGuid: target.guid });
  return policy;
}

/** Half run as soon as they arrive, the others at night. The shape is that of models/policies/settings.ts. */
function settings(random: Random, launchedAt: number): SettingsInput<'softwareDelivery'> {
  if (random.chance(0.5)) return { runAsSoonAsPossible: true };
  const hour = String(random.between(19, 23));
  return {
    schedule: {
      triggers: [
        {
          type: 'daily',
          begin: `${utc(launchedAt).slice(0, 10)} ${hour}:00:00`,
          daysInterval: 1,
          durationMinutes: 0,
          intervalMinutes: 0,
          killAtEnd: false,
          disabled: false,
        },
      ],
    },
    runAsSoonAsPossible: false,
  };
}
