import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { guid, newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, SWD_PACKAGE_STATUS, type NseValues } from '../../wire/nse.ts';
import { CAPTURE_ITEM, ITEM_CLASS } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, message, process, queued, rowsOf, sample, WKS_042 } from './support.ts';

/** Policy and package of sample 17. */
const POLICY = guid('a1b2c3d4-1111-4222-8333-444455556666');
const PACKAGE = guid('5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b');
const at = '2030-01-01T00:00:00.000Z';

async function addItem({ db }: Session, item: Guid, name: string, classGuid: Guid): Promise<void> {
  await db
    .insertInto('Item')
    .values({
      Guid: item,
      Name: name,
      Description: '',
      ClassGuid: classGuid,
      ProductGuid: null,
      Attributes: 0,
      CreatedAt: at,
      CreatedBy: 'test',
      ModifiedAt: at,
      ModifiedBy: 'test',
    })
    .execute();
}

async function addPolicy(cmdb: AnyCmdb, successCodes: string): Promise<void> {
  const program = newGuid();
  await cmdb.transaction(async (session) => {
    await addItem(session, PACKAGE, 'Example Viewer', ITEM_CLASS.package);
    await addItem(session, POLICY, 'Example Viewer rollout', ITEM_CLASS.policy);
    await session.insertMany('Package', [
      {
        Guid: PACKAGE,
        Publisher: '',
        Language: '',
        VersionText: '',
        SourceKind: 'none',
        SourcePath: '',
        CleanupAfterMinutes: 0,
        Priority: 'normal',
        IsEnabled: 1,
        State: 'valid',
        StateDetail: '',
        FailureCount: 0,
      },
    ]);
    await session.insertMany('Program', [
      {
        Guid: program,
        PackageGuid: PACKAGE,
        Position: 0,
        Name: 'Install',
        Description: '',
        CommandLine: 'x',
        WorkingDirectory: '',
        SuccessCodes: successCodes,
        FailureCodes: '',
        EstimatedDiskSpaceKb: 0,
        EstimatedRunTimeMinutes: 0,
        TerminateAfterMinutes: 0,
        AfterRunning: '',
        StartingWindow: '',
        RunAs: '',
        CanRun: '',
        UserInputRequired: 0,
        MinimumConnectionSpeedKb: 0,
      },
    ]);
    await session.insertMany('Policy', [
      {
        Guid: POLICY,
        Kind: 'softwareDelivery',
        IsEnabled: 1,
        PackageGuid: PACKAGE,
        ProgramGuid: program,
        Settings: '{}',
        Version: 1,
      },
    ]);
  });
}

const minute = (number: number): Date => new Date(Date.parse('2030-06-01T10:00:00Z') + number * 60_000);

function execution(values: NseValues<'swdExecution'>, time = minute(5)): string {
  const row = {
    advertisementGuid: `{${POLICY}}`,
    advertisementName: 'Example Viewer rollout',
    packageGuid: PACKAGE,
    packageName: 'Example Viewer',
    status: 'Command executed',
    ...values,
  };
  return message({ to: CAPTURE_ITEM.swdExecution, classes: [nseClass('swdExecution', [row])], time });
}

function progress(values: NseValues<'swdPackage'>, time = minute(0)): string {
  const row = {
    packageGuid: PACKAGE,
    packageName: 'Example Viewer',
    packageVersion: '3',
    advertisementGuid: POLICY,
    ...values,
  };
  return message({ to: CAPTURE_ITEM.swdPackage, classes: [nseClass('swdPackage', [row])], time });
}

describe('software-delivery events', () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const apply = (...bodies: string[]) =>
      process(
        cmdb,
        clock,
        bodies.map((body) => queued(body)),
      );
    const delivery = async () => (await cmdb.db.selectFrom('Delivery').selectAll().execute())[0];
    const timeline = async () =>
      (await rowsOf(cmdb, 'Timeline')).map((row) => `${String(row.Kind)}: ${String(row.Detail)}`);

    it('keep the recorded execution, its local times as UTC', async () => {
      await addPolicy(cmdb, '');
      expect((await apply(sample('17-nse-swd-execution.xml')))[0]).to.include({ kind: 'done' });
      expect(await rowsOf(cmdb, 'SwdExecution')).to.deep.equal([
        {
          ResourceGuid: WKS_042,
          EventAt: '2030-01-02T19:07:30.000Z',
          AdvertisementId: POLICY,
          AdvertisementName: 'Example Viewer rollout',
          PackageId: PACKAGE,
          PackageName: 'Example Viewer',
          ProgramName: '',
          Status: 'Command executed',
          StartAt: '2030-01-02T19:00:05.000Z',
          EndAt: '2030-01-02T19:07:29.000Z',
          ReturnCode: 0,
        },
      ]);
      expect(await delivery()).to.include({
        PolicyGuid: POLICY,
        ResourceGuid: WKS_042,
        PackageGuid: PACKAGE,
        Status: 'succeeded',
        ReturnCode: 0,
        UpdatedAt: '2030-01-02T19:07:30.000Z',
      });
      expect(await timeline()).to.deep.equal(['delivered: Example Viewer: return code 0.']);
    });

    for (const [codes, code, status] of [
      ['', '3010', 'succeeded'],
      ['', '1641', 'succeeded'],
      ['', '1603', 'failed'],
      ['', '4294967295', 'failed'],
      ['0,42', '42', 'succeeded'],
      ['0,42', '3010', 'failed'],
      ['-1', '4294967295', 'succeeded'],
      ['0,4294967295', '-1', 'succeeded'],
      ['0,3221225477', '3221225477', 'succeeded'],
    ] as const) {
      it(`count return code ${code} as ${status} when the program's success codes are "${codes}"`, async () => {
        await addPolicy(cmdb, codes);
        await apply(execution({ returnCode: code }));
        expect((await delivery())!.Status).to.equal(status);
        expect((await timeline())[0]).to.match(status === 'succeeded' ? /^delivered:/ : /^deliveryFailed:/);
      });
    }

    it('follow a delivery from the policy to the end', async () => {
      await addPolicy(cmdb, '0');
      const seen: string[] = [];
      for (const [step, body] of [
        progress({ status: SWD_PACKAGE_STATUS.received }, minute(0)),
        progress({ status: SWD_PACKAGE_STATUS.downloading }, minute(1)),
        progress(
          { status: SWD_PACKAGE_STATUS.downloaded, bytes: '5000000000', source: 'https://ns.test/x' },
          minute(2),
        ),
        execution({ status: 'Command started', start: '2030-06-01 12:03:00' }, minute(3)),
        execution({ returnCode: '0' }, minute(4)),
      ].entries()) {
        await apply(body);
        seen.push((await delivery())!.Status);
        expect((await delivery())!.PackageVersion, `step ${step}`).to.equal(3);
      }
      expect(seen).to.deep.equal(['received', 'downloading', 'downloaded', 'running', 'succeeded']);
      const packages = await rowsOf(cmdb, 'SwdPackageEvent');
      expect(packages.map((row) => row.Status)).to.deep.equal(['Policy received', 'Downloading', 'Downloaded']);
      expect(packages[2]).to.include({ Bytes: 5_000_000_000, Source: 'https://ns.test/x', PackageVersion: 3 });
      expect(await timeline()).to.deep.equal(['delivered: Example Viewer: return code 0.']);
    });

    it('end in the same state when they come together, and when the oldest comes last', async () => {
      await addPolicy(cmdb, '0');
      await apply(
        progress({ status: SWD_PACKAGE_STATUS.downloaded }, minute(1)),
        execution({ returnCode: '7' }, minute(2)),
        progress({ status: SWD_PACKAGE_STATUS.received }, minute(0)),
      );
      expect(await delivery()).to.include({ Status: 'failed', ReturnCode: 7 });
      await apply(progress({ status: SWD_PACKAGE_STATUS.downloadFailed }, minute(1)));
      expect((await delivery())!.Status).to.equal('failed');
      await apply(progress({ status: SWD_PACKAGE_STATUS.received, packageVersion: '4' }, minute(3)));
      expect(await delivery()).to.include({ Status: 'received', PackageVersion: 4, ReturnCode: null });
    });

    it('say that a download failed, and keep a status text that means nothing to us as it is', async () => {
      await addPolicy(cmdb, '0');
      await apply(progress({ status: SWD_PACKAGE_STATUS.downloadFailed }));
      expect((await delivery())!.Status).to.equal('download_failed');
      await apply(progress({ status: 'Thinking about it' }, minute(1)));
      expect((await delivery())!.Status).to.equal('download_failed');
      expect(await rowsOf(cmdb, 'SwdPackageEvent')).to.have.length(2);
    });

    it('are kept for a policy that the CMDB does not know, without a delivery', async () => {
      await apply(execution({ returnCode: '0' }), progress({ status: SWD_PACKAGE_STATUS.downloaded }));
      expect(await delivery()).to.equal(undefined);
      expect(await rowsOf(cmdb, 'SwdExecution')).to.have.length(1);
      expect(await rowsOf(cmdb, 'SwdPackageEvent')).to.have.length(1);
    });

    for (const [what, body] of [
      [
        'another class than their own',
        message({ to: CAPTURE_ITEM.swdExecution, classes: [nseClass('identification', [{ name: 'X' }])] }),
      ],
      ['no row', message({ to: CAPTURE_ITEM.swdPackage, classes: [] })],
      ['an advertisement that is no GUID', execution({ advertisementGuid: '{not-a-guid}' })],
      [
        'more rows than any agent sends',
        message({
          to: CAPTURE_ITEM.swdPackage,
          classes: [
            nseClass(
              'swdPackage',
              Array.from({ length: 101 }, () => ({ status: 'x' })),
            ),
          ],
        }),
      ],
      ['a capture item that does not exist', sample('18-nse-package-server-status.xml')],
    ] as const) {
      it(`are put aside with a sentence and change nothing when they carry ${what}`, async () => {
        const [outcome] = await apply(body);
        expect(outcome).to.include({ kind: 'bad' });
        expect((outcome as { reason: string }).reason).to.match(/^[A-Z].*\.$/);
        for (const table of ['SwdExecution', 'SwdPackageEvent', 'Resource', 'AppliedEvent'])
          expect(await rowsOf(cmdb, table), table).to.deep.equal([]);
      });
    }

    it('keep what can be kept of faulty values, and flag it', async () => {
      await apply(
        execution({ returnCode: 'none', start: 'at noon', packageName: 'x'.repeat(300), end: '2030-06-01 12:00:00' }),
      );
      expect((await rowsOf(cmdb, 'SwdExecution'))[0]).to.include({
        ReturnCode: null,
        StartAt: null,
        PackageName: 'x'.repeat(255),
        EndAt: '2030-06-01T10:00:00.000Z',
      });
      expect((await timeline()).some((line) => line.startsWith('flagged: Execution event:'))).to.equal(true);
    });
  });
});
