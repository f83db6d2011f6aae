/**
 * What an operator types most, and what cannot be guessed. A test holds every line to the commands and stages that there are.
 */

import type {Language} from './global-flags.js'
import type {View} from './view.js'

export interface CheatLine {
  readonly about: 'look' | 'pipe' | 'variable' | 'script' | 'safety' | 'key'
  readonly type: string
  readonly does: string
}

export const cheatSheet: readonly CheatLine[] = [
  {about: 'look', type: 'node list --state failed', does: 'servers whose lease ended'},
  {about: 'look', type: 'partitions list --node 3', does: 'what is on a server'},
  {about: 'look', type: 'meta get partition/7', does: 'a record, with its revisions and lease'},
  {about: 'look', type: 'meta show spaces --snapshot etcd.db --cluster vearch', does: 'the same, from a file'},
  {about: 'look', type: 'node list --watch', does: 'again and again'},
  {about: 'pipe', type: 'partitions list | where state != "ok" | select id replicas', does: 'some rows, some columns'},
  {about: 'pipe', type: 'partitions list | group by state | sort count desc', does: 'how many of each'},
  {about: 'pipe', type: 'partitions list | > partitions.csv', does: 'into a file, in the format of its name'},
  {about: 'pipe', type: 'node list | !jq .', does: 'to a program, as JSON'},
  {about: 'variable', type: '$_ | count', does: 'the last result again; $2 to $9 are those before it'},
  {about: 'variable', type: '$before = partitions list', does: 'a result under a name'},
  {about: 'variable', type: 'partitions list | diff $before', does: 'what came, went and changed'},
  {about: 'variable', type: 'for n in $_.id : partitions list --node $n', does: 'the same for each'},
  {about: 'script', type: 'run nightly.vc -e', does: 'lines of a file; ends at the first that fails'},
  {about: 'safety', type: 'ids next partition --allocate --dry-run', does: 'what would change, and nothing changed'},
  {about: 'safety', type: 'repl --context prod --read-only', does: 'a session that can change nothing'},
  {about: 'key', type: 'Tab', does: 'commands, flags, ids and names of the cluster'},
  {
    about: 'key',
    type: '.set output json',
    does: 'for every line of the session; so do .use, .read-only, .timing and .record',
  },
  {about: 'key', type: '.undo', does: 'undo the last change'},
  {about: 'key', type: 'Ctrl-R', does: 'search the history'},
  {about: 'key', type: 'Ctrl-C', does: 'end the command; twice: go on without it'},
  {about: 'key', type: 'Ctrl-D', does: 'leave'},
]

/** In Chinese where that is spoken; the rows stay as they are, for programs. */
export async function cheatView(language: Language): Promise<View<CheatLine>> {
  const told = language === 'zh' ? (await import('./words/chinese/cheat.js')).cheats : {}
  return {
    columns: {
      about: {get: ({about}) => about},
      type: {get: ({type}) => type},
      does: {get: ({type, does}) => told[type] ?? does},
    },
    name: ({type}) => type,
  }
}
