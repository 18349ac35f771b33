import { randomBytes } from 'node:crypto';

/** Letters that no other test uses, so that no test finds the records of another. */
export function unique(): string {
  const letters = 'bcdfghjkmnpstvwxyz';
  return Array.from(randomBytes(9), (byte) => letters[byte % letters.length]).join('');
}

/** A version 7 UUID, as the server puts one into the form of a new customer. */
export function uuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A password that nobody would guess. */
export const password = () => `nine green kettles ${unique()}`;
