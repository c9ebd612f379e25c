import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { packageOfProgram, programChoices } from '../../models/packages/programChoices.ts';
import { createTarget } from '../../models/targets/changeTargets.ts';
import { membership } from '../../models/targets/membership.ts';
import { readTypedComputers, typeComputers } from '../../models/targets/typedComputers.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputers, addPackage, clock, JANE } from './support.ts';

describe('what a policy form offers and reads', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let computers: Guid[];

    before(async () => {
      cmdb = await open();
      computers = await addComputers(cmdb, 4);
      // WKS-2 has a namesake in another domain, WKS-0 a full name.
      const change = (guid: Guid, values: object) =>
        cmdb.db.updateTable('Computer').set(values).where('ResourceGuid', '=', guid).execute();
      await change(computers[3]!, { Name: 'WKS-2', Domain: 'OTHER' });
      await change(computers[0]!, { Fqdn: 'wks-0.example.test' });
    });
    after(() => cmdb.close());

    it('reads computers by name, domain and name, full name and GUID', async () => {
      const lines = [' wks-1 ', 'other\\WKS-2', 'WKS-0.EXAMPLE.TEST', `{${computers[2]!.toUpperCase()}}`, '', 'WKS-1'];
      expect(await readTypedComputers(cmdb, lines)).to.deep.equal([
        computers[1],
        computers[3],
        computers[0],
        computers[2],
      ]);
    });

    it('refuses what names nobody, or more than one', async () => {
      const lines = ['WKS-2', 'WKS-9', newGuid(), 'THIRD\\WKS-1', ...Array.from({ length: 5 }, (_, n) => `NO-${n}`)];
      const error = await readTypedComputers(cmdb, lines).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(InvalidInput);
      const { errors } = error as InvalidInput;
      expect(errors.every(({ field }) => field === 'computers')).to.equal(true);
      expect(errors[0]!.message).to.contain('“WKS-2” is the name of 2 computers');
      expect(errors[1]!.message).to.contain('“WKS-9” is no known computer');
      expect(errors.at(-1)!.message).to.equal('4 more lines name no single computer.');
    });

    it('writes computers so that they are read as the same again', async () => {
      const typed = await typeComputers(cmdb, computers);
      expect(typed).to.deep.equal(['EXAMPLE\\WKS-2', 'OTHER\\WKS-2', 'WKS-0', 'WKS-1']);
      expect(new Set(await readTypedComputers(cmdb, typed))).to.deep.equal(new Set(computers));
    });

    it('counts who is in targets and among the chosen, each once', async () => {
      const input = { name: 'Ring', computers: computers.slice(0, 2) };
      const ring = await createTarget(cmdb, clock, JANE, input);
      expect(await membership(cmdb, [ring], [computers[1]!, computers[2]!])).to.deep.equal(
        new Set(computers.slice(0, 3)),
      );
      expect(await membership(cmdb, [ring, TARGET.allComputers], [])).to.deep.equal(new Set(computers));
      expect(await membership(cmdb, [], [])).to.deep.equal(new Set());
    });

    it('offers programs by package', async () => {
      const [beta, alpha] = [await addPackage(cmdb, 'Beta'), await addPackage(cmdb, 'Alpha')];
      const names = (await programChoices(cmdb)).map(({ packageName, name }) => `${packageName}: ${name}`);
      expect(names).to.deep.equal(['Alpha: Alpha setup', 'Beta: Beta setup']);
      expect((await programChoices(cmdb, beta.packageGuid)).map(({ guid }) => guid)).to.deep.equal([beta.programGuid]);
      expect(await programChoices(cmdb, undefined, 1)).to.have.length(1);
      expect(await packageOfProgram(cmdb, alpha.programGuid)).to.equal(alpha.packageGuid);
      expect(await packageOfProgram(cmdb, newGuid())).to.equal(undefined);
    });
  });
});
