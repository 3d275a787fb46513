/** The other end of a `Child`: a program that answers its parent, one call at a time, and dies with it. */

import type { Reply, Request } from './child-process.ts'
import { koffi } from './foreign.ts'
import { packError } from './packed-error.ts'

/** @param answer is given what was asked, and what says something while it goes on. */
export function serveParent<Body>(
  answer: (body: Body, note: (value: unknown) => void) => Promise<unknown>,
): void {
  dieWithParent()
  const reply = (message: Reply): void => {
    process.send?.(message)
  }
  let queue = Promise.resolve()
  process.on('message', ({ id, body }: Request) => {
    queue = queue.then(async () => {
      try {
        const value = await answer(body as Body, (note) => reply({ id, kind: 'note', value: note }))
        reply({ id, kind: 'done', value })
      } catch (error) {
        reply({ id, kind: 'failed', error: packError(error) })
      }
    })
  })
  process.on('disconnect', () => process.exit(0))
}

/** An endless loop would outlive a parent that is killed: let the kernel end both (PR_SET_PDEATHSIG). */
function dieWithParent(): void {
  if (process.platform !== 'linux') return
  const deathSignal = 1
  const kill = 9
  koffi.load(null).func('int prctl(int option, unsigned long value)')(deathSignal, kill)
}
