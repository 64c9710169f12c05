// Checks a CloudFormation template against the resource types that AWS publishes: node check.js <template>. It names each mistake
// with its place, and prints nothing where there is none.
const { readFileSync } = require('node:fs');
const { loadAwsServiceSpecSync } = require('@aws-cdk/aws-service-spec');
const { parse } = require('yaml');

const functions = ['And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'GetAZs', 'If', 'ImportValue', 'Join', 'Not', 'Or', 'Select', 'Split', 'Sub'];
const tag = (name, collection, resolve) => ({ tag: `!${name}`, collection, resolve });
const long = (name, value) => ({ [`Fn::${name}`]: value });
const customTags = [
  tag('Ref', undefined, (text) => ({ Ref: text })),
  tag('Condition', undefined, (text) => ({ Condition: text })),
  tag('GetAtt', undefined, (text) => long('GetAtt', [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)])),
  ...functions.flatMap((name) => [
    tag(name, undefined, (text) => long(name, text)),
    ...['seq', 'map'].map((kind) => tag(name, kind, (node) => long(name, node.toJSON()))),
  ]),
];

const template = parse(readFileSync(process.argv[2], 'utf8'), { customTags });
const { Parameters = {}, Mappings = {}, Conditions = {}, Rules = {}, Resources, Outputs = {} } = template;
const pseudo = ['AccountId', 'NoValue', 'NotificationARNs', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix'].map((name) => `AWS::${name}`);

const db = loadAwsServiceSpecSync();
const typeOf = (resource) => db.lookup('resource', 'cloudFormationType', 'equals', resource.Type)[0];

const mistake = (at, words) => {
  console.error(`${at}: ${words}`);
  process.exitCode = 1;
};

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value) => isMap(value) && Object.keys(value).length === 1 && /^(Ref|Condition|Fn::\w+)$/.test(Object.keys(value)[0]);

function reference(at, name) {
  if (!(name in Parameters || name in Resources || pseudo.includes(name))) mistake(at, `there is no '${name}'`);
}

function attribute(at, [id, name]) {
  const type = id in Resources ? typeOf(Resources[id]) : mistake(at, `there is no '${id}'`);
  if (type && !(name in type.attributes)) mistake(at, `${Resources[id].Type} has no attribute '${name}'`);
}

function condition(at, name) {
  if (!(name in Conditions)) mistake(at, `there is no condition '${name}'`);
}

// What a function refers to, and whatever else stands in it.
function call(at, value, type) {
  const [[name, given]] = Object.entries(value);
  if (name === 'Ref') reference(at, given);
  else if (name === 'Condition') condition(at, given);
  else if (name === 'Fn::GetAtt') attribute(at, given);
  else if (name === 'Fn::If') {
    condition(at, given[0]);
    given.slice(1).forEach((branch) => check(at, branch, type));
  } else if (name === 'Fn::FindInMap' && !(given[0] in Mappings)) mistake(at, `there is no mapping '${given[0]}'`);
  else if (name === 'Fn::Sub') {
    const [text, variables = {}] = [given].flat();
    for (const [, variable] of text.matchAll(/\$\{([^!}][^}]*)\}/g)) {
      const dot = variable.indexOf('.');
      if (dot > 0) attribute(at, [variable.slice(0, dot), variable.slice(dot + 1)]);
      else if (!(variable in variables)) reference(at, variable);
    }
    check(at, variables);
  } else check(at, given);
}

const fits = {
  string: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  boolean: (value) => ['true', 'false'].includes(`${value}`),
  integer: (value) => ['number', 'string'].includes(typeof value) && /^-?\d+$/.test(value),
  number: (value) => ['number', 'string'].includes(typeof value) && value !== '' && Number.isFinite(Number(value)),
  'date-time': (value) => !Number.isNaN(Date.parse(value)),
  array: Array.isArray,
  tag: isMap,
  map: isMap,
  ref: isMap,
};

function check(at, value, type) {
  if (isFunction(value)) return call(at, value, type);
  if (type?.type === 'union') type = type.types.find((choice) => fits[choice.type]?.(value) ?? true) ?? type.types[0];
  if (fits[type?.type]?.(value) === false) return mistake(at, `${JSON.stringify(value)} is not of type ${type.type}`);

  if (type?.type === 'ref') members(at, value, db.get('typeDefinition', type.reference.$ref).properties);
  else if (Array.isArray(value)) value.forEach((item, index) => check(`${at}[${index}]`, item, type?.element));
  else if (isMap(value)) Object.entries(value).forEach(([name, member]) => check(`${at}.${name}`, member, type?.element));
}

function members(at, values, properties) {
  for (const [name, value] of Object.entries(values)) {
    if (name in properties) check(`${at}.${name}`, value, properties[name].type);
    else mistake(at, `there is no property '${name}'`);
  }
  for (const [name, { required }] of Object.entries(properties)) if (required && !(name in values)) mistake(at, `'${name}' is missing`);
}

for (const [id, resource] of Object.entries(Resources)) {
  const type = typeOf(resource);
  const { Type, Properties = {}, Condition, DependsOn = [], ...rest } = resource;
  if (type) members(id, Properties, type.properties);
  else mistake(id, `there is no resource type '${Type}'`);
  if (Condition) condition(id, Condition);
  for (const other of [DependsOn].flat()) if (!(other in Resources)) mistake(id, `there is no resource '${other}'`);
  check(id, rest);
}
check('Conditions', Conditions);
check('Rules', Rules);
for (const [name, { Condition, ...output }] of Object.entries(Outputs)) {
  if (Condition) condition(name, Condition);
  check(name, output);
}
