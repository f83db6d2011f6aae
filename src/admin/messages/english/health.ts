export const healthEnglish = {
  'health.unheard': 'no server could be asked: what runs is not known',
  'health.partitions': '{count} {count|partition is|partitions are} {state}: {examples}',
  'health.unwritable': '{count} {count|partition|partitions} cannot be written: {examples}',
  'health.unreadable': '{count} {count|partition|partitions} cannot be read: {examples}',
  'health.node': 'node {node} is {state}',
  'health.master': '{master} does not answer: {detail}',
  'health.store': 'the metadata store does not tell its status: {detail}',
  'health.records': '{count} {count|record|records} cannot be read: {examples}',
} as const
