/** The child process of `simulateInChild`: a model, and nothing besides. */
import { serveDut } from './serve-dut.ts'

serveDut(async () => {
  throw new Error('Expected a call of a model, this program has none of its own')
})
