/** What is set on a program reaches the agent: through the store, the policy's XML and the reader that agents share. */
import { expect } from 'chai';
import { createPackage } from '../../models/packages/createPackage.ts';
import { listPrograms } from '../../models/packages/programs.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { readSoftwareDelivery, type SoftwareProgram } from '../../wire/softwareDelivery.ts';
import { child, parseXml } from '../../wire/xml.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE } from './support.ts';

describe('the fields of a program', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.stop());

  const delivered = async (name: string, fields: Record<string, unknown>): Promise<SoftwareProgram> => {
    const { cmdb, clock, settings, policies } = server.context;
    const input = { name, sourceKind: 'none', programs: [{ name: 'Install', commandLine: 'setup.exe', ...fields }] };
    const packageGuid = await createPackage(cmdb, clock, JANE, input, sourceLimits(settings));
    const [program] = await listPrograms(cmdb, packageGuid);
    const policy = await createSoftwarePolicy(cmdb, clock, JANE, {
      name: `Deliver ${name}`,
      isEnabled: true,
      packageGuid,
      programGuid: program!.guid,
      targets: [TARGET.allComputers],
    });
    for (const [Kind, ItemGuid] of [
      ['package', packageGuid],
      ['policy', policy],
    ] as const) {
      await policies.applyChange(cmdb, { Id: 0, Kind, ItemGuid });
    }
    const body = parseXml(policies.bodyOf(policy)!.xml);
    const [software] = readSoftwareDelivery(body.name === 'ClientPolicy' ? body : child(body, 'ClientPolicy')!);
    return software!.programs[0]!;
  };

  it('are delivered, every one of them', async () => {
    const fields = {
      commandLine: 'setup.exe /q "a & b" <c>',
      workingDirectory: 'bin',
      successCodes: '0,3000',
      failureCodes: '1,5000',
      estimatedDiskSpaceKb: 2048,
      estimatedRunTimeMinutes: 7,
      terminateAfterMinutes: 90,
      afterRunning: 'RestartComputer',
      startingWindow: 'Minimized',
      runAs: 'LoggedInUser',
      canRun: 'OnlyWhenAUserIsLoggedOn',
      userInputRequired: true,
      minimumConnectionSpeedKb: 256,
    };
    const { guid: _guid, ...program } = await delivered('Everything', fields);
    expect(program).to.deep.equal({ name: 'Install', ...fields, successCodes: [0, 3000], failureCodes: [1, 5000] });
  });

  it('mean 360 minutes to the agent when the time limit is left empty, in the wire’s word for it', async () => {
    expect((await delivered('Empty', { terminateAfterMinutes: '' })).terminateAfterMinutes).to.equal(0);
    expect(await delivered('Default', {})).to.include({
      runAs: 'System',
      afterRunning: 'None',
      terminateAfterMinutes: 60,
    });
  });
});
