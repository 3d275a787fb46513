/** The proofs of `make prove`, what each assumes, and how each is shown to notice a fault. */
import { ARITHMETIC } from './arithmetic.ts'
import { ORDER } from './order.ts'
import type { Proof } from './proof.ts'

export const PROOFS: readonly Proof[] = [...ARITHMETIC, ...ORDER]
