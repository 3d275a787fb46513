/** All commands with their options, as they are when each of them is named. */
import { COMMANDS } from '../../src/cli/commands.ts'

export const LOADED = await Promise.all(
  COMMANDS.map(async ({ command, describe, load }) => ({ ...(await load()), command, describe })),
)
