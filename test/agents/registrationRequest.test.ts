import { expect } from 'chai';
import { KEPT_XML, readRegistrationRequest } from '../../models/agents/registrationRequest.ts';
import { parseXml } from '../../wire/xml.ts';
import { refusalOf, requestOf, sample } from './support.ts';

const refusal = (text: string): Promise<string> => refusalOf(() => readRegistrationRequest(text));

describe('a registration request', () => {
  it('is read as in sample 01', () => {
    const { requestXml, ...request } = readRegistrationRequest(sample('01-createresource-request.xml'));
    expect(request).to.deep.equal({
      proposedGuid: '0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e',
      name: 'WKS-042',
      domain: 'EXAMPLE',
      fqdn: 'wks-042.example.test',
      macAddress: '',
      userName: '',
      policyKey: 'AAAAAQABTUFERS1VUC1TQU1QTEU=',
      keys: [
        { name: 'name.domain', value: 'WKS-042.EXAMPLE' },
        { name: 'fqdn', value: 'wks-042.example.test' },
        { name: 'uniqueid', value: 'made-up-hardware-id-1' },
      ],
    });
    expect(parseXml(requestXml).attributes).to.not.have.property('policyKey');
  });

  it('may lack everything but its root', () => {
    const request = readRegistrationRequest('<resource/>');
    expect(request).to.deep.include({ proposedGuid: undefined, name: '', policyKey: '', keys: [] });
    const nil =
      '<resource guid="{00000000-0000-0000-0000-000000000000}" name=""><key name="fqdn" value="a.b.test"/></resource>';
    expect(readRegistrationRequest(nil)).to.include({ proposedGuid: undefined, name: 'a', fqdn: 'a.b.test' });
  });

  it('keeps unknown attributes and children', () => {
    const text =
      '<resource name="A" mood="a &amp; b"><extra deep="1"><more>text</more></extra><regRequest user="EXAMPLE\\jo" mac="02-00"/></resource>';
    const request = readRegistrationRequest(text);
    expect(request).to.include({ userName: 'EXAMPLE\\jo', macAddress: '02-00' });
    const kept = parseXml(request.requestXml);
    expect(kept.attributes.mood).to.equal('a & b');
    expect(kept.children[0]!.children[0]!.text).to.equal('text');
    expect(readRegistrationRequest(request.requestXml)).to.deep.equal(request);
  });

  it('is kept to 64 KB, well-formed and with its resource keys', () => {
    const filler = `<filler>${'x'.repeat(15_000)}</filler>`.repeat(8);
    const text = requestOf({ name: 'BIG', keys: { uniqueid: 'u-1' }, more: filler });
    const { requestXml } = readRegistrationRequest(text.replace('<key', `${filler}<key`));
    expect(requestXml.length).to.be.within(KEPT_XML / 2, KEPT_XML);
    expect(readRegistrationRequest(requestXml)).to.deep.include({
      name: 'BIG',
      keys: [{ name: 'uniqueid', value: 'u-1' }],
    });
  });

  it('is cut to what the CMDB holds', () => {
    const request = readRegistrationRequest(`<resource name="${'n'.repeat(999)}" mac="${'m'.repeat(99)}"/>`);
    expect([request.name.length, request.macAddress.length]).to.deep.equal([255, 32]);
  });

  it('is refused when it is not well-formed, carries a doctype, or nests without end', async () => {
    expect(await refusal('<resource')).to.equal('badXml');
    expect(await refusal('')).to.equal('badXml');
    expect(await refusal('<!DOCTYPE r [<!ENTITY a "b">]><resource name="&a;"/>')).to.equal('badXml');
    expect(await refusal(`<resource>${'<a>'.repeat(100_000)}`)).to.equal('badXml');
  });

  it('is refused when it is something else, or names no computer', async () => {
    expect(await refusal('<request/>')).to.equal('badRequest');
    expect(await refusal('<resource guid="42"/>')).to.equal('badGuid');
    expect(await refusal('<resource typeGuid="{2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001}"/>')).to.equal('badRequest');
    expect(await refusal(requestOf({ keys: { uniqueid: 'x'.repeat(256) } }))).to.equal('badRequest');
    expect(await refusal(`<resource>${'<key name="uniqueid" value="1"/>'.repeat(65)}</resource>`)).to.equal(
      'badRequest',
    );
  });
});
