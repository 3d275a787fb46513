/** Where a command's results go: runs that differ in how they quantise have folders of their own. */
import { basename, dirname, extname, join, resolve } from 'node:path'
import { ASSAY } from '../../arithmetic/built-in.ts'
import { pathName } from '../../input/path-name.ts'
import { widestBits } from '../../quantise/activation-bits.ts'
import { techniquesFor } from '../../quantise/techniques.ts'
import { sha256 } from '../../store/hash.ts'
import { MODEL_OPTIONS, type ModelArguments } from '../options/shared.ts'
import {
  bitsWord,
  chooseArithmetic,
  moreBitsWord,
  type QuantisationArguments,
  usualTableBits,
} from './quantisation.ts'

/** What decides the name. */
export type FolderArguments = QuantisationArguments & Pick<ModelArguments, 'size' | 'out'>

/**
 * `build/<model>-w8a8`, `-w4a4e8` where both ends have bits of their own, `-w4a4b5` with a budget of 5, `-tflite` (profile), and behind it what else was chosen of the arithmetic: `build/yolov8n-w4a8-best`, `-max` (observer), `-no-last`
 * (scope), `-p12` (bits of the tables), `-320x320`. Overrides and techniques, which have no word of their own, are six digits of their
 * SHA-256. Pictures, those of the calibration included, have no part in the name.
 *
 * @param kind in place of the bits: `float`, `sweep`
 */
export function runFolder(args: FolderArguments, model: string, kind?: string): string {
  const arithmetic = chooseArithmetic(args)
  const { profile, tableBits, observer, scope, effort, techniques, overrides } = arithmetic
  const isUsual =
    Object.keys(overrides).length === 0 &&
    [...techniques].sort().join() === [...techniquesFor(profile ?? ASSAY, effort)].sort().join()
  const { size } = args
  const more = moreBitsWord(args)
  const words = [
    // A sweep has bits of its own at each point.
    ...(kind !== 'sweep' || more === '' ? [] : [more]),
    ...(profile === undefined ? [] : [profile.name]),
    ...(observer === MODEL_OPTIONS.observer.default ? [] : [observer]),
    ...(scope === MODEL_OPTIONS.scope.default ? [] : [scope]),
    ...(effort === MODEL_OPTIONS.effort.default ? [] : [effort]),
    ...(tableBits === Math.max(usualTableBits(profile ?? ASSAY), widestBits(arithmetic).activationBits)
      ? []
      : [`p${tableBits}`]),
    ...(size === undefined ? [] : [`${size.height}x${size.width}`]),
    ...(isUsual ? [] : [sha256(JSON.stringify([[...techniques].sort(), overrides])).slice(0, 6)]),
  ]
  const stem = basename(model, extname(model))
  return join(args.out, [stem, kind ?? bitsWord(arithmetic), ...words].join('-'))
}

/**
 * `build/<model>-w8a8-<module>`: the same of the user's own module. It is called as its configuration: `pool` of `pool.config.ts`, and
 * of `assay.config.ts` as the folder that holds it.
 */
export function moduleFolder(folder: string, config: string): string {
  const stem = basename(config).replace(/(\.config)?\.[cm]?(ts|js|json)$/, '')
  const name = stem === 'assay' ? basename(dirname(resolve(config))) : stem
  return join(dirname(folder), pathName(`${basename(folder)}-${name || 'module'}`, config))
}
