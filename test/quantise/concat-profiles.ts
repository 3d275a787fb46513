/** Profiles whose concats requantise their inputs as the profile requantises an accumulator. */
import type { Profile } from '../../src/arithmetic/profile.ts'

/** What no input of a concat needs: more than 32 bits on the way. A shift to the left is there for what has a larger scale. */
export function withConcat(profile: Profile): Profile {
  const name = `${profile.name}-concat`
  if (profile.add.form === 'float32') return { ...profile, name, concat: { form: 'float32' } }
  const wide = profile.requantise.filter(({ stage }) => stage !== 'narrow' && stage !== 'rectify')
  const end = profile.requantise.at(-1)!
  const shifts = profile.codes.scale === 'power-of-two'
  const isLeft = wide.some(({ stage }) => stage === 'shift-left')
  const left = shifts && !isLeft ? [{ stage: 'shift-left' } as const] : []
  return { ...profile, name, concat: { form: 'stages', input: [...left, ...wide, end] } }
}
