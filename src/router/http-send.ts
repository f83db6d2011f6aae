import {request} from 'undici'
import type {HttpSend} from './master-proxy.js'

/** Over undici's pooled connections; the whole answer is read. */
export const httpSend: HttpSend = async (url, {method, headers, body, timeoutMs, signal}) => {
  const answer = await request(url, {
    method,
    headers: {...headers},
    body,
    signal,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const {'content-type': contentType = 'application/json'} = answer.headers
  return {status: answer.statusCode, contentType: String(contentType), body: await answer.body.bytes()}
}
