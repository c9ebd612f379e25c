/**
 * Packages with programs and published snapshots: rows only. There are no files behind them, and StateDetail says so;
 * the next refresh is far away, so that the refresh service does not declare all of them missing at once.
 */
import type { Guid } from '../../wire/guid.ts';
import { manifestHash, type ManifestFile } from '../../wire/manifest.ts';
import { ITEM_CLASS, SUCCESS_CODES } from '../../wire/wellKnown.ts';
import { utc } from '../clock.ts';
import { PRODUCTS, type Product } from './company.ts';
import { DAY, HOUR } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

export interface SeededPackage {
  guid: Guid;
  name: string;
  state: 'valid' | 'source_missing' | 'disabled';
  version: number;
  totalSize: number;
  programGuid: Guid;
  programName: string;
  createdAt: number;
}

const SEEDED = 'Seeded: rows only, there are no files behind this package.';
const NEVER_REFRESHED = 3650 * DAY;

/** `number` counts through the catalogue of products; later rounds are later releases of the same product. */
export function addPackage(writer: RowWriter, random: Random, number: number, now: number): SeededPackage {
  const product = PRODUCTS[number % PRODUCTS.length]!;
  const round = Math.floor(number / PRODUCTS.length);
  const release = round === 0 ? product.version : `${product.version}.${round}`;
  const createdAt = now - random.between(20 * DAY, 400 * DAY);
  // Versions are times of publication in seconds, as the contract's sample has them.
  const publishedAt = Math.floor((createdAt + random.between(0, 19 * DAY)) / 1000) * 1000;
  const made: SeededPackage = {
    guid: random.guid(),
    name: `${product.name} ${release}`,
    state: random.weighted([
      [88, 'valid'],
      [7, 'source_missing'],
      [5, 'disabled'],
    ] as const),
    version: publishedAt / 1000,
    totalSize: 0,
    programGuid: random.guid(),
    programName: `Install ${product.name}`,
    createdAt,
  };
  writer.add('Item', {
    Guid: made.guid,
    Name: made.name,
    Description: `${product.name} for all offices.`,
    ClassGuid: ITEM_CLASS.package,
    ProductGuid: null,
    Attributes: 0,
    CreatedAt: utc(createdAt),
    CreatedBy: 'seed',
    ModifiedAt: utc(publishedAt),
    ModifiedBy: 'seed',
  });
  addPackageRow(writer, random, made, product, release, now);
  addPrograms(writer, random, made, product);
  if (random.chance(0.3)) addSnapshot(writer, random, made, made.version - 90 * 86_400, publishedAt);
  made.totalSize = addSnapshot(writer, random, made, made.version, null);
  return made;
}

function addPackageRow(
  writer: RowWriter,
  random: Random,
  made: SeededPackage,
  product: Product,
  release: string,
  now: number,
): void {
  const missing = made.state === 'source_missing';
  const slug = product.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  writer.add('Package', {
    Guid: made.guid,
    Publisher: product.publisher,
    Language: 'English',
    VersionText: release,
    SourceKind: 'folder',
    SourcePath: `/srv/packages/${slug}/${release}`,
    CleanupAfterMinutes: 10_080,
    Priority: random.weighted([
      [85, 'Normal'],
      [10, 'High'],
      [5, 'Low'],
    ]),
    IsEnabled: made.state === 'disabled' ? 0 : 1,
    State: made.state,
    StateDetail: missing ? `The source folder was not found. ${SEEDED}` : SEEDED,
    CurrentVersion: made.version,
    FailureCount: missing ? random.between(1, 9) : 0,
    LastRefreshAt: utc(now - random.between(0, 24 * HOUR)),
    NextRefreshAt: utc(now + NEVER_REFRESHED),
    LastUsedAt: utc(now - random.between(0, 30 * DAY)),
  });
}

function addPrograms(writer: RowWriter, random: Random, made: SeededPackage, product: Product): void {
  const program = (guid: Guid, position: number, name: string, commandLine: string): void =>
    writer.add('Program', {
      Guid: guid,
      PackageGuid: made.guid,
      Position: position,
      Name: name,
      Description: '',
      CommandLine: commandLine,
      WorkingDirectory: '',
      SuccessCodes: SUCCESS_CODES.join(','),
      FailureCodes: '',
      EstimatedDiskSpaceKb: random.between(10, 900) * 1024,
      EstimatedRunTimeMinutes: random.between(1, 15),
      TerminateAfterMinutes: 60,
      AfterRunning: 'NoActionRequired',
      StartingWindow: 'Hidden',
      RunAs: 'SystemAccount',
      CanRun: 'WhetherOrNotAUserIsLoggedOn',
      UserInputRequired: 0,
      MinimumConnectionSpeedKb: 0,
    });
  program(made.programGuid, 0, made.programName, product.command);
  if (random.chance(0.6)) program(random.guid(), 1, `Uninstall ${product.name}`, 'uninstall.cmd');
}

/** Answers the total size in bytes. A retired snapshot has the time of its successor. */
function addSnapshot(
  writer: RowWriter,
  random: Random,
  made: SeededPackage,
  version: number,
  retiredAt: number | null,
): number {
  const files = makeFiles(random, version * 1000);
  const totalSize = files.reduce((sum, file) => sum + file.size, 0);
  writer.add('Snapshot', {
    PackageGuid: made.guid,
    Version: version,
    Hash: manifestHash(files),
    FileCount: files.length,
    TotalSize: totalSize,
    // Not signed: an agent that asked for one of these would refuse it, as it should.
    Signature: '',
    KeyName: '',
    CreatedAt: utc(version * 1000),
    RetiredAt: retiredAt === null ? null : utc(retiredAt),
  });
  files.forEach((file, position) =>
    writer.add('SnapshotFile', {
      PackageGuid: made.guid,
      Version: version,
      Position: position,
      Path: file.path,
      Size: file.size,
      FileTime: file.date,
      Hash: file.hash,
      IsExecutable: file.executable ? 1 : 0,
      IsFolder: 0,
    }),
  );
  return totalSize;
}

const FOLDERS = ['', 'data/', 'data/locale/', 'lib/', 'docs/'];
const KINDS = ['dll', 'dat', 'txt', 'xml', 'cab', 'ini'];

function makeFiles(random: Random, at: number): ManifestFile[] {
  const file = (path: string, size: number, executable: boolean): ManifestFile => ({
    path,
    size,
    date: utc(at - random.between(0, 30 * DAY)),
    hash: random.hex(64),
    executable,
    folder: false,
  });
  const others = Array.from({ length: random.between(2, 60) }, (_, number) =>
    file(`${random.pick(FOLDERS)}file${number}.${random.pick(KINDS)}`, random.between(200, 4_000_000), false),
  );
  const all = [file('setup.exe', random.between(500_000, 90_000_000), true), ...others];
  return all.sort((one, other) => (one.path < other.path ? -1 : 1));
}
