/** `ns package-server`: what it refuses before anything is made. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../app/commands/command.ts';
import { packageServerCommand } from '../../app/commands/packageServer.ts';

describe('ns package-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ns-package-server-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const io = { out: () => undefined, err: () => undefined, progress: () => undefined, environment: {} };
  const state = join(folder, 'state');

  for (const [what, shared] of [
    ['is the state folder', state],
    ['holds the state folder', folder],
    ['lies in the content', join(state, 'content', 'objects')],
  ] as const) {
    it(`publishes no folder over a share that ${what}: its key lies there`, async () => {
      const options = ['--server', 'https://127.0.0.1:1', '--state', state, '--port', '8443'];
      const share = ['--unc', '\\\\ps1\\packages', '--unc-folder', shared];
      const error: unknown = await packageServerCommand
        .run([...options, ...share], io)
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as Error).message).to.contain('must not hold the state folder');
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }
});
