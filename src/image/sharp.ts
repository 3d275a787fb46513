/** sharp, which decodes and encodes pictures. Loaded with the first picture: a run without pictures does without it. */
import type Sharp from 'sharp'
import { checkLibrary, loadLibrary } from '../process/optional-library.ts'

const SHARP = { name: 'sharp', purpose: 'Reading or drawing a picture' }

export const loadSharp = (): Promise<typeof Sharp> =>
  loadLibrary(SHARP, async () => {
    const sharp = (await import('sharp')).default
    // It keeps up to 50 MB of pictures for the case that one is asked for again, which none is.
    sharp.cache(false)
    return sharp
  })

export const checkSharp = (): Promise<void> => checkLibrary(SHARP)
