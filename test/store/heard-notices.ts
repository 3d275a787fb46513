/** What is said to a person while a test runs. */
import { afterEach, beforeEach } from 'vitest'
import { listenToNotices } from '../../src/store/notice.ts'

/** The notices of the test that runs, as a list that fills: for the top of a test file. */
export function hearNotices(): readonly string[] {
  const said: string[] = []
  let undo = (): void => {}
  beforeEach(() => {
    said.length = 0
    undo = listenToNotices((text) => said.push(text))
  })
  afterEach(() => undo())
  return said
}
