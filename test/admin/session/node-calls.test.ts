/** Many servers asked at once: one that does not answer costs the others nothing, and what became of each is told. */
import {expect, test} from 'vitest'
import {NodeCalls} from '../../../src/admin/session/node-calls.js'
import {nodeId} from '../../../src/entity/ids.js'
import {silentLog} from '../../../src/env/log.js'
import {systemEnv} from '../../../src/env/system-env.js'
import {RpcClient} from '../../../src/rpc/client.js'
import {RpcServer} from '../../../src/rpc/server.js'

const env = systemEnv(silentLog)
const host = '127.0.0.1'

test('dead, frozen and foreign servers hide nothing of the others', async () => {
  const serve = async (authKey: string, ping: () => Promise<unknown>) => {
    const server = new RpcServer(env, {host, port: 0, authKey, handlers: {ping}})
    return {server, port: await server.start()}
  }
  const thaw: (() => void)[] = []
  const frozen = () => new Promise((resolve) => thaw.push(() => resolve({})))
  const sound = (id: number) => async () => ({nodeId: id, cluster: 'c'})
  const servers = await Promise.all([
    serve('key', sound(1)),
    serve('key', frozen),
    serve('another key', sound(3)),
    serve('key', sound(4)),
  ])
  const client = new RpcClient(env, {authKey: 'key'})
  const asked: string[] = []
  const calls = new NodeCalls(client, env, {
    timeoutMs: 500,
    signal: new AbortController().signal,
    onAsk: (question) => asked.push(question),
  })
  const nodes = [...servers, {port: 1}].map(({port}, at) => ({id: nodeId(at + 1), host, port}))
  const answers = await calls.askAll(nodes, 'ping', () => ({}))
  expect(answers).toMatchObject([
    {node: 1, answered: true, value: {nodeId: 1, cluster: 'c'}},
    {node: 2, answered: false, error: {errorName: 'TIMEOUT'}},
    {node: 3, answered: false},
    {node: 4, answered: true, value: {nodeId: 4, cluster: 'c'}},
    {node: 5, answered: false, error: {errorName: 'CALL_RPCCLIENT_FAILED', outcome: 'rejected'}},
  ])
  expect(asked).toHaveLength(5)
  for (const answer of thaw) answer()
  await client.stop()
  await Promise.all(servers.map(({server}) => server.stop()))
})
