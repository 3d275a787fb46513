/**
 * The symbols of `using`, where they are missing: Node has them before V8 does, and a context of `node:vm` is V8's alone. vitest's pools
 * vmThreads and vmForks run tests in such contexts. What compiles `using` falls back to the same symbols.
 */
for (const name of ['dispose', 'asyncDispose'] as const)
  if (Symbol[name] === undefined)
    Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`), configurable: true })
