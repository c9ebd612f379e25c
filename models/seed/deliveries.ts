/** A month of software delivery: the state of each policy on each computer, and the events that led to it. */
import { SWD_PACKAGE_STATUS } from '../../wire/nse.ts';
import { utc } from '../clock.ts';
import { HOUR, MINUTE, type SeededComputer } from './computers.ts';
import type { SeededPolicy } from './policies.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

/** Mean time from the launch of a policy to its arrival on a computer. */
const MEAN_DELAY = 36 * HOUR;
/** What arrived within this time may still be under way. */
const UNDER_WAY = 3 * HOUR;

interface Outcome {
  status: 'received' | 'downloading' | 'downloaded' | 'download_failed' | 'running' | 'succeeded' | 'failed';
  returnCode: number | null;
  detail: string;
}

const FAILURES: readonly (readonly [number, readonly [code: number, meaning: string]])[] = [
  [45, [1603, 'A fatal error occurred during installation.']],
  [20, [1618, 'Another installation is in progress.']],
  [12, [1619, 'The installation package could not be opened.']],
  [12, [2, 'The system cannot find the file specified.']],
  [11, [-1, 'Terminated: the time limit was reached.']],
];

/** Writes about `count` deliveries, shared among the policies by the number of their computers. */
export async function addDeliveries(
  writer: RowWriter,
  random: Random,
  policies: readonly SeededPolicy[],
  count: number,
  now: number,
): Promise<number> {
  const enabled = policies.filter((policy) => policy.isEnabled && policy.software.state !== 'disabled');
  const possible = enabled.reduce((sum, policy) => sum + policy.target.members.length, 0);
  const share = possible === 0 ? 0 : Math.min(1, count / possible);
  let written = 0;
  for (const policy of enabled) {
    const computers = random.shuffled(policy.target.members);
    for (const computer of computers.slice(0, Math.round(computers.length * share))) {
      const at = policy.launchedAt - Math.log(1 - random.fraction()) * MEAN_DELAY;
      // A computer that has been silent since then knows nothing of the policy.
      if (Math.min(at, now) > computer.lastContactAt) continue;
      addDelivery(writer, random, policy, computer, Math.floor(at), decide(random, policy, now - at));
      written++;
      await writer.writeIfFull();
    }
  }
  return written;
}

function decide(random: Random, policy: SeededPolicy, age: number): Outcome {
  const none = { returnCode: null, detail: '' };
  if (age < UNDER_WAY && random.chance(0.4)) {
    return { status: random.pick(['received', 'downloading', 'downloaded', 'running'] as const), ...none };
  }
  if (policy.software.state === 'source_missing' || random.chance(0.006)) {
    return { status: 'download_failed', returnCode: null, detail: 'No source answered.' };
  }
  if (random.chance(policy.failureRate)) {
    const [returnCode, detail] = random.weighted(FAILURES);
    return { status: 'failed', returnCode, detail };
  }
  const returnCode = random.weighted([
    [90, 0],
    [8, 3010],
    [2, 1641],
  ]);
  return { status: 'succeeded', returnCode, detail: '' };
}

function addDelivery(
  writer: RowWriter,
  random: Random,
  policy: SeededPolicy,
  computer: SeededComputer,
  at: number,
  outcome: Outcome,
): void {
  const downloaded = at + random.between(5_000, 20 * MINUTE);
  const ended = downloaded + random.between(10_000, 9 * MINUTE);
  const ran = outcome.returnCode !== null;
  const updatedAt = ran ? ended : outcome.status === 'received' ? at : downloaded;
  writer.add('Delivery', {
    PolicyGuid: policy.guid,
    ResourceGuid: computer.guid,
    PackageGuid: policy.software.guid,
    PackageVersion: policy.software.version,
    Status: outcome.status,
    ReturnCode: outcome.returnCode,
    Detail: outcome.detail,
    UpdatedAt: utc(updatedAt),
  });
  if (outcome.status !== 'received' && outcome.status !== 'downloading') {
    addDownload(writer, policy, computer, downloaded, outcome.status !== 'download_failed');
  }
  if (ran) addExecution(writer, policy, computer, downloaded, ended, outcome);
}

function addDownload(
  writer: RowWriter,
  policy: SeededPolicy,
  computer: SeededComputer,
  at: number,
  done: boolean,
): void {
  writer.add('SwdPackageEvent', {
    ResourceGuid: computer.guid,
    EventAt: utc(at),
    PackageId: policy.software.guid,
    PackageName: policy.software.name,
    PackageVersion: policy.software.version,
    Status: done ? SWD_PACKAGE_STATUS.downloaded : SWD_PACKAGE_STATUS.downloadFailed,
    AdvertisementId: policy.guid,
    Bytes: done ? policy.software.totalSize : null,
    Source: 'NS',
  });
}

function addExecution(
  writer: RowWriter,
  policy: SeededPolicy,
  computer: SeededComputer,
  started: number,
  ended: number,
  outcome: Outcome,
): void {
  writer.add('SwdExecution', {
    ResourceGuid: computer.guid,
    EventAt: utc(ended),
    AdvertisementId: policy.guid,
    AdvertisementName: policy.name,
    PackageId: policy.software.guid,
    PackageName: policy.software.name,
    ProgramName: policy.software.programName,
    Status: 'Command executed',
    StartAt: utc(started),
    EndAt: utc(ended),
    ReturnCode: outcome.returnCode,
  });
  writer.add('Timeline', {
    ResourceGuid: computer.guid,
    At: utc(ended),
    Kind: outcome.status === 'succeeded' ? 'delivered' : 'deliveryFailed',
    Detail: `${policy.software.name}: return code ${outcome.returnCode}.`,
  });
}
