/**
 * The queries that administrators typically write (cmdb.md, section 3), letter by letter, on both engines: as the server
 * itself on SQL Server, and as a report on both.
 */
import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { ParameterValue } from '../../models/reports/parameterValues.ts';
import type { ResultValue } from '../../models/reports/resultWriter.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fillCmdb, openTestRunner, PACKAGE, type TestRunner } from './support.ts';

interface Published {
  what: string;
  sql: string;
  values?: ParameterValue[];
  expected: ResultValue[][];
  /** Columns that are compared; all unless said. */
  columns?: number[];
}

const QUERIES: readonly Published[] = [
  {
    what: 'computers silent for more than N days',
    sql: `SELECT c.Name, MAX(u.ModifiedDate) AS LastBasicInventory
FROM RM_ResourceComputer c
JOIN ResourceUpdateSummary u ON u.ResourceGuid = c.Guid
WHERE u.InventoryClassGuid = '9E6F402A-6A45-4CBA-9299-C2323F73A506' AND c.IsManaged = 1
GROUP BY c.Name HAVING MAX(u.ModifiedDate) < DATEADD(day, -7, GETDATE());`,
    expected: [['OLD-1']],
    columns: [0],
  },
  {
    what: 'agent plug-in versions',
    sql: 'SELECT [Agent Name], [Product Version], COUNT(*) FROM Inv_AeX_AC_Client_Agent GROUP BY [Agent Name], [Product Version];',
    expected: [['Altiris Agent', '8.5.1', 3]],
  },
  {
    what: 'inventory freshness by family',
    sql: `SELECT d.Name, COUNT(DISTINCT u.ResourceGuid) FROM ResourceUpdateSummary u
JOIN DataClass d ON d.Guid = u.InventoryClassGuid WHERE d.Name LIKE 'AeX AC%' GROUP BY d.Name;`,
    expected: [['AeX AC Identification', 3]],
  },
  {
    what: 'software delivery success per policy',
    sql: `SELECT AdvertisementName,
       SUM(CASE WHEN ReturnCode IN (0, 1641, 3010) THEN 1 ELSE 0 END) AS ok,
       SUM(CASE WHEN ReturnCode IN (0, 1641, 3010) THEN 0 ELSE 1 END) AS failed
FROM Evt_AeX_SWD_Execution WHERE [Start] > DATEADD(day, -30, GETDATE()) GROUP BY AdvertisementName;`,
    expected: [['Viewer to all', 2, 1]],
  },
  {
    what: 'sources of one package',
    sql: 'SELECT URL, Source, Snapshot FROM SWDPackageCodebase WHERE PackageId = @PackageGuid;',
    values: [{ name: 'PackageGuid', type: 'guid', value: PACKAGE }],
    expected: [
      [
        `https://ns1.example.com/Altiris/PackageShare/{${PACKAGE}}/3`,
        'NS',
        `https://ns1.example.com/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B${PACKAGE}%7D`,
      ],
    ],
  },
  {
    what: 'asset owner and status through associations',
    sql: `SELECT c.Name AS Computer, u.Name AS Owner FROM RM_ResourceComputer c
JOIN ResourceAssociation ra ON ra.ParentResourceGuid = c.Guid
 AND ra.ResourceAssociationTypeGuid = 'ed35a8d1-bf60-4771-9dde-092c146c485a'
JOIN vUser u ON u.Guid = ra.ChildResourceGuid;`,
    expected: [['OLD-1', 'anna']],
  },
  {
    what: 'network data for one computer',
    sql: `SELECT c.Name, t.[Host Name], t.[Subnet Mask] FROM vComputer c
JOIN Inv_AeX_AC_TCPIP t ON t._ResourceGuid = c.Guid WHERE c.Name = @ComputerName;`,
    values: [{ name: 'ComputerName', type: 'text', value: 'FRESH-1' }],
    expected: [['FRESH-1', 'FRESH-1', '255.255.255.0']],
  },
  {
    // No task server reports yet: the view has its columns and no rows.
    what: 'task agents not registered lately',
    sql: `SELECT t.[Host Name] FROM Inv_Client_Task_Resources r JOIN Inv_AeX_AC_TCPIP t ON t._ResourceGuid = r._ResourceGuid
WHERE r.HasTaskAgent = 1 AND r.LastRegistered < DATEADD(day, -14, GETDATE());`,
    expected: [],
  },
  {
    what: 'discover columns (none is called so)',
    sql: `SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME LIKE '%Software%';`,
    expected: [],
  },
  {
    what: 'a filter by resource type',
    sql: `SELECT Name FROM vResource WHERE ResourceTypeGuid IN (SELECT ResourceTypeGuid FROM ResourceTypeHierarchy WHERE BaseResourceTypeGuid = '493435f7-3b17-4c4c-b07f-c23e7ab7781f') ORDER BY Name`,
    expected: [['FRESH-1'], ['GONE-1'], ['OLD-1']],
  },
];

describe('published queries', function () {
  this.timeout(120_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let runner: TestRunner;
    before(async () => {
      cmdb = await open();
      await fillCmdb(cmdb);
      runner = await openTestRunner(cmdb);
    });
    after(async () => {
      await runner.close();
      await cmdb.close();
    });

    for (const { what, sql, values = [], expected, columns } of QUERIES) {
      it(`run unchanged as a report: ${what}`, async () => {
        const { outcome, rows } = await runner.run(sql, { values });
        expect(outcome, JSON.stringify(outcome)).to.include({ state: 'succeeded' });
        expect(rows.map((row) => (columns ?? row.map((_, index) => index)).map((index) => row[index]))).to.deep.equal(
          expected,
        );
      });
    }

    it('run unchanged for whoever may read the database itself', async function () {
      if (cmdb.engine !== 'mssql') return this.skip();
      for (const { what, sql, values = [], expected } of QUERIES) {
        const request = cmdb.pool.request();
        for (const { name, value } of values) request.input(name, value);
        const { recordset } = await request.query(sql);
        expect(recordset.length, what).to.equal(expected.length);
      }
    });

    it('find columns by a part of their name', async () => {
      const { rows } = await runner.run(
        "SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME LIKE '%Subnet Mask%'",
      );
      expect(rows.map((row) => row.map((value) => String(value).toLowerCase()))).to.deep.include([
        'inv_aex_ac_tcpip',
        'subnet mask',
      ]);
    });

    it('see the columns that the documents promise where a table of the product has others', async () => {
      const item = await runner.run(
        `SELECT Guid, Name, ClassGuid, ProductGuid, Attributes, CreatedDate, ModifiedDate, State FROM Item WHERE Guid = '{${PACKAGE.toUpperCase()}}'`,
      );
      expect(item.rows.map((row) => [row[0], row[1], row[7]])).to.deep.equal([[PACKAGE, 'Viewer', null]]);
      expect(item.rows[0]![5]).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      const classes = await runner.run('SELECT Guid, ClassGuid FROM ItemClass');
      expect(classes.rows.map(([id]) => id)).to.include(PACKAGE);
      const entries = await runner.run('SELECT ProcessingState, QueueName FROM EventQueueEntry');
      expect(entries.outcome).to.include({ state: 'succeeded' });
    });

    it('may say dbo, N, WITH (NOLOCK) and names in any letter case', async () => {
      const { outcome, rows } = await runner.run(
        "SELECT COUNT(*) FROM dbo.vComputer WITH (NOLOCK) WHERE name = N'OLD-1' AND ISNULL([User], '') = @who AND LEN(name) = 5 AND name LIKE '%1'",
        { values: [{ name: 'Who', type: 'text', value: 'anna' }] },
      );
      expect([outcome.state, rows], engine).to.deep.equal(['succeeded', [[1]]]);
    });
  });
});
