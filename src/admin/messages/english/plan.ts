export const planEnglish = {
  'plan.moveReplica': 'move the replica of partition {partition} from node {from} to node {to}',
  'plan.addReplica': 'add a replica of partition {partition} at node {node}',
  'plan.removeReplica': 'remove the replica of partition {partition} from node {node}',
  'plan.transferLeader': 'give the leadership of partition {partition} to node {to}',
  'plan.forgetNode': 'forget failed node {node}',
  'plan.writeRecord': 'write {key}',
  'plan.deleteRecord': 'delete {key}',
  'plan.blocked.noTarget':
    'partition {partition}: no server may take its replica from node {node} (pool, labels, or all have one)',
  'plan.blocked.noLeader': 'partition {partition}: nobody leads it, so its members cannot be changed',
  'plan.blocked.noHeir': 'partition {partition}: no other replica is alive to lead it',
  'plan.blocked.refused': 'partition {partition}: {reason}',
  'plan.blocked.finding': '{code} {subject}: {reason}',
  'verify.replicas': 'partition {partition} should have replicas {replicas} and has {has}',
  'verify.leader': 'node {leader} should lead partition {partition}, node {has} does',
  'verify.cured': '{code} is still found of {subject}',
  'verify.record': '{key} is not as the plan wrote it',
} as const
