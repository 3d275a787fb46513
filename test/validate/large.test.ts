import { testLargeSets } from './large-sets.ts'

/** Beyond what one call takes as arguments, some 125 000. */
testLargeSets(140_000)
