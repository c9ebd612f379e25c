/** Events as nobody should send them: an answer or a refusal with a sentence, no crash, no hang, no memory kept. */
import { expect } from 'chai';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBody, checkFile } from '../../models/events/checkEvent.ts';
import { EventRejected } from '../../models/events/eventRejected.ts';
import { bodyPreview } from '../../models/events/eventText.ts';
import { readNse, type NseEvent } from '../../models/events/readNse.ts';
import { resourceNamedIn } from '../../routes/agent/eventBody.ts';
import { XmlError } from '../../wire/xml.ts';
import { anyBody, FUZZ_RUNS, FUZZ_TIMEOUT } from './documents.ts';

/** The event, or the refusal's sentence. */
function outcome(read: () => NseEvent): NseEvent | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof EventRejected || error instanceof XmlError) return error.message;
    throw error;
  }
}

describe('reading any event', function () {
  this.timeout(FUZZ_TIMEOUT);

  it('answers or refuses, whatever the bytes are', () => {
    let answers = 0;
    fc.assert(
      fc.property(anyBody, (body) => {
        const event = outcome(() => readNse(body));
        if (typeof event === 'string') expect(event).to.match(/\S/);
        else {
          answers++;
          expect(event.to.trim()).to.not.equal('');
          for (const block of event.blocks) {
            for (const row of block.rows) expect(row.length).to.be.at.most(512);
          }
        }
        resourceNamedIn(body);
        bodyPreview(body);
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(answers).to.be.greaterThan(0);
  });

  it('never reads what was refused when it came, and takes when it came what can be read', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        let isXml = true;
        try {
          expect(checkBody(body)).to.be.within(-1000, 1000);
        } catch (error) {
          expect(error).to.be.instanceOf(XmlError);
          isXml = false;
        }
        if (!isXml) expect(outcome(() => readNse(body))).to.be.a('string');
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('finds the same in a file as in memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ns-fuzz-'));
    const file = join(folder, 'event.xml');
    try {
      await fc.assert(
        fc.asyncProperty(anyBody, async (body) => {
          writeFileSync(file, body);
          const [inMemory, inFile] = [outcome(() => readNse(body)), outcome(() => readNse({ file }))];
          expect(inFile).to.deep.equal(inMemory);
          const priority = await checkFile(file).catch(() => 'no XML');
          let same: number | string = 'no XML';
          try {
            same = checkBody(body);
          } catch {
            // Said above.
          }
          expect(priority).to.equal(same);
        }),
        { numRuns: Math.ceil(FUZZ_RUNS / 3) },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps no memory, however many events it read or refused', async () => {
    const script = fileURLToPath(new URL('./memory.ts', import.meta.url));
    const child = spawn(process.execPath, ['--expose-gc', script, String(FUZZ_RUNS * 5)]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code, output).to.equal(0);
    const { growth } = JSON.parse(output) as { growth: number };
    expect(growth, 'bytes on the heap').to.be.below(16 * 1024 * 1024);
  });
});
