import { testLargeSets } from './large-sets.ts'

testLargeSets(1_000_000)
