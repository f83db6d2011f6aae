import {describe, expect, test} from 'vitest'
import {planSpace, type SpaceRequest, spaceFault} from '../../src/entity/space-request.js'

const vector = {name: 'v', type: 'vector', dimension: 8, index: {name: 'gamma', type: 'FLAT'}}
const limits = {limitedReplicaNum: false}
const request = (more: Readonly<Record<string, unknown>> = {}): SpaceRequest => ({name: 's', fields: [vector], ...more})
const withFields = (...fields: unknown[]) => request({fields: [...fields, vector]})
const withVector = (more: Readonly<Record<string, unknown>>) => request({fields: [{...vector, ...more}]})
const withIndex = (index: unknown) => withVector({index})
const params = (type: string, values: Readonly<Record<string, unknown>>) => withIndex({name: 'g', type, params: values})

const k = {name: 'k', type: 'string'}
const n = {name: 'n', type: 'long'}
const t = {name: 't', type: 'date'}
const withIndexes = (...indexes: unknown[]) => request({fields: [k, n, t, vector], indexes})
const withRule = (rule: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  request({fields: [k, t, vector], partition_rule: rule, ...more})
const range = (name: unknown, value: unknown) => ({name, value})
const ranges = (...list: unknown[]) => withRule({type: 'RANGE', field: 't', ranges: list})

describe('is allowed', () => {
  test.each<[string, SpaceRequest]>([
    ['one vector field', request()],
    ...[
      'text',
      'keyword',
      'string',
      'date',
      'integer',
      'long',
      'float',
      'double',
      'stringArray',
      'StringArray',
      'string_array',
    ].map((type): [string, SpaceRequest] => [`a ${type}`, withFields({name: 'f', type})]),
    ...['FLAT', 'HNSW', 'IVFFLAT', 'IVFPQ', 'IVFRABITQ', 'DISKANN_STATIC', 'DISKANN'].map(
      (type): [string, SpaceRequest] => [`an index ${type}`, withIndex({name: 'g', type})],
    ),
    ...['SCALAR', 'INVERTED', 'BITMAP'].map((type): [string, SpaceRequest] => [
      `an index ${type} on a scalar`,
      withFields({...k, index: {name: 'i', type}}),
    ]),
    ['two inline indexes without names', withFields({...k, index: {type: 'SCALAR'}}, {...n, index: {type: 'SCALAR'}})],
    ['an empty metric', params('FLAT', {metric_type: ''})],
    ['an unknown parameter', params('FLAT', {anything: 'x'})],
    ['nlinks at its lower bound', params('HNSW', {nlinks: 8})],
    ['nlinks at its upper bound', params('HNSW', {nlinks: 96})],
    ['nlinks of 0, the default', params('HNSW', {nlinks: 0})],
    ['efConstruction at its bounds', params('HNSW', {efConstruction: 1024})],
    ['ncentroids with enough training', params('IVFPQ', {ncentroids: 256, training_threshold: 256, nprobe: 256})],
    ['the fewest centroids that train', params('IVFFLAT', {ncentroids: 7})],
    ['a composite index', withIndexes({name: 'c', type: 'COMPOSITE', field_names: ['k', 'n']})],
    [
      'composites of the same fields in another order',
      withIndexes(
        {name: 'c', type: 'COMPOSITE', field_names: ['k', 'n']},
        {name: 'd', type: 'COMPOSITE', field_names: ['n', 'k']},
      ),
    ],
    [
      'a composite over an indexed field',
      withIndexes(
        {name: 'i', type: 'SCALAR', field_name: 'k'},
        {name: 'c', type: 'COMPOSITE', field_names: ['k', 'n']},
      ),
    ],
    [
      'the vector index at the top',
      request({fields: [{...vector, index: undefined}], indexes: [{name: 'g', type: 'HNSW', field_name: 'v'}]}),
    ],
    ['null for indexes', request({indexes: null})],
    ['null for the rule', request({partition_rule: null})],
    ['a format of dates', withFields({...t, format: 'anything'})],
    ['a normalised vector', withVector({format: 'normalization'})],
    ['a normal vector', withVector({format: 'normal'})],
    ['a vector as it is', withVector({format: 'no'})],
    ['a store type', withVector({store_type: 'MemoryOnly', store_param: {cache_size: 1}})],
    ['the largest dimension', withVector({dimension: 20_000})],
    ['unknown keys', withFields({...k, anything: {a: 1}})],
    ['1024 partitions', request({partition_num: 1_024})],
    ['ranges by dates', ranges(range('a', '2024-01-01'), range('b', '2024-02-01'))],
    ['ranges by seconds', ranges(range('a', '100'), range('b', '200'))],
    ['no partition number', request({partition_num: -3})],
  ])('%s', (_, given) => expect(spaceFault(given, limits)).toBeNull())
})

describe('is refused', () => {
  test.each<[string, SpaceRequest, string]>([
    ['an empty name', request({name: ''}), 'space name can not set empty string'],
    ['a number first', request({name: '1s'}), 'space name : 1s can not start with num'],
    ['a hyphen', request({name: 'a-b'}), 'can not has char'],
    ['1025 partitions', request({partition_num: 1_025}), 'partition_num:[1025] should not exceed 1024'],
    ['no fields', request({fields: undefined}), 'fields should be a list'],
    ['empty fields', request({fields: []}), 'at least one field'],
    ['fields of another type', request({fields: {v: 1}}), 'fields should be a list'],
    ['a field that is text', withFields('k'), 'fields[0] should be an object'],
    ['a field that is null', withFields(null), 'fields[0] should be an object'],
    ['a field without a name', withFields({type: 'string'}), 'fields[0] name can not be empty'],
    ['a field named by a number', withFields({name: 1, type: 'string'}), 'fields[0] name can not be empty'],
    ['the field _id', withFields({name: '_id', type: 'string'}), 'field name [_id] is reserved'],
    ['the field _score', withFields({name: '_score', type: 'string'}), 'field name [_score] is reserved'],
    ['half a character', withFields({name: '\ud800', type: 'string'}), 'is not valid text'],
    ['a field twice', withFields(k, k), 'field name [k] can not be duplicate'],
    ['no type', withFields({name: 'k'}), 'field [k] type should be a string'],
    ['the type int', withFields({name: 'k', type: 'int'}), 'space invalid field type: int'],
    ['the type short', withFields({name: 'k', type: 'short'}), 'space invalid field type: short'],
    ['the type bool', withFields({name: 'k', type: 'bool'}), 'space invalid field type: BOOL'],
    ['the type boolean', withFields({name: 'k', type: 'boolean'}), 'space invalid field type: BOOL'],
    ['the type Vector', withFields({name: 'k', type: 'Vector'}), 'space invalid field type: Vector'],
    ['no dimension', withVector({dimension: undefined}), 'dimension should be an integer larger than 0'],
    ['dimension 0', withVector({dimension: 0}), 'dimension should be an integer'],
    ['dimension -1', withVector({dimension: -1}), 'dimension should be an integer'],
    ['dimension 1.5', withVector({dimension: 1.5}), 'dimension should be an integer'],
    ['dimension "8"', withVector({dimension: '8'}), 'dimension should be an integer'],
    ['dimension 20001', withVector({dimension: 20_001}), 'should not exceed 20000'],
    ['a dimension of text', withFields({...k, dimension: 3}), 'type:[STRING] can not set dimension'],
    ['a dimension of a date', withFields({...t, dimension: 3}), 'type:[DATE] can not set dimension'],
    ['a format of text', withFields({...k, format: 'x'}), 'type:[STRING] can not set format'],
    ['a format of a long', withFields({...n, format: 'x'}), 'type:[LONG] can not set format'],
    ['a date format that is a number', withFields({...t, format: 1}), 'format should be a string'],
    ['an unknown vector format', withVector({format: 'l2'}), 'format:[l2] should be'],
    ['an unknown store type', withVector({store_type: 'Disk'}), 'store_type:[Disk] should be'],
    ['a store parameter that is text', withVector({store_param: 'x'}), 'store_param should be an object'],
    ['an index that is text', withVector({index: 'FLAT'}), 'field [v] index should be an object'],
    ['an index without a type', withIndex({name: 'g'}), 'index type is null'],
    ['an index with an empty type', withIndex({name: 'g', type: ''}), 'index type is null'],
    ['an index name that is a number', withIndex({name: 1, type: 'FLAT'}), 'index name should be a string'],
    ['a lower-case type', withIndex({type: 'flat'}), 'index type not support: flat'],
    ...['INVERTED_LIST', 'SSG', 'SCANN', 'IVFPQ_RELAYOUT', 'BINARYIVF', 'GPU_IVFPQ', 'IVFPQFastScan', '7'].map(
      (type): [string, SpaceRequest, string] => [
        `an index ${type}`,
        withIndex({type}),
        `index type not support: ${type}`,
      ],
    ),
    ['parameters that are a list', withIndex({type: 'FLAT', params: [1]}), 'index params should be an object'],
    [
      'cosine',
      params('FLAT', {metric_type: 'Cosine'}),
      'index params metric_type not support: Cosine, should be L2 or InnerProduct',
    ],
    ['a metric that is a number', params('FLAT', {metric_type: 1}), 'metric_type not support: 1'],
    ['nlinks 7', params('HNSW', {nlinks: 7}), 'index params nlinks:7 should in [8, 96]'],
    ['nlinks 97', params('HNSW', {nlinks: 97}), 'index params nlinks:97 should in [8, 96]'],
    ['nlinks as text', params('HNSW', {nlinks: '32'}), 'index params nlinks should be an integer'],
    ['nlinks 8.5', params('HNSW', {nlinks: 8.5}), 'index params nlinks should be an integer'],
    ['efConstruction 15', params('HNSW', {efConstruction: 15}), 'index params efConstruction:15 should in [16, 1024]'],
    ['efConstruction 1025', params('HNSW', {efConstruction: 1_025}), 'should in [16, 1024]'],
    ...['IVFPQ', 'IVFFLAT', 'IVFRABITQ'].flatMap((type): [string, SpaceRequest, string][] => [
      [`${type} ncentroids -1`, params(type, {ncentroids: -1}), 'index params ncentroids:-1 should in [1, 262144]'],
      [`${type} ncentroids 262145`, params(type, {ncentroids: 262_145}), 'should in [1, 262144]'],
      [
        `${type} a threshold below ncentroids`,
        params(type, {ncentroids: 512, training_threshold: 511}),
        `${type} training_threshold:[511] should more than ncentroids:[512]`,
      ],
      [
        `${type} a threshold below 256`,
        params(type, {training_threshold: 255}),
        `${type} training_threshold:[255] should more than [256]`,
      ],
      [
        `${type} too few centroids to train`,
        params(type, {ncentroids: 6}),
        `${type} training_threshold:[234] should more than [256]`,
      ],
      [
        `${type} nprobe above ncentroids`,
        params(type, {ncentroids: 256, nprobe: 257}),
        `${type} nprobe:[257] should less than ncentroids:[256]`,
      ],
      [
        `${type} nprobe without ncentroids`,
        params(type, {nprobe: 1}),
        `${type} nprobe:[1] should less than ncentroids:[0]`,
      ],
      [`${type} nprobe below 0`, params(type, {nprobe: -1}), 'should not be less than 0'],
      [
        `${type} a threshold as text`,
        params(type, {training_threshold: '256'}),
        'training_threshold should be an integer',
      ],
    ]),
    [
      'a scalar index on a vector',
      withIndex({type: 'SCALAR'}),
      'field [v] is a vector field, scalar index type [SCALAR] is not allowed',
    ],
    [
      'a vector index on text',
      withFields({...k, index: {type: 'HNSW'}}),
      'field [k] is a scalar field, index type [HNSW] is not allowed',
    ],
    ['an inline composite', withFields({...k, index: {type: 'COMPOSITE'}}), 'COMPOSITE can only be set in indexes'],
    [
      'two inline indexes of one name',
      withFields({...k, index: {name: 'i', type: 'SCALAR'}}, {...n, index: {name: 'i', type: 'SCALAR'}}),
      'index name can not be duplicate',
    ],
    [
      'no vector index at all',
      request({fields: [k, {...vector, index: undefined}]}),
      'space vector field index should not be empty',
    ],
    [
      'only a scalar index',
      request({fields: [{...k, index: {type: 'SCALAR'}}]}),
      'space vector field index should not be empty',
    ],
    ['indexes that are an object', request({indexes: {}}), 'indexes should be a list'],
    ['an entry that is text', withIndexes('x'), 'indexes[0] should be an object'],
    ['an entry without a name', withIndexes({type: 'SCALAR', field_name: 'k'}), 'indexes[0] name can not be empty'],
    ['an entry without a type', withIndexes({name: 'i', field_name: 'k'}), 'indexes[0] index type is null'],
    ['an entry without a field', withIndexes({name: 'i', type: 'SCALAR'}), 'indexes[0] requires field_name to be set'],
    [
      'an unknown field',
      withIndexes({name: 'i', type: 'SCALAR', field_name: 'x'}),
      'indexes[0] field[x] not found in fields',
    ],
    ['a field that is a number', withIndexes({name: 'i', type: 'SCALAR', field_name: 7}), 'field[7] not found'],
    [
      'a scalar type on a vector',
      withIndexes({name: 'i', type: 'BITMAP', field_name: 'v'}),
      'field[v] is a vector field, scalar index types are not allowed',
    ],
    [
      'a vector type on text',
      withIndexes({name: 'i', type: 'FLAT', field_name: 'k'}),
      'field[k] is a scalar field, use scalar index types instead',
    ],
    [
      'a second index on the vector',
      withIndexes({name: 'i', type: 'HNSW', field_name: 'v'}),
      'indexes[0] field[v] index duplicated',
    ],
    [
      'two on one field',
      withIndexes({name: 'i', type: 'SCALAR', field_name: 'k'}, {name: 'j', type: 'BITMAP', field_name: 'k'}),
      'indexes[1] field[k] index duplicated',
    ],
    [
      'two of one name',
      withIndexes({name: 'i', type: 'SCALAR', field_name: 'k'}, {name: 'i', type: 'SCALAR', field_name: 'n'}),
      'indexes[1] index name can not be duplicate',
    ],
    [
      'the name of an inline one',
      withIndexes({name: 'gamma', type: 'SCALAR', field_name: 'k'}),
      'can not be duplicate',
    ],
    [
      'both ways of naming fields',
      withIndexes({name: 'i', type: 'SCALAR', field_name: 'k', field_names: ['n']}),
      'can not be set together',
    ],
    [
      'a composite of one',
      withIndexes({name: 'c', type: 'COMPOSITE', field_names: ['k']}),
      'requires at least 2 fields, got 1',
    ],
    ['a composite of none', withIndexes({name: 'c', type: 'COMPOSITE'}), 'requires at least 2 fields, got 0'],
    [
      'a composite of text',
      withIndexes({name: 'c', type: 'COMPOSITE', field_names: 'k,n'}),
      'requires at least 2 fields, got 0',
    ],
    [
      'a composite with a field twice',
      withIndexes({name: 'c', type: 'COMPOSITE', field_names: ['k', 'k']}),
      'duplicate field[k] in field_names',
    ],
    [
      'a composite with a vector',
      withIndexes({name: 'c', type: 'COMPOSITE', field_names: ['k', 'v']}),
      'field[v] is a vector field, composite index only supports scalar fields',
    ],
    [
      'a composite with an unknown field',
      withIndexes({name: 'c', type: 'COMPOSITE', field_names: ['k', 'x']}),
      'field[x] not found in fields',
    ],
    ['a composite with field_name', withIndexes({name: 'c', type: 'COMPOSITE', field_name: 'k'}), 'takes field_names'],
    [
      'the same composite twice',
      withIndexes(
        {name: 'c', type: 'COMPOSITE', field_names: ['k', 'n']},
        {name: 'd', type: 'COMPOSITE', field_names: ['k', 'n']},
      ),
      'index duplicated',
    ],
    ['a rule that is text', withRule('RANGE'), 'partition_rule should be an object'],
    ['a rule of another type', withRule({type: 'HASH'}), 'now only support partition type of RANGE'],
    [
      'a rule without a field',
      withRule({type: 'RANGE', ranges: [range('a', '1')]}),
      'partition field [] not in space fields',
    ],
    [
      'a rule on an unknown field',
      withRule({type: 'RANGE', field: 'x', ranges: []}),
      'partition field [x] not in space fields',
    ],
    [
      'a rule on text',
      withRule({type: 'RANGE', field: 'k', ranges: []}),
      'currently only partition field with DATE data type are supported',
    ],
    ['no ranges', ranges(), 'ranges can not be empty'],
    [
      '1025 ranges',
      ranges(...Array.from({length: 1_025}, (_, i) => range(`r${i}`, String(i)))),
      'should not exceed 1024',
    ],
    [
      'too many partitions in all',
      withRule(
        {type: 'RANGE', field: 't', ranges: Array.from({length: 17}, (_, i) => range(`r${i}`, String(i)))},
        {partition_num: 1_000},
      ),
      'partitions:[17000] should not exceed 16384',
    ],
    ['a range without a name', ranges(range('', '1')), 'ranges[0] name can not be empty'],
    ['a range without a value', ranges(range('a', '')), 'ranges[0] value can not be empty'],
    ['a range value that is a number', ranges(range('a', 1)), 'ranges[0] value can not be empty'],
    ['a range that is text', ranges('a'), 'ranges[0] name can not be empty'],
    [
      'two ranges of one name',
      ranges(range('a', '1'), range('a', '2')),
      'range partition name [a] can not be duplicate',
    ],
    ['a value that is no date', ranges(range('a', 'soon')), 'can not be parsed as date'],
    [
      'two ranges of one value',
      ranges(range('a', '1'), range('b', '1')),
      'range partition value needs to be increasing',
    ],
    [
      'values that decrease',
      ranges(range('a', '2024-02-01'), range('b', '2024-01-01')),
      'range partition value needs to be increasing',
    ],
  ])('%s', (_, given, text) => expect(spaceFault(given, limits)).toContain(text))

  test.each([1, 2])('%d replicas where at least 3 are asked for', (replica_num) => {
    expect(spaceFault(request({replica_num}), {limitedReplicaNum: true})).toContain('should not be less than 3')
  })
})

describe('a plan', () => {
  test('has every default', () => {
    expect(planSpace(request())).toMatchObject({
      resource_name: 'default',
      partition_num: 1,
      replica_num: 3,
      refresh_interval: 1000,
      enable_id_cache: false,
      enable_realtime: false,
      partitionNames: [''],
    })
  })

  test('names unnamed indexes after field and type, and merges inline ones before the others', () => {
    const plan = planSpace(
      request({
        fields: [{...k, index: {type: 'BITMAP'}}, n, vector],
        indexes: [{name: 'i', type: 'SCALAR', field_name: 'n'}],
      }),
    )
    expect(plan.indexes).toEqual([
      {name: '__idx__k_BITMAP', type: 'BITMAP', field_name: 'k'},
      {name: 'gamma', type: 'FLAT', field_name: 'v'},
      {name: 'i', type: 'SCALAR', field_name: 'n'},
    ])
    expect(plan.space_properties).toMatchObject({
      k: {field_type: 4, type: 'string', option: 5},
      n: {field_type: 1, type: 'long'},
      v: {field_type: 5, dimension: 8, option: 1},
    })
  })

  test('keeps the fields as the client wrote them', () => {
    const fields = [{...k, anything: {b: 1, a: 2}}, vector]
    expect(planSpace(request({fields})).fields).toBe(fields)
  })
})
