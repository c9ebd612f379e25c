import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { ContactRecorder } from '../../models/computers/contacts.ts';
import { forEachEngine } from '../support/cmdb.ts';

const computers = [newGuid(), newGuid()] as const;
const start = Date.parse('2030-01-02T03:04:05.678Z');

describe('last contacts', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let now: number;
    let contacts: ContactRecorder;
    beforeEach(async () => {
      cmdb = await open();
      now = start;
      contacts = new ContactRecorder(cmdb, { now: () => now });
      const at = new Date(start).toISOString();
      const row = {
        ResourceTypeGuid: RESOURCE_TYPE.computer,
        IsManaged: 1,
        CreatedAt: at,
        ModifiedAt: at,
        DeletedAt: null,
      };
      await cmdb.insertMany(
        'Resource',
        computers.map((Guid) => ({ Guid, Name: 'c', ...row })),
      );
    });
    afterEach(() => cmdb.close());

    const stored = () => cmdb.db.selectFrom('ComputerContact').selectAll().orderBy('LastContactAt').execute();

    it('are written by the next flush, one row a computer, each kind of contact with its own time', async () => {
      contacts.note(computers[0], 'policy', '192.0.2.1');
      now += 1000;
      contacts.note(computers[0], 'event', '192.0.2.2');
      await contacts.flush();
      expect(await stored()).to.deep.equal([
        {
          ResourceGuid: computers[0],
          LastContactAt: '2030-01-02T03:04:06.678Z',
          LastPolicyAt: '2030-01-02T03:04:05.678Z',
          LastEventAt: '2030-01-02T03:04:06.678Z',
          LastAddress: '192.0.2.2',
        },
      ]);
    });

    it('leave what was known of another kind as it was', async () => {
      contacts.note(computers[0], 'policy', '192.0.2.1');
      await contacts.flush();
      now += 60_000;
      contacts.note(computers[0], 'event', '192.0.2.1');
      contacts.note(computers[1], 'register', '2001:db8::1');
      await contacts.flush();
      const rows = await stored();
      expect(rows.map((row) => row.LastPolicyAt).sort()).to.deep.equal(['2030-01-02T03:04:05.678Z', null]);
      expect(rows).to.have.length(2);
    });

    it('of a computer that is gone are dropped, those of the others kept', async () => {
      contacts.note(newGuid(), 'policy', '192.0.2.9');
      contacts.note(computers[1], 'policy', '192.0.2.1');
      await contacts.flush();
      expect((await stored()).map((row) => row.ResourceGuid)).to.deep.equal([computers[1]]);
    });
  });
});
