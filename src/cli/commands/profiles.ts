/** `assay profiles`: the built-in profiles of arithmetic, or one of them or of a file, clause by clause. */
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { prepareProfile } from '../options/prepare-profile.ts'
import { printResult } from '../terminal/print.ts'

const PROFILE = {
  profile: {
    type: 'string',
    describe: 'name of a built-in profile, or a file of JSON or TypeScript [a list of all]',
    prepare: prepareProfile,
  },
} as const satisfies Declarations
const OPTIONS = {
  json: {
    type: 'boolean',
    default: false,
    describe: 'the profile as JSON, from which a file of your own can start',
  },
} as const satisfies Declarations

export const profilesCommand = defineCommand<Arguments<typeof PROFILE & typeof OPTIONS>>({
  name: 'profiles',
  positionals: PROFILE,
  options: OPTIONS,
  examples: [
    ['$0 profiles', 'what public designs and runtimes compute'],
    ['$0 profiles tflite', 'one of them, clause by clause'],
    ['$0 profiles tflite --json > mine.json', 'a file to start from'],
    ['$0 profiles mine.json', 'check your own, and read what it says'],
  ],
  handler: async ({ profile: name, json }) => {
    const { renderProfile, renderProfiles } = await import('../../report/profile.ts')
    if (name === undefined) {
      const { PROFILES } = await import('../../arithmetic/built-in.ts')
      printResult({ json }, { profiles: PROFILES }, () => renderProfiles(PROFILES))
      return
    }
    const { profileText, readProfile } = await import('../../arithmetic/read-profile.ts')
    const profile = readProfile(name)
    if (json) process.stdout.write(profileText(profile))
    else printResult({ json }, profile, () => renderProfile(profile))
  },
})
