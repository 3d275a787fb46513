/** Decodes PNG files for the tests that run a network. */
import sharp from 'sharp'

/** [3, height, width], RGB / 255. */
export async function readPlanes(path: string): Promise<Float32Array> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const area = info.width * info.height
  const planes = new Float32Array(3 * area)
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) planes[c * area + i] = data[i * 3 + c]! / 255
  return planes
}
