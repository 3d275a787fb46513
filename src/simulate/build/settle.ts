/** What a build takes from its surroundings where its options say nothing: read here, once, as it begins. */
import { resolve } from 'node:path'
import { defaultCacheFolder, readEnvironment } from '../../process/environment.ts'
import type { BuildOptions, SettledOptions } from './types.ts'

export const settle = <Options extends Pick<BuildOptions, 'cacheDir' | 'environment'>>(
  options: Options,
): Options & Pick<SettledOptions, 'cacheDir' | 'environment'> => ({
  ...options,
  cacheDir: resolve(options.cacheDir ?? defaultCacheFolder()),
  environment: options.environment ?? readEnvironment(),
})
