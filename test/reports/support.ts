/** A small CMDB in which every published query finds something, and a runner for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { openMssql } from '../../models/cmdb/mssql.ts';
import { guidParam } from '../../models/cmdb/types.ts';
import { utc } from '../../models/clock.ts';
import type { ParameterValue } from '../../models/reports/parameterValues.ts';
import { readResult } from '../../models/reports/resultReader.ts';
import type { ResultValue } from '../../models/reports/resultWriter.ts';
import { MssqlRunner } from '../../models/reports/runner/mssqlRunner.ts';
import { ensureReportViews } from '../../models/reports/runner/mssqlViews.ts';
import type { QueryOutcome, ReportRunner } from '../../models/reports/runner/runner.ts';
import { SqliteRunner } from '../../models/reports/runner/sqliteRunner.ts';
import { guid, type Guid } from '../../wire/guid.ts';

export const COMPUTER_TYPE = guid('493435f7-3b17-4c4c-b07f-c23e7ab7781f');
export const USER_TYPE = guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001');
const IDENTIFICATION = guid('9e6f402a-6a45-4cba-9299-c2323f73a506');
const ASSET_USER_OWNER = guid('ed35a8d1-bf60-4771-9dde-092c146c485a');
const PACKAGE_CLASS = guid('7f0c3b1e-2d54-4c8a-8f10-000000000001');

export const OLD = guid('11111111-1111-4111-8111-111111111111');
export const FRESH = guid('22222222-2222-4222-8222-222222222222');
export const UNMANAGED = guid('33333333-3333-4333-8333-333333333333');
export const ANNA = guid('44444444-4444-4444-8444-444444444444');
export const PACKAGE = guid('55555555-5555-4555-8555-555555555555');
export const POLICY = guid('66666666-6666-4666-8666-666666666666');

const daysAgo = (days: number): string => utc(Date.now() - days * 86_400_000);

export async function fillCmdb(cmdb: AnyCmdb): Promise<void> {
  await addComputer(cmdb, OLD, 'OLD-1', 1, 30);
  await addComputer(cmdb, FRESH, 'FRESH-1', 1, 1);
  await addComputer(cmdb, UNMANAGED, 'GONE-1', 0, 30);
  await addResource(cmdb, ANNA, 'anna', USER_TYPE, 1);
  const { db } = cmdb;
  await db
    .insertInto('ResourceAssociation')
    .values({
      ResourceAssociationTypeGuid: ASSET_USER_OWNER,
      ParentResourceGuid: OLD,
      ChildResourceGuid: ANNA,
      CreatedAt: daysAgo(5),
    })
    .execute();
  await addPackage(cmdb);
  for (const [code, days] of [
    [0, 1],
    [3010, 2],
    [1603, 3],
    [0, 40],
  ] as const) {
    await db
      .insertInto('SwdExecution')
      .values({
        ResourceGuid: OLD,
        EventAt: daysAgo(days),
        AdvertisementId: POLICY,
        AdvertisementName: 'Viewer to all',
        PackageId: PACKAGE,
        PackageName: 'Viewer',
        ProgramName: 'Install',
        Status: 'Command executed',
        StartAt: daysAgo(days),
        EndAt: daysAgo(days),
        ReturnCode: code,
      })
      .execute();
  }
}

async function addResource(cmdb: AnyCmdb, id: Guid, name: string, type: Guid, isManaged: 0 | 1): Promise<void> {
  const at = daysAgo(60);
  await cmdb.db
    .insertInto('Resource')
    .values({
      Guid: id,
      Name: name,
      ResourceTypeGuid: type,
      IsManaged: isManaged,
      CreatedAt: at,
      ModifiedAt: at,
      DeletedAt: null,
    })
    .execute();
}

async function addComputer(cmdb: AnyCmdb, id: Guid, name: string, isManaged: 0 | 1, days: number): Promise<void> {
  const { db } = cmdb;
  await addResource(cmdb, id, name, COMPUTER_TYPE, isManaged);
  await db
    .insertInto('Computer')
    .values({
      ResourceGuid: id,
      Name: name,
      Domain: 'EXAMPLE',
      Fqdn: `${name.toLowerCase()}.example.com`,
      OsName: 'Example OS',
      OsVersion: '1',
      SystemType: 'x64',
      IpAddress: '10.0.0.1',
      MacAddress: '',
      AgentVersion: '8.5.1',
      UserName: 'anna',
      SiteGuid: null,
      LastInventoryAt: daysAgo(days),
    })
    .execute();
  await db
    .insertInto('ResourceUpdate')
    .values({
      ResourceGuid: id,
      InventoryClassGuid: IDENTIFICATION,
      CreatedAt: daysAgo(days),
      ModifiedAt: daysAgo(days),
      EventAt: daysAgo(days),
      RowCount: 1,
      DataHash: 'h',
    })
    .execute();
  const owner = guidParam(id);
  await sql`INSERT INTO Inv_AeX_AC_TCPIP (_ResourceGuid, [Host Name], [Subnet Mask]) VALUES (${owner}, ${name}, '255.255.255.0')`.execute(
    db,
  );
  await sql`INSERT INTO Inv_AeX_AC_Client_Agent (_ResourceGuid, [Agent Name], [Product Version]) VALUES (${owner}, 'Altiris Agent', '8.5.1')`.execute(
    db,
  );
}

async function addPackage({ db }: AnyCmdb): Promise<void> {
  const at = daysAgo(10);
  await db
    .insertInto('Item')
    .values({
      Guid: PACKAGE,
      Name: 'Viewer',
      Description: '',
      ClassGuid: PACKAGE_CLASS,
      ProductGuid: null,
      Attributes: 0,
      CreatedAt: at,
      CreatedBy: 'tester',
      ModifiedAt: at,
      ModifiedBy: 'tester',
    })
    .execute();
  await db
    .insertInto('Package')
    .values({
      Guid: PACKAGE,
      Publisher: '',
      Language: '',
      VersionText: '',
      SourceKind: 'none',
      SourcePath: '',
      CleanupAfterMinutes: 0,
      Priority: 'medium',
      IsEnabled: 1,
      State: 'valid',
      StateDetail: '',
      CurrentVersion: 3,
      FailureCount: 0,
    })
    .execute();
  await db
    .insertInto('Setting')
    .values({ Name: 'server.publicUrl', Value: 'https://ns1.example.com', ModifiedAt: at, ModifiedBy: 'tester' })
    .execute();
}

export interface TestRunner {
  runner: ReportRunner;
  run(text: string, options?: RunOptions): Promise<{ outcome: QueryOutcome; rows: ResultValue[][] }>;
  close(): Promise<void>;
}

export interface RunOptions {
  values?: ParameterValue[];
  rowLimit?: number;
  timeLimitSeconds?: number;
}

/** On SQL Server under a login of its own, as in production. */
export async function openTestRunner(cmdb: AnyCmdb, memoryMb = 512): Promise<TestRunner> {
  const folder = mkdtempSync(join(tmpdir(), 'ns-reports-'));
  const own = cmdb.engine === 'sqlite' ? sqliteRunner(cmdb.location, memoryMb) : await mssqlRunner(cmdb);
  const file = join(folder, 'rows');
  return {
    runner: own.runner,
    run: async (text, options = {}) => {
      const order = { sql: text, values: [], rowLimit: 1000, timeLimitSeconds: 60, file, ...options };
      const outcome = await own.runner.run(order).done;
      const rows = outcome.state === 'succeeded' ? await readResult(file, outcome.result, 0, order.rowLimit) : [];
      return { outcome, rows };
    },
    close: async () => {
      await own.runner.close();
      await own.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function sqliteRunner(location: string, memoryMb: number) {
  const runner = new SqliteRunner({
    database: location.replace('sqlite:', ''),
    now: Date.now,
    queues: () => Promise.resolve([['fast', 2, 300, null]]),
    memoryLimit: memoryMb * 1024 * 1024,
  });
  return { runner, remove: () => Promise.resolve() };
}

let logins = 0;

async function mssqlRunner(cmdb: Extract<AnyCmdb, { engine: 'mssql' }>) {
  await ensureReportViews(cmdb);
  const login = `ns_reports_test_${process.pid}_${logins++}`;
  const password = 'A-test-only-1';
  const say = (statement: string) => cmdb.pool.request().batch(statement);
  await say(`CREATE LOGIN ${login} WITH PASSWORD = '${password}'`);
  await say(`CREATE USER ${login} FOR LOGIN ${login} WITH DEFAULT_SCHEMA = reports`);
  await say(`ALTER ROLE ns_reports ADD MEMBER ${login}`);
  const address = new URL(process.env.TEST_MSSQL_URL!);
  address.username = login;
  address.password = password;
  address.pathname = `/${cmdb.location.split('/').at(-1)!}`;
  const runner = new MssqlRunner({
    address: address.toString(),
    refreshViews: () => ensureReportViews(cmdb),
    atOnce: 2,
  });
  const remove = async (): Promise<void> => {
    address.username = new URL(process.env.TEST_MSSQL_URL!).username;
    address.password = new URL(process.env.TEST_MSSQL_URL!).password;
    address.pathname = '/master';
    const master = await openMssql(address.toString());
    await master.pool
      .request()
      .batch(`DROP LOGIN ${login}`)
      .catch(() => undefined);
    await master.close();
  };
  return { runner, remove };
}
