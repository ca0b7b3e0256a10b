import ts from 'typescript';
import { isMoment, isNothing, publishedProperties } from './event-sample';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Makes the JSON Schema of the data of an event from its type. It allows further fields, because a new version may add
 * some. Every number in an event is whole.
 */
export function eventSchema(data: ts.Type, checker: ts.TypeChecker): JsonSchema {
  const schemaOf = (type: ts.Type, name: string): JsonSchema => {
    if (type.isUnion()) return unionOf(type.types, name);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (type.flags & ts.TypeFlags.String)
      return { type: 'string', ...(isMoment(name) ? { format: 'date-time' } : {}) };
    if (type.flags & ts.TypeFlags.Number) return { type: 'integer' };
    const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
    if (element) return { type: 'array', items: schemaOf(element, name) };
    const [index] = checker.getIndexInfosOfType(type);
    if (index && isNothing(index.type)) return { type: 'object' };
    if (index) return { type: 'object', additionalProperties: schemaOf(index.type, name) };
    return objectOf(publishedProperties(type));
  };
  const unionOf = (types: readonly ts.Type[], name: string): JsonSchema => {
    const given = types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    const values = given.flatMap((type) =>
      type.isStringLiteral() || type.isNumberLiteral() ? [type.value] : [],
    );
    if (values.length === given.length && values.length > 1) return { enum: values };
    const others = given.filter((type) => !type.isStringLiteral() && !type.isNumberLiteral());
    const schemas = new Map(
      [...(values.length === 0 ? [] : [{ enum: values }]), ...others.map((type) => schemaOf(type, name))].map(
        (schema) => [JSON.stringify(schema), schema],
      ),
    );
    const [only, ...rest] = [...schemas.values()];
    return only && rest.length === 0 ? only : { anyOf: [...schemas.values()] };
  };
  const objectOf = (properties: readonly ts.Symbol[]): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(
      properties.map((property) => [
        property.name,
        schemaOf(checker.getTypeOfSymbol(property), property.name),
      ]),
    ),
    required: properties.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name),
  });
  return schemaOf(data, '');
}
