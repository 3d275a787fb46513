/** Frees what nobody holds any more. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | null = null

/**
 * Collects now. Between two pieces of work that hold megabytes each: the engine by itself would let several of them pile up, so that
 * a run over many images took more memory than one over few.
 */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
