/** What is done with a report's text before a database sees it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { readDefinition } from '../../models/reports/definition.ts';
import { readValues } from '../../models/reports/parameterValues.ts';
import { parseReady, readReadyReports } from '../../models/reports/readyReports.ts';
import { withoutOwner } from '../../models/reports/runner/mssqlDialect.ts';
import { toSqlite } from '../../models/reports/runner/sqliteDialect.ts';
import { dateAdd, dateDiff, datePart } from '../../models/reports/runner/sqlServerFunctions.ts';
import { checkQuery, parameterNames, tokens } from '../../models/reports/sqlText.ts';

function faults(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInput) return error.errors.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

describe("a report's text", () => {
  it('is cut into tokens that are the text again, whatever it is', () => {
    const piece = fc.constantFrom("'", '"', '[', ']', '--', '/*', '*/', '@a', 'SELECT ', 'N', ';', '\n', '1', 'é', '(');
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const text = pieces.join('');
        try {
          expect(
            tokens(text)
              .map((token) => token.text)
              .join(''),
          ).to.equal(text);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidInput);
        }
      }),
    );
  });

  it('is one query', () => {
    expect(faults(() => checkQuery('SELECT 1; -- over'))).to.deep.equal([]);
    expect(faults(() => checkQuery("WITH x AS (SELECT ';' AS [a;b]) SELECT * FROM x /* ; */;"))).to.deep.equal([]);
    for (const text of [
      '',
      '  -- nothing',
      'DELETE FROM x',
      'EXEC x',
      'SELECT 1; SELECT 2',
      "SELECT 'open",
      'SELECT [open',
      'SELECT /* open',
      'SELECT /* a /* b */ */ 1',
    ]) {
      expect(
        faults(() => checkQuery(text)),
        text,
      ).to.have.length(1);
    }
  });

  it('has its parameters found where they are none of a text or comment', () => {
    const text = "SELECT @Days, '@no', [@no] -- @no\n FROM x /* @no */ WHERE a = @days AND b=@Other AND @@ROWCOUNT = 1";
    expect(parameterNames(text)).to.deep.equal(['Days', 'Other']);
  });

  it('is put into the spelling of SQLite, and nothing else of it is touched', () => {
    expect(toSqlite('SELECT DATEADD( day , -1*@N, GETDATE()), day FROM dbo.[T] WITH (NOLOCK) WHERE @n=1')).to.equal(
      "SELECT DATEADD( 'day' , -1*@N, GETDATE()), day FROM [T]  WHERE @N=1",
    );
    expect(
      toSqlite("SELECT N'it''s', ISNULL (a, LEN(b)) FROM [dbo].x WHERE g = '{9E6F402A-6A45-4CBA-9299-C2323F73A506}'"),
    ).to.equal("SELECT 'it''s', IFNULL (a, LENGTH(b)) FROM x WHERE g = '9e6f402a-6a45-4cba-9299-c2323f73a506'");
    const untouched = 'WITH x AS (SELECT 1 AS n) SELECT n, \'dbo.x\', "dbo" FROM x -- dbo.y';
    expect(toSqlite(untouched)).to.equal(untouched);
    expect(withoutOwner('SELECT * FROM dbo.a JOIN [dbo] . b ON 1=1')).to.equal('SELECT * FROM a JOIN [dbo] . b ON 1=1');
  });

  it('computes dates as SQL Server does', () => {
    expect(dateAdd('month', 1, '2026-01-31 10:00:00')).to.equal('2026-02-28 10:00:00');
    expect(dateAdd('yy', -1, '2024-02-29')).to.equal('2023-02-28 00:00:00');
    expect(dateAdd('DAY', -7, '2026-03-03 01:02:03')).to.equal('2026-02-24 01:02:03');
    expect(dateAdd('hour', 25, null)).to.equal(null);
    expect(dateDiff('day', '2026-01-01 23:59:00', '2026-01-02 00:01:00')).to.equal(1);
    expect(dateDiff('month', '2026-01-31', '2026-02-01')).to.equal(1);
    expect(dateDiff('week', '2026-11-21', '2026-11-22')).to.equal(1);
    expect(datePart('quarter', '2026-11-21')).to.equal(4);
    expect(() => dateAdd('fortnight', 1, '2026-01-01')).to.throw(/no part of a date/);
  });

  it('decides which parameters there are: what it does not use is dropped, what nobody described is a text', () => {
    const described = { name: 'days', label: 'Days', type: 'number', byDefault: '7', choices: '' };
    const { parameters } = readDefinition({
      name: 'x',
      sql: 'SELECT @Days, @PackageGuid',
      parameters: [described, { ...described, name: 'unused' }],
    });
    expect(parameters).to.deep.equal([
      { ...described, name: 'Days' },
      { name: 'PackageGuid', label: 'Package guid', type: 'text', byDefault: '', choices: '' },
    ]);
  });

  it('is refused with every fault at its field', () => {
    const input = {
      name: ' ',
      sql: 'SELECT 1',
      rowLimit: '0',
      timeLimitSeconds: 'soon',
      chart: { kind: 'bars', label: '', values: [] },
    };
    expect(faults(() => readDefinition(input)).map((fault) => fault.split(':')[0])).to.deep.equal([
      'name',
      'chart.label',
      'rowLimit',
      'timeLimitSeconds',
    ]);
  });

  it('gets values of the right type, or says what is wrong', () => {
    const parameter = (name: string, type: 'text' | 'number' | 'date' | 'guid', byDefault = '') => ({
      name,
      type,
      byDefault,
      label: name,
      choices: '',
    });
    const asked = [
      parameter('N', 'number', '7'),
      parameter('D', 'date'),
      parameter('G', 'guid'),
      parameter('T', 'text'),
    ];
    const given = { p_d: '2026-11-21T14:30', p_g: '{9E6F402A-6A45-4CBA-9299-C2323F73A506}', p_t: '' };
    expect(readValues(asked, given).map(({ value }) => value)).to.deep.equal([
      7,
      '2026-11-21 14:30:00',
      '9e6f402a-6a45-4cba-9299-c2323f73a506',
      null,
    ]);
    const wrong = { p_n: 'seven', p_d: '2026-02-31', p_g: 'x', p_t: 'y'.repeat(5000) };
    expect(faults(() => readValues(asked, wrong)).map((fault) => fault.split(':')[0])).to.deep.equal([
      'p_n',
      'p_d',
      'p_g',
      'p_t',
    ]);
  });

  it('comes with the program in files that say what they are', () => {
    const reports = readReadyReports();
    expect(reports.length).to.be.at.least(10);
    expect(new Set(reports.map(({ guid }) => guid)).size).to.equal(reports.length);
    for (const { name, description, folder } of reports) expect([name, description, folder], name).not.to.include('');
    expect(() => parseReady('x.sql', 'SELECT 1')).to.throw('has no guid or no name');
  });
});
