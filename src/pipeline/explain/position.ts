/** This file parses and checks `--at`, which names one element of a tensor. */
import type { ElementPosition } from '../../diff/explain-types.ts'
import { InputError } from '../../input/input-error.ts'

/** Parses `c,y,x`. */
export function parsePosition(text: string): ElementPosition {
  const match = /^(\d+),(\d+),(\d+)$/.exec(text)
  if (match === null) throw new InputError(`expected channel,y,x such as 0,12,7, got ${text}.`, '--at')
  return { channel: Number(match[1]), y: Number(match[2]), x: Number(match[3]) }
}

/** @throws InputError for a position outside the tensor. */
export function checkPosition(
  node: { readonly name: string; readonly shape: readonly [number, number, number] },
  at: ElementPosition,
): ElementPosition {
  const { channel, y, x } = at
  const [channels, height, width] = node.shape
  if (channel >= channels || y >= height || x >= width)
    throw new InputError(
      `${channel},${y},${x} is outside ${node.name}, which has ${channels} channels of ${height}x${width}.`,
      '--at',
      `The last element is ${channels - 1},${height - 1},${width - 1}.`,
    )
  return at
}
