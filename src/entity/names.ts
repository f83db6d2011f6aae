/** Vearch's rule for the names of dbs, spaces, aliases, users and roles (control-plane spec §4.5). */
const nameLengthMax = 512

const forbidden = new Set('\t\n\v\f\r \u0085\u00A0\\+-!*/():^[]"{}~%&\'<>?')

/** Why the name is not allowed, or null. `kind` is what is named: `db`, `space`. */
export function nameFault(kind: string, name: string): string | null {
  if (name === '') return `${kind} name can not set empty string`
  if (name.length > nameLengthMax) return `${kind} name is longer than ${nameLengthMax} characters`
  if (/^\p{N}/u.test(name)) return `${kind} name : ${name} can not start with num`
  if (name.startsWith('_')) return `${kind} name : ${name} can not start with _`
  const bad = [...name].find((character) => forbidden.has(character) || /\p{Cs}/u.test(character))
  return bad === undefined ? null : `${kind} name : ${name} can not has char in name ${JSON.stringify(bad)}`
}
