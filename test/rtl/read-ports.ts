/** The ports of a model that `like` names, as an object to compare with it. */
export const readPorts = <Ports extends object>(ports: Ports, like: Partial<Ports>): Partial<Ports> =>
  Object.fromEntries(Object.keys(like).map((name) => [name, ports[name as keyof Ports]])) as Partial<Ports>
