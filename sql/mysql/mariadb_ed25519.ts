/**
 * How a user of MariaDB's method ed25519 proves that they know the password: by a signature under what the server sent. It
 * is an Ed25519 signature whose key is made of a password of any length, which node:crypto does not take.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Point } from "@noble/ed25519";

/** How many bytes of what the server sends are to be signed. */
const NONCE_BYTES = 32;

/** The order of the group. */
const ORDER = Point.CURVE().n;

/**
 * Signs what the server sent.
 *
 * @param nonce Its first 32 bytes count.
 * @returns The signature, 64 bytes.
 */
export function signEd25519(password: string, nonce: Uint8Array): Uint8Array {
  const message = nonce.subarray(0, NONCE_BYTES);
  const { scalar, prefix, publicKey } = expand(password);
  const random = toNumber(sha512(prefix, message)) % ORDER;
  const commitment = Point.BASE.multiply(random).toBytes();
  const challenge = toNumber(sha512(commitment, publicKey, message)) % ORDER;
  const proof = (random + challenge * scalar) % ORDER;
  const signature = new Uint8Array(64);
  signature.set(commitment);
  signature.set(toBytes(proof), 32);
  return signature;
}

/** The key that the server has in place of the password, 32 bytes. */
export function publicKeyOf(password: string): Uint8Array {
  return expand(password).publicKey;
}

/** RFC 8032, 5.1.5, with the password in place of 32 random bytes. */
function expand(password: string): { scalar: bigint; prefix: Uint8Array; publicKey: Uint8Array } {
  const digest = sha512(new TextEncoder().encode(password));
  digest[0] &= 0b1111_1000;
  digest[31] = digest[31] & 0b0111_1111 | 0b0100_0000;
  const scalar = toNumber(digest.subarray(0, 32)) % ORDER;
  return { scalar, prefix: digest.subarray(32), publicKey: Point.BASE.multiply(scalar).toBytes() };
}

function sha512(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The lowest byte is the first. */
function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number << 8n | BigInt(byte), 0n);
}

function toBytes(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number(number >> BigInt(8 * i) & 0xffn));
}
