/** The proofs of `make prove`, what each assumes, and how each is shown to notice a fault. */
import { ARITHMETIC } from './arithmetic.ts'
import { HANDSHAKES } from './handshakes.ts'
import { HEAD } from './head.ts'
import { ORDER } from './order.ts'
import type { Proof } from './proof.ts'

export const PROOFS: readonly Proof[] = [...ARITHMETIC, ...ORDER, ...HEAD, ...HANDSHAKES]
