import { expect } from 'chai';
import { hasDiskSpace } from '../../agent/programs/diskSpace.ts';
import { mayRun } from '../../agent/programs/mayRun.ts';
import { newGuid } from '../../wire/guid.ts';
import { optionsFor, readEvents, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { deliveryPolicy, FakeServer } from './support/fakeServer.ts';

describe('whether a program can run', () => {
  it('depends on who is logged on, and on whether it asks something', () => {
    const allowed = (canRun: string, userInputRequired: boolean) =>
      [true, false].filter((isUserLoggedOn) => mayRun({ canRun, userInputRequired }, isUserLoggedOn));
    expect(allowed('WhetherOrNotAUserIsLoggedOn', false)).to.deep.equal([true, false]);
    expect(allowed('OnlyWhenAUserIsLoggedOn', false)).to.deep.equal([true]);
    expect(allowed('OnlyWhenNoUserIsLoggedOn', false)).to.deep.equal([false]);
    expect(allowed('WhetherOrNotAUserIsLoggedOn', true)).to.deep.equal([true]);
    expect(allowed('OnlyWhenAUserIsLoggedOn', true)).to.deep.equal([true]);
    expect(allowed('OnlyWhenNoUserIsLoggedOn', true)).to.deep.equal([]);
  });

  it('depends on the room of the drives', async () => {
    const folder = temporaryFolder();
    expect(await hasDiskSpace(folder, 0)).to.equal(true);
    expect(await hasDiskSpace(folder, 1)).to.equal(true);
    expect(await hasDiskSpace(folder, 2 ** 50)).to.equal(false);
    removeTemporaryFolders();
  });

  it('is told to the server when no drive has the room that it needs, and nothing is run', async () => {
    const fake = await FakeServer.start();
    try {
      const software = { guid: newGuid(), name: 'Large', version: 1, files: { 'large.sh': 'exit 0' } };
      fake.packages = [software];
      const program = { EstimatedDiskSpace: String(2 ** 50) };
      fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./large.sh', program })];
      await round(optionsFor(fake.url, temporaryFolder()));
      const [event, ...others] = readEvents(fake.events).filter(({ className }) => className === 'AeX SWD Execution');
      expect(others).to.deep.equal([]);
      expect(event!.rows[0]![4]).to.equal('Not started: no drive has the 1099511627776 MB that it needs');
      expect(event!.rows[0]![7], 'there is no return code').to.equal(undefined);
    } finally {
      await fake.stop();
      removeTemporaryFolders();
    }
  });
});
