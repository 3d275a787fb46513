/** What a build takes from its surroundings where its options say nothing: read here, once, as it begins. */
import { resolve } from 'node:path'
import { check } from '../../input/schema.ts'
import { defaultCacheFolder, readEnvironment } from '../../process/environment.ts'
import { BUILD_OPTIONS } from './check-options.ts'
import type { BuildOptions, SettledOptions } from './types.ts'

/** @throws InputError for a value that an option cannot have. */
export const settle = <Options extends Pick<BuildOptions, 'cacheDir' | 'environment'>>(
  options: Options,
): Options & Pick<SettledOptions, 'cacheDir' | 'environment'> => {
  check(BUILD_OPTIONS, options, 'options of the build')
  return {
    ...options,
    cacheDir: resolve(options.cacheDir ?? defaultCacheFolder()),
    environment: options.environment ?? readEnvironment(),
  }
}
