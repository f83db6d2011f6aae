/** Which router serves a server, and how its partitions came to be there. */
export const placementEnglish = {
  'placement.title': 'why partition {id} of {space} is where it is',
  'placement.router':
    'no router in particular serves it: every router watches the metadata and asks the leader for writes, any ready replica for reads',
  'placement.routers': 'routers alive now: {routers}',
  'placement.created':
    'space {space} asked for {replicas} {replicas|replica|replicas} of each of {partitions} {partitions|partition|partitions} in pool {pool}; the master chose nodes {nodes}, first the one meant to lead',
  'placement.rule':
    'it takes, of the servers of pool {pool} that are not private, those with the fewest replicas, no two with one {apart}',
  'placement.rule.reserved':
    'it takes, of the servers of pool {pool} at {ips}, which the database names, those with the fewest replicas, no two with one {apart}',
  'placement.replica.eligible': 'node {node} ({address}) may hold it: pool {pool}, {load} {load|replica|replicas} now',
  'placement.replica.moved':
    'node {node} would not be chosen today (pool {pool}, private {isPrivate}): it was moved there, or its settings changed since',
  'placement.replica.cordoned': 'node {node} is cordoned: it keeps what it has and gets nothing new',
  'placement.replica.gone': 'node {node} is not alive; it keeps its place until somebody moves the replica',
  'placement.leader': 'node {leader} leads by election, in term {term}; it registered itself as leader with a master',
  'placement.leader.preferred': 'node {leader} leads, as the placement meant it to, in term {term}',
  'placement.start':
    'a server that starts asks a master which partitions it has; the answer is every partition whose replicas name its id, so a replica follows the id and not the address',
} as const
