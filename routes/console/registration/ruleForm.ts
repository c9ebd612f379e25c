/** Fields of a registration rule. */
import type { RuleInput } from '../../../models/agents/changeRules.ts';
import type { RegistrationRule } from '../../../models/agents/rules.ts';
import { textOf, type FieldSection, type FormValues } from '../form.ts';

export const RULE_SECTIONS: readonly FieldSection[] = [
  {
    help: 'Rules are asked in order when a computer registers for the first time; the first that fits decides. Names and addresses must both fit; of several masks of one kind, one is enough.',
    fields: [
      { name: 'name', label: 'Name', required: true, maxLength: 255 },
      {
        name: 'action',
        label: 'What it does',
        kind: 'radio',
        required: true,
        options: [
          { value: 'allow', label: 'Allow' },
          { value: 'block', label: 'Block' },
        ],
      },
      {
        name: 'nameMasks',
        label: 'Computer names',
        kind: 'textarea',
        rows: 4,
        code: true,
        help: 'One a line; * stands for any text, ? for one character, for example WKS-*. Compared with name and FQDN. Empty: any name.',
      },
      {
        name: 'addressMasks',
        label: 'Addresses',
        kind: 'textarea',
        rows: 4,
        code: true,
        help: 'One address or range a line, for example 10.1.0.0/16. Empty: any address.',
      },
      { name: 'isEnabled', label: 'On', kind: 'checkbox' },
    ],
  },
];

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export function ruleInput(values: FormValues): RuleInput {
  return {
    name: textOf(values, 'name'),
    action: textOf(values, 'action'),
    nameMasks: lines(textOf(values, 'nameMasks')),
    addressMasks: lines(textOf(values, 'addressMasks')),
    isEnabled: textOf(values, 'isEnabled') === '1',
  };
}

export function ruleValues(rule: RegistrationRule): FormValues {
  return {
    name: rule.name,
    action: rule.action,
    nameMasks: rule.nameMasks.join('\n'),
    addressMasks: rule.addressMasks.join('\n'),
    isEnabled: rule.isEnabled ? '1' : '',
  };
}
