import { createHash } from 'node:crypto'
import type { Codes } from './types.ts'

/**
 * SHA-256 of a tensor's codes in C order, in hexadecimal. Each code counts as two little-endian bytes, so that equal codes
 * have equal digests whether they are held in a Uint8Array or a Uint16Array, on any machine.
 */
export function digest(codes: Codes): string {
  const bytes = new Uint8Array(codes.length * 2)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    bytes[2 * i] = code & 255
    bytes[2 * i + 1] = code >> 8
  }
  return createHash('sha256').update(bytes).digest('hex')
}
