import { expect } from 'chai';
import { EventRejected } from '../../models/events/eventRejected.ts';
import { readNse } from '../../models/events/readNse.ts';
import { XmlError } from '../../wire/xml.ts';
import { sample, WKS_042 } from './support.ts';

const read = (xml: string | Uint8Array) => readNse(typeof xml === 'string' ? Buffer.from(xml) : xml);
const body = (inner: string): string => `<message><to>x</to><body><inventory>${inner}</inventory></body></message>`;

describe('reading an event', () => {
  it('reads the recorded basic inventory', () => {
    const event = read(sample('15-nse-basic-inventory.xml'));
    expect(event.to).to.equal('1592B913-72F3-4c36-91D2-D4EDA21D2F96');
    expect(event.msgId).to.equal('3d9a7c10-55aa-4b6c-9e21-7788990011aa');
    expect(new Date(event.sentAt!).toISOString()).to.equal('2030-01-07T06:50:13.421Z');
    expect(event.blocks).to.have.length(1);
    expect(event.blocks[0]!.resource!.guid).to.equal(WKS_042);
    expect(event.blocks[0]!.resource!.keys).to.deep.equal([
      { name: 'fqdn', value: 'wks-042.example.test' },
      { name: 'name.domain', value: 'WKS-042.EXAMPLE' },
      { name: 'uniqueid', value: 'made-up-hardware-id-1' },
    ]);
    expect(event.blocks[0]!.rows).to.deep.equal([
      ['WKS-042', 'EXAMPLE', 'wks-042.example.test', 'Example OS 11', '10.0'],
    ]);
    expect([...event.flags]).to.deep.equal([]);
  });

  it('takes everything but "to" and "body" as optional', () => {
    const event = read(sample('16-nse-custom-inventory.xml'));
    expect(event.msgId).to.equal(undefined);
    expect(event.sentAt).to.equal(undefined);
    expect(event.blocks[0]!.rows).to.deep.equal([
      ['Example tool', '4.2'],
      ['Other tool', '1.0'],
    ]);
  });

  it('knows the sender from the envelope', () => {
    expect(read(sample('17-nse-swd-execution.xml')).from!.guid).to.equal(WKS_042);
  });

  it('reads associations and keeps the hole before the first column that has a value', () => {
    const event = read(sample('24-nse-associations.xml'));
    expect(event.associations).to.deep.equal([
      {
        typeGuid: 'ed35a8d1-bf60-4771-9dde-092c146c485a',
        parent: event.resources[0],
        child: 'aaaaaaaa-0000-4000-8000-000000000001',
      },
      {
        typeGuid: '05de450f-39ea-4aae-8c5f-77817889c27c',
        parent: event.resources[0],
        child: 'aaaaaaaa-0000-4000-8000-000000000002',
      },
    ]);
    expect(event.blocks[0]!.resource, 'one resource, one object').to.equal(event.resources[0]);
    expect(event.blocks[0]!.rows[0]!.length).to.equal(3);
    expect(event.blocks[0]!.rows[0]![2]).to.equal('Example Model 5');
  });

  it('takes dataClass for inventoryClass, rows without a resource, and classes by name', () => {
    const event = read(
      body('<dataClass name="AeX AC Location"><data><row c1="Here" other="x" cx="y"/></data></dataClass>'),
    );
    expect(event.blocks).to.have.length(1);
    expect(event.blocks[0]).to.deep.include({
      classGuid: undefined,
      className: 'AeX AC Location',
      resource: undefined,
    });
    expect(event.blocks[0]!.rows[0]).to.have.length(2);
    expect(event.blocks[0]!.rows[0]![1]).to.equal('Here');
  });

  it('sees that a class is empty', () => {
    const event = read(
      body(
        '<resources><resource ref="1"/></resources><dataClass name="a"><data><resource resourceRef="1"/></data></dataClass>',
      ),
    );
    expect(event.blocks).to.have.length(1);
    expect(event.blocks[0]!.rows).to.deep.equal([]);
  });

  for (const [encoding, bytes] of [
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${sample('15-nse-basic-inventory.xml')}`)],
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${sample('15-nse-basic-inventory.xml')}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(sample('15-nse-basic-inventory.xml'), 'utf16le')],
    ['big-endian UTF-16', Buffer.from(`\uFEFF${sample('15-nse-basic-inventory.xml')}`, 'utf16le').swap16()],
  ] as const) {
    it(`reads ${encoding}`, () => {
      expect(read(bytes).blocks[0]!.rows[0]![3]).to.equal('Example OS 11');
    });
  }

  it('reads the eight-bit encoding that a document declares', () => {
    const xml = `<?xml version="1.0" encoding="windows-1252"?>${body('<dataClass name="a"><data><row c0="Gr\u00fc\u00dfe"/></data></dataClass>')}`;
    expect(read(Buffer.from(xml, 'latin1')).blocks[0]!.rows[0]![0]).to.equal('Gr\u00fc\u00dfe');
  });

  it('leaves out control characters, written plainly or as references, and flags the event', () => {
    const event = read(body('<dataClass name="a"><data><row c0="a\u0003b&#x3;c&#0;d&#10;e"/></data></dataClass>'));
    expect(event.blocks[0]!.rows[0]![0]).to.equal('abcd\ne');
    expect([...event.flags]).to.deep.equal(['Characters that XML does not allow were left out.']);
  });

  it('flags a time that cannot be read and goes on', () => {
    const event = read('<message><to>x</to><time>yesterday</time><body/></message>');
    expect(event.sentAt).to.equal(undefined);
    expect([...event.flags][0]).to.contain('time');
  });

  for (const [what, xml, sentence] of [
    ['another document', '<html><body/></html>', 'root element is html'],
    [
      'an association without a type',
      body('<resourceAssociations><resourceAssociation parentResourceRef="0"/></resourceAssociations>'),
      'does not name its type',
    ],
    [
      'an association with one end',
      body(
        '<resources><resource ref="0"/></resources><resourceAssociation typeGuid="{ed35a8d1-bf60-4771-9dde-092c146c485a}" parentResourceRef="0"/>',
      ),
      'both its ends',
    ],
    [
      'an association of a resource that is not there',
      body('<resourceAssociation typeGuid="{ed35a8d1-bf60-4771-9dde-092c146c485a}" parentResourceRef="7"/>'),
      '"7"',
    ],
    [
      'the form of agents before 6.0',
      "<XmlData><WbemEventObject class='CE_NfySvrRemoteEvent'/></XmlData>",
      'before 6.0',
    ],
    ['an event for nobody', '<message><body/></message>', 'which capture item'],
    [
      'a reference to a resource that is not there',
      body('<dataClass name="a"><data><resource resourceRef="9"/></data></dataClass>'),
      '"9"',
    ],
    ['a GUID that is none', body('<resources><resource guid="{12}" ref="1"/></resources>'), 'GUID that cannot be read'],
    ['a msgId that is none', '<message><to>x</to><msgId>1</msgId><body/></message>', 'msgId'],
  ] as const) {
    it(`refuses ${what} with a sentence`, () => {
      expect(() => read(xml)).to.throw(EventRejected, sentence);
    });
  }

  it('refuses what is no XML', () => {
    expect(() => read('<message><to>x</to>')).to.throw(XmlError);
    expect(() => read('<!DOCTYPE message><message/>')).to.throw(XmlError, 'document type');
  });
});
