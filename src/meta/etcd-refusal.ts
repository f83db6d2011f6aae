/** What etcd said no to, by its words, which are the same whoever asks. */
import {CodedError} from '../errors/coded-error.js'

export function etcdRefusal(message: string, cause: unknown): CodedError {
  // "3 INVALID_ARGUMENT: etcdserver: key is not provided" reads better without the transport's words
  const detail = message.replace(/^\d+ [A-Z_]+: /, '')
  if (/required revision has been compacted/.test(detail)) {
    return new CodedError('META_COMPACTED', 'that revision was compacted', {cause})
  }
  if (/future revision/.test(detail)) return new CodedError('META_REFUSED', detail, {cause, exit: 'notFound'})
  if (/user name is empty|authentication failed|invalid auth token/.test(detail)) {
    return new CodedError('META_REFUSED', detail, {
      cause,
      exit: 'denied',
      hint: 'set user_name and password under [etcd], and support_etcd_auth = true under [global]',
    })
  }
  if (/permission denied/.test(detail)) {
    return new CodedError('META_REFUSED', detail, {
      cause,
      exit: 'denied',
      hint: "grant etcd's user a role that may read and write the cluster's prefix",
    })
  }
  return new CodedError('META_REFUSED', detail, {cause})
}
