import { expect } from 'chai';
import { recordAudit } from '../../models/audit/audit.ts';
import { auditWords, getAuditEntry, listAudit, type AuditQuery } from '../../models/audit/auditList.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { MINUTE, TestClock } from '../security/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('the audit log', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let guid: Guid;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      guid = newGuid();
      await write('anna', 'create', 'policy', 'Firefox to all', guid);
      await write('bob', 'update', 'policy', 'Firefox to all', guid);
      await write('anna', 'delete', 'package', 'Old_thing 100%', null);
    });
    afterEach(() => cmdb.close());

    async function write(
      actor: string,
      action: string,
      objectKind: string,
      objectName: string,
      objectGuid: Guid | null,
    ) {
      clock.pass(MINUTE);
      await recordAudit(
        cmdb,
        clock,
        { name: actor, address: '192.0.2.1' },
        { action, objectKind, objectName, objectGuid },
      );
    }

    const all: AuditQuery = { offset: 0, limit: 50, sort: 'at', descending: true, search: '', filters: {} };
    const found = async (changes: Partial<AuditQuery>) => {
      const { rows, total } = await listAudit(cmdb, { ...all, ...changes });
      return `${rows.map((row) => `${row.actor} ${row.action}`).join(', ')} of ${total}`;
    };

    it('is listed newest first, by page', async () => {
      expect(await found({})).to.equal('anna delete, bob update, anna create of 3');
      expect(await found({ offset: 1, limit: 1 })).to.equal('bob update of 3');
    });

    it('is sorted by every column and, within equals, newest first', async () => {
      expect(await found({ sort: 'actor', descending: false })).to.equal('anna delete, anna create, bob update of 3');
      expect(await found({ sort: 'kind', descending: true })).to.equal('bob update, anna create, anna delete of 3');
    });

    it('is narrowed by action, kind, object and text taken literally', async () => {
      expect(await found({ filters: { action: 'update' } })).to.equal('bob update of 1');
      expect(await found({ filters: { kind: 'policy' } })).to.equal('bob update, anna create of 2');
      expect(await found({ filters: { object: guid } })).to.equal('bob update, anna create of 2');
      expect(await found({ search: 'FIREFOX' })).to.equal('bob update, anna create of 2');
      expect(await found({ search: '_thing 100%' })).to.equal('anna delete of 1');
      expect(await found({ search: 'f_refox' })).to.equal(' of 0');
    });

    it('tells its words', async () => {
      expect(await auditWords(cmdb)).to.deep.equal({
        actions: ['create', 'delete', 'update'],
        kinds: ['package', 'policy'],
      });
    });

    it('shows a change leaf by leaf, before and after', async () => {
      const before = { name: 'A', isEnabled: true, schedule: { start: '08:00', days: ['mo'] }, gone: 1 };
      const after = { name: 'A', isEnabled: false, schedule: { start: '09:00', days: [] }, added: null };
      await recordAudit(
        cmdb,
        clock,
        { name: 'anna', address: '' },
        { action: 'update', objectKind: 'policy', objectName: 'A', before, after },
      );
      const [newest] = (await listAudit(cmdb, all)).rows;
      const { changes } = (await getAuditEntry(cmdb, newest!.id))!;
      expect(changes.filter((change) => change.changed)).to.deep.equal([
        { field: 'isEnabled', before: 'yes', after: 'no', changed: true },
        { field: 'schedule.start', before: '08:00', after: '09:00', changed: true },
        { field: 'schedule.days.0', before: 'mo', after: null, changed: true },
        { field: 'gone', before: '1', after: null, changed: true },
        { field: 'schedule.days', before: null, after: 'none', changed: true },
        { field: 'added', before: null, after: '', changed: true },
      ]);
      expect(changes.find((change) => change.field === 'name')).to.include({ before: 'A', after: 'A', changed: false });
    });

    it('has no entry that is not there, and no changes where none are recorded', async () => {
      expect(await getAuditEntry(cmdb, 999_999)).to.equal(undefined);
      const [newest] = (await listAudit(cmdb, all)).rows;
      expect((await getAuditEntry(cmdb, newest!.id))!.changes).to.deep.equal([]);
    });
  });
});
