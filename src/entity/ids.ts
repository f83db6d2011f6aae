/**
 * The identifiers of the domain, branded so that one cannot be passed for another.
 *
 * All of them are positive integers from the sequences `/<cluster>/id/{node,space,db,partition}`, far below 2^53.
 */
declare const brand: unique symbol
type Branded<T, Name extends string> = T & {readonly [brand]: Name}

export type NodeId = Branded<number, 'NodeId'>
export type DbId = Branded<number, 'DbId'>
export type SpaceId = Branded<number, 'SpaceId'>
/** Also the id of the partition's raft group; at most 2^32 - 1. */
export type PartitionId = Branded<number, 'PartitionId'>

export const nodeId = (value: number): NodeId => value as NodeId
export const dbId = (value: number): DbId => value as DbId
export const spaceId = (value: number): SpaceId => value as SpaceId
export const partitionId = (value: number): PartitionId => value as PartitionId
