import { parseEnrolmentToken } from '../../wire/proof.ts';
import { NotTrusted } from '../http/errors.ts';
import { authoritiesOf, pinOf, type Trust } from '../http/trust.ts';

/**
 * What an administrator says now wins over what was kept at enrolment: --pin, --ca, the token's pin, the kept trust,
 * the computer's authorities.
 * @throws NotTrusted when the option says nothing usable
 */
export function chooseTrust(
  options: { pin?: string; caFile?: string; token?: string },
  kept: Trust | undefined,
): Trust {
  if (options.pin !== undefined) return pinOf(options.pin);
  if (options.caFile !== undefined) return authoritiesOf(options.caFile);
  if (options.token !== undefined) {
    const token = parseEnrolmentToken(options.token);
    if (token === undefined) throw new NotTrusted('The enrolment token is not complete: it reads id.secret.pin.');
    return { kind: 'pin', pin: token.pin };
  }
  return kept ?? { kind: 'system' };
}
