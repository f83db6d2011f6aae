/** `1 partition`, `2 partitions`: for what is said in English alone. */
export function counted(count: number | string, one: string, many = `${one}s`): string {
  return `${count} ${Number(count) === 1 ? one : many}`
}
