import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, ofPartition} from '../finding.js'

export const vc119: Check = {
  code: 'VC119',
  group: 'partitions',
  severity: 'warning',
  title: say('VC119.title'),
  explanation: say('VC119.explain'),
  needs: ['nodes'],
  check({partitions, settings}) {
    return [...partitions.values()].flatMap((sight) => {
      const {raft} = sight
      if (raft === null) return []
      const commit = Number(raft.status.Commit)
      return Object.entries(raft.status.Replicas ?? {}).flatMap(([node, {Match}]) => {
        const lag = commit - Number(Match)
        if (lag <= settings.raftDiffCount) return []
        return [
          {
            subject: ofPartition(sight.id),
            message: say('VC119', {node, lag, allowed: settings.raftDiffCount}),
            evidence: [
              evidence(
                {from: 'node', node: raft.by, question: 'raft_status'},
                {Commit: commit, node, Match: Number(Match)},
              ),
            ],
            next: `vearchctl partitions show ${sight.id}`,
          },
        ]
      })
    })
  },
}
