/** The variants in which an event may come: what the contract knows of them, and what is inferred from it. */
import { expect } from 'chai';
import { readNse, rowsByName } from '../../models/events/readNse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { sample, WKS_042 } from './support.ts';

const read = (xml: string) => readNse(Buffer.from(xml));
const body = (inner: string): string => `<message><to>x</to><body>${inner}</body></message>`;
const rowsOf = (inner: string) => read(body(`<inventory>${inner}</inventory>`)).blocks.map((block) => [...block.rows]);
const ROWSET = sample('19-nsi-rowset.xml').replace(/<\?xml.*?\?>/, '');

describe('the forms of an event', () => {
  for (const [what, guid] of [
    ['in braces', `{${WKS_042}}`],
    ['without braces', WKS_042],
    ['in capitals', `{${WKS_042.toUpperCase()}}`],
    ['with white space around it', ` ${WKS_042} `],
  ] as const) {
    it(`may write a GUID ${what}`, () => {
      const event = read(body(`<inventory><resources><resource guid="${guid}" ref="1"/></resources></inventory>`));
      expect(event.resources[0]!.guid).to.equal(WKS_042);
    });
  }

  it('may call the class by GUID, by name, or by both', () => {
    const guid = '{9E6F402A-6A45-4CBA-9299-C2323F73A506}';
    const event = read(
      body(
        `<inventory><inventoryClass guid="${guid}"><data><row/></data></inventoryClass><dataClass name=" A b "><data><row/></data></dataClass><InventoryClass guid="${guid}" name="A b"><data><row/></data></InventoryClass></inventory>`,
      ),
    );
    expect(event.blocks.map(({ classGuid, className }) => [classGuid, className])).to.deep.equal([
      ['9e6f402a-6a45-4cba-9299-c2323f73a506', ''],
      [undefined, 'A b'],
      ['9e6f402a-6a45-4cba-9299-c2323f73a506', 'A b'],
    ]);
  });

  for (const [what, inner] of [
    ['resourceRef', '<data><resource resourceRef="2"><row c0="v"/></resource></data>'],
    ['ref', '<data><resource ref="2"><row c0="v"/></resource></data>'],
    ['GUID', `<data><resource guid="{${WKS_042}}"><row c0="v"/></resource></data>`],
    ['resourceGuid', `<data><resource resourceGuid="{${WKS_042}}"><row c0="v"/></resource></data>`],
    ['resourceRef at the data', '<data resourceRef="2"><row c0="v"/></data>'],
  ] as const) {
    it(`may say whose rows they are by ${what}`, () => {
      const event = read(
        body(
          `<inventory><resources><resource ref="1" name="A"/><resource ref="2" name="B" guid="${WKS_042}"/></resources><dataClass name="c">${inner}</dataClass></inventory>`,
        ),
      );
      expect(event.blocks.map(({ resource, rows }) => [resource!.name, rows])).to.deep.equal([['B', [['v']]]]);
    });
  }

  it('may name a resource by a GUID that it does not describe', () => {
    const event = read(
      body(
        `<inventory><dataClass name="c"><data><resource guid="${WKS_042}"><row c0="v"/></resource><resource guid="${WKS_042}"><row c0="w"/></resource></data></dataClass></inventory>`,
      ),
    );
    expect(event.blocks[0]!.resource).to.deep.equal({ guid: WKS_042, typeGuid: undefined, name: '', keys: [] });
    expect(event.blocks[1]!.resource).to.equal(event.blocks[0]!.resource);
  });

  for (const [mark, partial] of [
    ['partialUpdate="true"', true],
    ['partialUpdate="1"', true],
    ['partialUpdate="True"', true],
    ['partial="yes"', true],
    ['partialUpdate="false"', false],
    ['partialUpdate="0"', false],
    ['partialUpdate=""', false],
    ['hash="abc" keep="true"', false],
  ] as const) {
    it(`is${partial ? '' : ' not'} partial by ${mark}, at the class, its data or its resource`, () => {
      const places = [
        `<dataClass name="c" ${mark}><data><resource><row/></resource></data></dataClass>`,
        `<dataClass name="c"><data ${mark}><resource><row/></resource></data></dataClass>`,
        `<dataClass name="c"><data><resource ${mark}><row/></resource></data></dataClass>`,
      ];
      for (const place of places) {
        expect(read(body(`<inventory>${place}</inventory>`)).blocks[0]!.partial, place).to.equal(partial);
      }
    });
  }

  it('is partial for one resource and full for the next', () => {
    const event = read(
      body(
        '<inventory><resources><resource ref="1"/><resource ref="2"/></resources><dataClass name="c"><data><resource resourceRef="1" partialUpdate="1"><row/></resource><resource resourceRef="2"><row/></resource></data></dataClass></inventory>',
      ),
    );
    expect(event.blocks.map((block) => block.partial)).to.deep.equal([true, false]);
  });

  it('describes associations in every form of their ends, before or after the resources', () => {
    const other = 'aaaaaaaa-0000-4000-8000-000000000001';
    const type = 'ed35a8d1-bf60-4771-9dde-092c146c485a';
    const event = read(
      body(
        `<inventory><resourceAssociations><resourceAssociation typeGuid="{${type}}" parentResourceRef="1" childResourceRef="2"/><resourceAssociation typeGuid="${type.toUpperCase()}" parentResourceGuid="{${WKS_042}}" childResourceGuid="{${other}}"/></resourceAssociations><resources><resource ref="1" guid="${WKS_042}"/><resource ref="2" name="B"/></resources></inventory>`,
      ),
    );
    const [first, second] = event.resources;
    expect(event.associations).to.deep.equal([
      { typeGuid: type, parent: first, child: second },
      { typeGuid: type, parent: first, child: other },
    ]);
  });

  it('takes the envelope in any letter case', () => {
    const msgId = '{3d9a7c10-55aa-4b6c-9e21-7788990011aa}';
    const event = read(`<message><To> x </To><MsgID>${msgId}</MsgID><body/></message>`);
    expect(event).to.include({ to: 'x', msgId: '3d9a7c10-55aa-4b6c-9e21-7788990011aa' });
  });

  it('takes values in CDATA-free, referenced and multi-line attributes as XML reads them', () => {
    expect(
      rowsOf('<dataClass name="c"><data><row c0="a&#10;b&#x9;c\n d&amp;&lt;&quot;&#233;"/></data></dataClass>'),
    ).to.deep.equal([[['a\nb\tc  d&<"é']]]);
  });
});

describe('a rowset', () => {
  for (const [what, xml, to] of [
    ['as a document', ROWSET, CAPTURE_ITEM.basicInventory],
    ['in a message', `<message><to>y</to><body>${ROWSET}</body></message>`, 'y'],
    [
      'in the inventory of a message',
      `<message><to>y</to><body><inventory>${ROWSET}</inventory></body></message>`,
      'y',
    ],
    ['as one class alone', /<InventoryClass [\s\S]*<\/InventoryClass>/.exec(ROWSET)![0], CAPTURE_ITEM.basicInventory],
  ] as const) {
    it(`is read ${what}`, () => {
      const event = read(xml);
      expect(event.to).to.equal(to);
      expect(event.blocks).to.deep.equal([
        {
          classGuid: undefined,
          className: 'Example Shortcuts',
          resource: undefined,
          rows: [['Editor.lnk', 'C:\\Apps\\editor.exe']],
          partial: false,
          columns: ['shortcut', 'target'],
        },
      ]);
    });
  }

  it('takes the attributes of its rows by its schema, other prefixes and names without rs:name too', () => {
    const event = read(
      '<InventoryClasses><InventoryClass name="c"><xml><x:Schema id="RowsetSchema"><x:ElementType name="row"><x:AttributeType name="Size"/><x:AttributeType name="c0" rs:name="File Name"/></x:ElementType></x:Schema><r:data><q:row c0="a" Size="1" other="x"/></r:data></xml></InventoryClass></InventoryClasses>',
    );
    expect(event.blocks[0]).to.deep.include({ columns: ['Size', 'File Name'], rows: [['1', 'a']] });
  });

  it('leaves out rows that were deleted and the former half of those that were changed', () => {
    const data =
      '<rs:data><z:row c0="a"/><rs:insert><z:row c0="b"/></rs:insert><rs:delete><z:row c0="c"/></rs:delete><rs:update><rs:original><z:row c0="d"/></rs:original><z:row c0="e"/></rs:update></rs:data>';
    const event = read(`<InventoryClass name="c"><xml>${data}</xml></InventoryClass>`);
    expect(event.blocks[0]).to.deep.include({ columns: undefined, rows: [['a'], ['b'], ['e']] });
  });

  it('says that a class is empty', () => {
    const event = read('<InventoryClass name="c"><xml><s:Schema/><rs:data/></xml></InventoryClass>');
    expect(event.blocks.map((block) => block.rows)).to.deep.equal([[]]);
  });

  it('keeps the columns of each of its classes apart', () => {
    const one = (name: string) =>
      `<InventoryClass name="${name}"><xml><s:Schema><s:AttributeType name="c0" rs:name="of ${name}"/></s:Schema><rs:data><z:row c0="${name}"/></rs:data></xml></InventoryClass>`;
    const event = read(`<InventoryClasses>${one('A')}${one('B')}</InventoryClasses>`);
    expect(event.blocks.map(({ columns, rows }) => [columns, rows])).to.deep.equal([
      [['of A'], [['A']]],
      [['of B'], [['B']]],
    ]);
  });
});

describe('rows whose columns have names', () => {
  const place = (columns: string[] | undefined, names: (string | undefined)[]) => {
    const flags = new Set<string>();
    const rows = rowsByName({ className: 'C', columns, rows: [['a', 'b']] }, names, flags).map((row) => [...row]);
    return { rows, flags: [...flags] };
  };

  it('go by name, whatever the order, letter case and spaces', () => {
    expect(place(['File_Name', 'size'], ['Size', 'FileName'])).to.deep.equal({ rows: [['b', 'a']], flags: [] });
  });

  it('go by position when the class has none of the names, or the event gives none', () => {
    expect(place(['x', 'y'], ['Size', 'Name'])).to.deep.equal({ rows: [['a', 'b']], flags: [] });
    expect(place(undefined, ['Size', 'Name'])).to.deep.equal({ rows: [['a', 'b']], flags: [] });
  });

  it('leave out what the class has no name for, and say so', () => {
    expect(place(['Size', 'y'], ['Name', 'Size'])).to.deep.equal({
      rows: [[undefined, 'a']],
      flags: ['C has no column "y"; values left out.'],
    });
  });
});
