import type {FastifyInstance} from 'fastify'

const preflightSeconds = 43_200

/** Lets pages of the given origins call with credentials; other origins are refused, clients without one are not affected. */
export function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  const anyOrigin = origins.includes('*')
  http.addHook('onRequest', async (request, reply) => {
    const {origin} = request.headers
    if (origin === undefined) return undefined
    if (!anyOrigin && !origins.includes(origin)) return reply.status(403).send()
    reply
      .header('Access-Control-Allow-Origin', origin)
      .header('Access-Control-Allow-Credentials', 'true')
      .header('Vary', 'Origin')
    if (request.method !== 'OPTIONS') return undefined
    return reply
      .header('Access-Control-Allow-Methods', 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS')
      .header('Access-Control-Allow-Headers', 'Origin,Content-Length,Content-Type,Authorization,X-Request-Id')
      .header('Access-Control-Max-Age', preflightSeconds)
      .status(204)
      .send()
  })
}
