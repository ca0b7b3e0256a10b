import ts from 'typescript';
import { z } from 'zod';
import * as fields from '../../src/contracts/api/fields';
import { UNPUBLISHED_FIELD } from '../../src/contracts/logs';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A sample of the data of an event. */
export interface EventSample {
  readonly value: Json;
  /** The paths of fields that may be missing. */
  readonly optional: readonly string[];
  /** The paths of fields that may be null. */
  readonly nullable: readonly string[];
}

/** Stands for any field name, in the sample of an object whose field names are the caller's. */
const ANY_NAME = '…';

export const MOMENT = String(fields.moment.meta()?.example);

/** The values of fields by name. Those of the API are the examples in its document. */
const BY_NAME: Readonly<Record<string, Json>> = {
  ...Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const example = field instanceof z.ZodType ? field.meta()?.example : undefined;
      return example === undefined ? [] : [[name, example as Json]];
    }),
  ),
  lineId: '1',
  shipmentId: 'shp_7d3k9q2m4x8w1n6p_1',
  commandId: 'cmd_9q2m4x8w1n6p7d3k',
  captureId: 'cmd_9q2m4x8w1n6p7d3k',
  adjustmentId: 'cmd_9q2m4x8w1n6p7d3k',
  paymentId: 'pay_4x8w1n6p7d3k9q2m',
  capId: 'drop-2026-11-22',
  ruleId: 'adults-only',
  id: 'drop-2026-11-22',
  sourceId: 'wms',
  section: 'floor',
  what: 'Bergen',
  caller: 'checkout',
  channel: 'web',
  limit: 500_000,
  place: 1,
  reason: 'OUT_OF_STOCK',
  unitPrice: 1_999,
  total: 3_998,
  promiseDate: '2026-12-24',
  tracking: 'TRK-4711',
};

/** Makes a sample from the type of an event's data, with every field that it may have. */
export function eventSample(data: ts.Type, checker: ts.TypeChecker): EventSample {
  const optional = new Set<string>();
  const nullable = new Set<string>();
  const sampleOf = (type: ts.Type, name: string, path: string): Json => {
    if (type.isUnion()) {
      if (type.types.some(({ flags }) => flags & ts.TypeFlags.Null)) nullable.add(path);
      const [first] = type.types.filter(
        ({ flags }) => !(flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)),
      );
      return first ? sampleOf(first, name, path) : null;
    }
    if (type.isStringLiteral() || type.isNumberLiteral()) return type.value;
    if (type.flags & ts.TypeFlags.BooleanLiteral) return true;
    if (type.flags & ts.TypeFlags.String) return textFor(name);
    if (type.flags & ts.TypeFlags.Number) return numberFor(name);
    const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
    if (element) return [sampleOf(element, name.replace(/s$/, ''), `${path}[]`)];
    const [index] = checker.getIndexInfosOfType(type);
    if (index)
      return isNothing(index.type) ? {} : { [ANY_NAME]: sampleOf(index.type, name, `${path}.${ANY_NAME}`) };
    return Object.fromEntries(
      publishedProperties(type).map((property) => {
        const inner = path === '' ? property.name : `${path}.${property.name}`;
        if (property.flags & ts.SymbolFlags.Optional) optional.add(inner);
        return [property.name, sampleOf(checker.getTypeOfSymbol(property), property.name, inner)];
      }),
    );
  };
  return { value: sampleOf(data, '', ''), optional: [...optional], nullable: [...nullable] };
}

/** Returns the properties of a type that readers of the log get. */
export function publishedProperties(type: ts.Type): readonly ts.Symbol[] {
  return type.getProperties().filter(({ name }) => name !== UNPUBLISHED_FIELD);
}

/** Returns true for the type `never`. A type with a field of it has no values. */
export function isNothing({ flags }: ts.Type): boolean {
  return (flags & ts.TypeFlags.Never) !== 0;
}

/** Tells whether a text field holds a moment. */
export function isMoment(name: string): boolean {
  return /At$|^(start|end|until)$/.test(name);
}

/** Returns the sample of a text field. */
export function textFor(name: string): Json {
  if (isMoment(name)) return MOMENT;
  return BY_NAME[name] ?? BY_NAME[name.replace(/s$/, '')] ?? name;
}

function numberFor(name: string): Json {
  const known = BY_NAME[name];
  return typeof known === 'number' ? known : 2;
}
