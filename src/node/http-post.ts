import {request} from 'undici'
import type {HttpPost} from '../ps/master-client.js'

/** Over pooled connections; the answer's whole body is read. */
export const httpPost: HttpPost = async (url, {headers, body, signal}) => {
  const answer = await request(url, {method: 'POST', headers: {...headers}, body, signal})
  return {status: answer.statusCode, body: await answer.body.text()}
}
