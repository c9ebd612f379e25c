import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandIo } from '../../app/commands/command.ts';
import { subnetCommand } from '../../app/commands/subnet.ts';

describe('ns subnet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ns-subnet-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const [out, err]: string[][] = [[], []];
    const io: CommandIo = {
      out: (line) => void out!.push(line),
      err: (line) => void err!.push(line),
      progress: () => undefined,
      environment: { NS_DATA_DIR: join(folder, 'data') },
    };
    const code = await subnetCommand.run(args, io);
    return { code, out: out!.join('\n'), err: err!.join('\n') };
  };

  it('imports a file, names the lines that are wrong, and exports what it takes again', async () => {
    const [given, written] = [join(folder, 'subnets.csv'), join(folder, 'export.csv')];
    writeFileSync(given, '10.1.0.0/16;Paris;=1+1\nrubbish\n10.2.0.0;255.255.0.0;Paris\n');
    const preview = await run('import', given, '--create-sites', '--preview');
    expect([preview.code, preview.out]).to.deep.equal([
      1,
      'nothing written; subnets made: 2, changed: 0, as they are: 0; sites made: 1; lines left out: 1',
    ]);
    expect(preview.err).to.contain('line 2: Enter a subnet with its prefix');
    await run('export', written);
    expect(readFileSync(written, 'utf8')).not.to.contain('10.1.0.0');
    writeFileSync(given, 'Subnet;Mask;Site;Name\n10.1.0.0;16;Paris;=1+1\n10.2.0.0;255.255.0.0;Paris\n');
    expect((await run('import', given, '--create-sites')).out).to.contain('subnets made: 2');
    expect((await run('export', written)).out).to.match(/: 2$/);
    expect(readFileSync(written, 'utf8')).to.contain("10.1.0.0/16,'=1+1,Paris,manual");
    expect(await run('import', written)).to.deep.equal({
      code: 0,
      out: 'subnets made: 0, changed: 0, as they are: 2; sites made: 0; lines left out: 0',
      err: '',
    });
  });

  it('says what is wrong with its use, and with a file without lines', async () => {
    for (const args of [[], ['import'], ['explode', 'x'], ['export', 'a', 'b']]) {
      const error: unknown = await run(...args).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(String(error), args.join(' ')).to.contain('UsageError');
    }
    const empty = join(folder, 'empty.csv');
    writeFileSync(empty, '\n');
    expect(await run('import', empty)).to.deep.equal({ code: 1, out: '', err: 'The file has no lines.' });
  });
});
