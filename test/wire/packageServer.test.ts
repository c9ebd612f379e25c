import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import {
  readPackageServerPolicy,
  readReport,
  writePackageServerPolicy,
  writeReport,
  type PackageServerPolicy,
} from '../../wire/packageServer.ts';
import { parseXml } from '../../wire/xml.ts';
import { reportOf } from '../support/packageServers.ts';

describe('what server and package server tell each other', () => {
  const policy = (more: Partial<PackageServerPolicy> = {}): PackageServerPolicy => ({
    tokenKey: Buffer.alloc(32, 7).toString('base64'),
    isDraining: false,
    publishHttp: true,
    publishHttps: true,
    publishUnc: false,
    minFreeDiskMb: 1,
    unusedAfterHours: 2,
    keepOldHours: 3,
    throttleKb: 4,
    reportSeconds: 60,
    verifyCount: 5,
    resyncCount: 6,
    wantedDigest: 'ab'.repeat(32),
    refetch: new Map(),
    ...more,
  });
  const carried = (sent: PackageServerPolicy) => readPackageServerPolicy(parseXml(writePackageServerPolicy(sent)));

  it('carries the orders to fetch packages anew, and nothing of them while there are none', () => {
    const refetch = new Map([
      [newGuid(), 1],
      [newGuid(), 12],
    ]);
    expect([...carried(policy({ refetch })).refetch]).to.deep.equal([...refetch]);
    expect(writePackageServerPolicy(policy())).not.to.contain('Refetch');
    expect(carried(policy()).refetch).to.have.property('size', 0);
  });

  it('refuses an order for a package without a GUID', () => {
    const text = writePackageServerPolicy(policy({ refetch: new Map([[newGuid(), 1]]) }));
    const damaged = text.replace(/(<Refetch><Package guid=")[^"]*/, '$1nothing');
    expect(() => readPackageServerPolicy(parseXml(damaged))).to.throw('has no GUID');
  });

  it('tells which policy a package server has; what is no hash is none', () => {
    const told = (policyHash: string) => readReport(writeReport(reportOf('10.1.0.1', [], { policyHash }))).policyHash;
    expect(told('AB'.repeat(16))).to.equal('AB'.repeat(16));
    expect(told('')).to.equal('');
    expect(told('x'.repeat(32))).to.equal('');
    const older = writeReport(reportOf('10.1.0.1', [])).replace(/ policy="[^"]*"/, '');
    expect(readReport(older).policyHash).to.equal('');
  });
});
