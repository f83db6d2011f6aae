/** Prometheus' text format, for a textfile collector. Every state is always there, so that a series never ends because it is 0. */
import {type Health, healthWords} from './health.js'

export function prometheusText({word, writable, readable, partitions, nodes}: Health, cluster: string): string {
  const of = `cluster="${escaped(cluster)}"`
  return [
    ...metric(
      'vearch_health',
      'Whether the cluster is in this state, as vearchctl sees it.',
      healthWords.map((state) => [`state="${state}"`, state === word ? 1 : 0]),
    ),
    ...metric(
      'vearch_partitions',
      'Partitions by state.',
      Object.entries(partitions).map(([state, count]) => [`state="${state}"`, count]),
    ),
    ...metric('vearch_partitions_served', 'Partitions of spaces that can be written or read.', [
      ['access="write"', writable.count],
      ['access="read"', readable.count],
    ]),
    ...metric('vearch_partitions_unserved', 'Partitions of spaces that certainly can not.', [
      ['access="write"', writable.of - writable.unknown - writable.count],
      ['access="read"', readable.of - readable.unknown - readable.count],
    ]),
    ...metric(
      'vearch_nodes',
      'Partition servers by state.',
      Object.entries(nodes).map(([state, count]) => [`state="${state}"`, count]),
    ),
    '',
  ].join('\n')

  function metric(name: string, help: string, samples: readonly (readonly [string, number])[]): string[] {
    const lines = samples.map(([label, value]) => `${name}{${of},${label}} ${value}`)
    return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines]
  }
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
