/**
 * A network without anything but the npm registry: a proxy that refuses every other host, and a guard in every Node process that refuses
 * what goes past the proxy.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

export interface Firewall extends AsyncDisposable {
  /** What a process inside is told of its network. */
  readonly environment: Readonly<Record<string, string>>
  /** Hosts that were asked for and refused, by the proxy or by the guard. */
  readonly refused: () => readonly string[]
}

/** Runs before everything else in a Node process: only the proxy is reached, and files that are sockets. */
const GUARD = (port: number, log: string): string => `
const net = require('node:net'), { appendFileSync } = require('node:fs')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...words) {
  const [first] = Array.isArray(words[0]) ? words[0] : words
  const { host = 'localhost', port, path } = typeof first === 'object' ? first : { port: first, host: words[1] }
  if (path !== undefined || Number(port) === ${port}) return connect.apply(this, words)
  appendFileSync(${JSON.stringify(log)}, host + '\\n')
  process.nextTick(() => this.destroy(Object.assign(new Error('getaddrinfo ENOTFOUND ' + host), { code: 'ENOTFOUND' })))
  return this
}
`

/** @param folder for the guard and its log. */
export async function raiseFirewall(registry: string, folder: string): Promise<Firewall> {
  const log = join(folder, 'refused')
  writeFileSync(log, '')
  const seen: string[] = []
  const tunnels: Duplex[] = []
  const { host } = new URL(registry)
  const isRegistry = (wanted: string): boolean => {
    const isAllowed = wanted === host || wanted === `${host}:443` || wanted === `${host}:80`
    if (!isAllowed) seen.push(wanted)
    return isAllowed
  }
  const server = createServer((incoming, answer) => {
    const url = new URL(incoming.url!)
    if (!isRegistry(url.host)) {
      answer.writeHead(403).end()
      return
    }
    const outgoing = request(url, { method: incoming.method, headers: incoming.headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  })
  server.on('connect', (incoming, client, head) => {
    client.on('error', () => client.destroy())
    if (!isRegistry(incoming.url!)) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const { hostname, port } = new URL(`https://${incoming.url}`)
    const upstream = connect(Number(port === '' ? 443 : port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    tunnels.push(client, upstream)
  })
  const port = await listen(server)
  const guard = join(folder, 'guard.cjs')
  writeFileSync(guard, GUARD(port, log))
  const proxy = `http://127.0.0.1:${port}`
  return {
    environment: {
      ...Object.fromEntries(
        ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].map((name) => [name, proxy]),
      ),
      npm_config_proxy: proxy,
      npm_config_https_proxy: proxy,
      npm_config_noproxy: '',
      NODE_OPTIONS: `--require ${guard}`,
    },
    refused: () => [
      ...seen,
      ...readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    ],
    async [Symbol.asyncDispose]() {
      for (const end of tunnels) end.destroy()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

const listen = (server: Server): Promise<number> =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
