/**
 * Addresses and codes of links: made at random, and kept as keyed hashes only, so that a reader of the database can open none. Nothing
 * in an address says who it is about (I7).
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Sealing } from '../sealing/sealing.ts';

/** Wrong codes after which a link is locked until staff make a new code. */
export const mostFailures = 5;

const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const codeLength = 10;

/** A code for people: 50 bits, without letters that look alike, in two groups. */
export const newCode = (): string => {
  const letters = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
};

/** An address that cannot be guessed: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Whether a text has the form of a token; anything else is not even looked up. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** By which a link is found from its address. */
export const tokenKey = (sealing: Sealing, token: string): Buffer =>
  sealing.contentDigest(`delivery-link/token/${token}`);

/** By which a code is compared: bound to its link, and however a person writes it. */
export const codeKey = (sealing: Sealing, linkId: string, code: string): Buffer =>
  sealing.contentDigest(`delivery-link/${linkId}/code/${code.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')}`);
