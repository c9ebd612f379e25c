import { expect } from 'chai';
import { writeDeliveries, type DeliveryChange } from '../../models/events/deliveries.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import type { Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { actor } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = '<script>alert("x")</script>';
const HOUR = 3600_000;

describe('the delivery pages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let software: Guid;
  let policies: Guid[];
  let computers: Guid[];

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    const { cmdb, clock, settings } = server.context;
    const input = { name: 'Tool', sourceKind: 'none', programs: [{ name: 'Install', commandLine: 'run' }] };
    software = await createPackage(cmdb, clock, actor, input, sourceLimits(settings));
    const programGuid = (await getPackage(cmdb, software))!.programs[0]!.guid;
    policies = [];
    for (const name of ['First policy', 'Other policy']) {
      policies.push(
        await createSoftwarePolicy(cmdb, clock, actor, {
          name,
          isEnabled: true,
          packageGuid: software,
          programGuid,
          targets: [TARGET.allComputers],
        }),
      );
    }
    computers = [];
    for (const name of ['PC-1', 'PC-2', `PC ${HOSTILE}`]) computers.push(await addLegacyAgent(server.context, name));
  });
  after(() => server.stop());

  const rows = async (path: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await client.get(`${path}${path.includes('?') ? '&' : '?'}format=json`)).text) as Record<
      string,
      unknown
    >[];
  const names = async (query: string) =>
    (await rows(`/deliveries?columns=computer,policy${query}`)).map(
      (row) => `${row.computer as string}: ${row.policy as string}`,
    );

  it('tell what a delivery is while there is none', async () => {
    expect((await client.get('/deliveries')).text).to.contain('No deliveries yet');
  });

  describe('with deliveries', () => {
    before(async () => {
      const now = server.context.clock.now();
      const change = (policy: number, computer: number, more: Partial<DeliveryChange>): DeliveryChange => ({
        policy: policies[policy]!,
        computer: computers[computer]!,
        packageGuid: software,
        packageVersion: null,
        status: 'succeeded',
        returnCode: 0,
        detail: '',
        at: now,
        ...more,
      });
      await writeDeliveries(server.context.cmdb, [
        change(0, 0, { at: now - 3 * HOUR }),
        change(0, 1, { status: 'failed', returnCode: 1603, detail: HOSTILE, at: now - 2 * HOUR }),
        change(0, 2, { status: 'running', returnCode: null, at: now - HOUR }),
        change(1, 0, {
          status: 'download_failed',
          returnCode: null,
          detail: 'No source answered.',
          at: now - 40 * 24 * HOUR,
        }),
      ]);
    });

    it('show newest first, with the result of each', async () => {
      const all = await rows('/deliveries');
      expect(all.map((row) => row.status)).to.deep.equal(['Running', 'Failed', 'Succeeded', 'Download failed']);
      expect(all[1]).to.deep.include({
        computer: 'PC-2',
        policy: 'First policy',
        package: 'Tool',
        code: '1603',
        detail: HOSTILE,
      });
      const { text } = await client.get('/deliveries');
      expect(text).to.contain('&lt;script&gt;').and.not.to.contain('<script>alert');
      expect(text).to.contain(`/policies/${policies[0]}`).and.to.contain(`/computers/${computers[1]}`);
    });

    it('narrow by status, policy, package, computer and GUID', async () => {
      expect(await names('&status=succeeded')).to.deep.equal(['PC-1: First policy']);
      expect(await names('&status=any_failed')).to.deep.equal(['PC-2: First policy', 'PC-1: Other policy']);
      expect(await names('&status=under_way')).to.deep.equal([`PC ${HOSTILE}: First policy`]);
      expect(await names(`&policy=${policies[1]}`)).to.deep.equal(['PC-1: Other policy']);
      expect(await names(`&package=${software}`)).to.have.length(4);
      expect(await names('&q=pc-1')).to.deep.equal(['PC-1: First policy', 'PC-1: Other policy']);
      expect(await names(`&q=${computers[1]}`)).to.deep.equal(['PC-2: First policy']);
      expect(await names('&q=%25')).to.deep.equal([]);
    });

    it('sort by computer, status and time, whatever is narrowed', async () => {
      for (const column of ['computer', 'status', 'at']) {
        const up = await names(`&sort=${column}&dir=asc`);
        const down = await names(`&sort=${column}&dir=desc`);
        expect(up, column).to.have.length(4);
        expect([...down].sort(), column).to.deep.equal([...up].sort());
      }
      expect((await names('&sort=computer&dir=asc'))[0]).to.equal(`PC ${HOSTILE}: First policy`);
    });

    it('count by status as links that keep what was narrowed', async () => {
      const { text } = await client.get(`/deliveries?policy=${policies[0]}`);
      const tiles = [...text.matchAll(/class="tile" href="([^"]+)"><span class="tile-value">(\d+)</g)].map((match) => [
        new URL(match[1]!.replaceAll('&amp;', '&'), server.http).searchParams.get('status'),
        Number(match[2]),
      ]);
      expect(Object.fromEntries(tiles)).to.deep.equal({
        received: 0,
        downloading: 0,
        downloaded: 0,
        download_failed: 0,
        running: 1,
        succeeded: 1,
        failed: 1,
      });
      expect(text).to.match(new RegExp(`class="tile" href="[^"]*policy=${policies[0]}`));
    });

    it('stand on the page of the policy, with why they failed', async () => {
      const { text } = await client.get(`/policies/${policies[0]}/deliveries`);
      expect(text).to.contain('Why deliveries failed').and.to.contain('1603').and.to.contain('PC-2');
      expect(text).not.to.contain('No source answered.');
      expect(await rows(`/policies/${policies[0]}/deliveries?status=failed`)).to.have.length(1);
      const inOrder = await rows(`/policies/${policies[0]}/deliveries?sort=code&dir=desc`);
      expect(inOrder.map((row) => row.code)).to.deep.equal(['1603', '0', null]);
      // A filter in the address cannot lead out of the policy.
      expect(await rows(`/policies/${policies[0]}/deliveries?policy=${policies[1]}`)).to.have.length(3);
    });

    it('stand on the page of the computer and of the package', async () => {
      const own = await rows(`/computers/${computers[0]}/deliveries`);
      expect(own.map((row) => row.policy)).to.deep.equal(['First policy', 'Other policy']);
      expect((await client.get(`/computers/${computers[0]}/deliveries`)).text).to.contain('No source answered.');
      const { text } = await client.get(`/packages/${software}/status`);
      expect(text).to.contain('No source answered.').and.to.contain(`package=${software}`);
    });

    it('chart what was finished, day by day, none of it older than the chart', async () => {
      const { text } = await client.get('/deliveries');
      const chart = JSON.parse(/data-chart="([^"]+)"/.exec(text)![1]!.replaceAll('&#34;', '"')) as { y: number[][] };
      expect(chart.y.map((days) => days.reduce((sum, count) => sum + count, 0))).to.deep.equal([1, 1]);
    });
  });
});
