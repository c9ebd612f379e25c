/** What the tests of policies share: computers and packages as rows, and an index over them. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readPolicyResponse, type PolicyResponse } from '../../wire/policy.ts';
import { ITEM_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Actor } from '../../models/audit/audit.ts';
import { utc, type Clock } from '../../models/clock.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { insertItem } from '../../models/items/itemStore.ts';
import { PolicyIndex, type KnownPolicies, type PolicyIndexOptions } from '../../models/policies/policyIndex.ts';

export const NOON = Date.parse('2030-01-07T12:00:00.000Z');
export const clock: Clock = { now: () => NOON };
export const JANE: Actor = { name: 'jane', address: '10.9.9.9' };

export const OPTIONS: PolicyIndexOptions = {
  publicUrl: 'https://ns1.example.test:8443',
  productVersion: '0.1.0',
  policyIntervalSeconds: 3600,
  inventoryIntervalSeconds: 86400,
};

export async function addComputers(session: Session, count: number): Promise<Guid[]> {
  const guids = Array.from({ length: count }, newGuid);
  const now = utc(NOON);
  await session.insertMany(
    'Resource',
    guids.map((guid, number) => ({
      Guid: guid,
      Name: `WKS-${number}`,
      ResourceTypeGuid: RESOURCE_TYPE.computer,
      IsManaged: 1,
      CreatedAt: now,
      ModifiedAt: now,
      DeletedAt: null,
    })),
  );
  await session.insertMany(
    'Computer',
    guids.map((guid, number) => ({
      ResourceGuid: guid,
      Name: `WKS-${number}`,
      Domain: 'EXAMPLE',
      Fqdn: '',
      OsName: '',
      OsVersion: '',
      SystemType: '',
      IpAddress: '',
      MacAddress: '',
      AgentVersion: '',
      UserName: '',
      SiteGuid: null,
      LastInventoryAt: null,
    })),
  );
  return guids;
}

export interface TestPackage {
  packageGuid: Guid;
  programGuid: Guid;
}

/** A package with one program; `version` null: nothing is published yet. */
export async function addPackage(
  session: Session,
  name: string,
  { version = 1_893_456_000, sourceKind = 'folder' }: { version?: number | null; sourceKind?: string } = {},
): Promise<TestPackage> {
  const packageGuid = await insertItem(session, clock, JANE, { name, description: '', classGuid: ITEM_CLASS.package });
  await session.db
    .insertInto('Package')
    .values({
      Guid: packageGuid,
      Publisher: '',
      Language: '',
      VersionText: '1.0',
      SourceKind: sourceKind,
      SourcePath: '/srv/x',
      CleanupAfterMinutes: 10080,
      Priority: 'Normal',
      IsEnabled: 1,
      State: 'valid',
      StateDetail: '',
      CurrentVersion: version,
      FailureCount: 0,
      LastRefreshAt: null,
      NextRefreshAt: null,
      LastUsedAt: null,
    })
    .execute();
  const programGuid = newGuid();
  await session.db
    .insertInto('Program')
    .values({
      Guid: programGuid,
      PackageGuid: packageGuid,
      Position: 0,
      Name: `${name} setup`,
      Description: '',
      CommandLine: 'setup.exe /quiet',
      WorkingDirectory: '',
      SuccessCodes: '0,3010,1641',
      FailureCodes: '',
      EstimatedDiskSpaceKb: 10240,
      EstimatedRunTimeMinutes: 5,
      TerminateAfterMinutes: 60,
      AfterRunning: 'NoActionRequired',
      StartingWindow: 'Hidden',
      RunAs: 'SystemAccount',
      CanRun: 'WhetherOrNotAUserIsLoggedOn',
      UserInputRequired: 0,
      MinimumConnectionSpeedKb: 0,
    })
    .execute();
  return { packageGuid, programGuid };
}

export async function addDelivery(session: Session, policy: Guid, computer: Guid, status: string): Promise<void> {
  await session.db
    .insertInto('Delivery')
    .values({
      PolicyGuid: policy,
      ResourceGuid: computer,
      PackageGuid: null,
      PackageVersion: null,
      Status: status,
      ReturnCode: null,
      Detail: '',
      UpdatedAt: utc(NOON),
    })
    .execute();
}

/** What is in the audit log and the change log, in order. */
export async function recorded(session: Session): Promise<{ audit: string[]; changes: string[] }> {
  const audit = await session.db
    .selectFrom('AuditEntry')
    .select(['Actor', 'Action', 'ObjectName'])
    .orderBy('Id')
    .execute();
  const changes = await session.db.selectFrom('ChangeLog').select(['Kind', 'ItemGuid']).orderBy('Id').execute();
  return {
    audit: audit.map(({ Actor: actor, Action, ObjectName }) => `${actor} ${Action} ${ObjectName}`),
    changes: changes.map(({ Kind, ItemGuid }) => `${Kind} ${ItemGuid}`),
  };
}

export const loadIndex = (session: Session): Promise<PolicyIndex> => PolicyIndex.load(session, OPTIONS);

export const answerOf = (index: PolicyIndex, computer: Guid, known: KnownPolicies = {}): PolicyResponse =>
  readPolicyResponse(index.answer(computer, known).toString('utf8'));
