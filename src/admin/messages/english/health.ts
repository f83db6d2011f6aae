export const healthEnglish = {
  'health.unheard': 'no server could be asked: what runs is not known',
  'health.partitions': '{count} partitions are {state}: {examples}',
  'health.unwritable': '{count} partitions cannot be written: {examples}',
  'health.unreadable': '{count} partitions cannot be read: {examples}',
  'health.node': 'node {node} is {state}',
  'health.master': '{master} does not answer: {detail}',
  'health.store': 'the metadata store does not tell its status: {detail}',
  'health.records': '{count} records cannot be read: {examples}',
} as const
