import { type UsualVariable, VARIABLES, type ValueOf, type Variable } from './variables';

/** An invalid or missing environment variable. The message is one line that names it, ready to print. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a variable; undefined when it is not set. An empty value counts as unset: compose files and shells pass it for
 * an absent variable.
 * @throws SettingsError when the value is invalid
 */
export function optional<V extends Variable>(environment: Environment, variable: V): ValueOf<V> | undefined {
  const value = environment[variable];
  if (value === undefined || value === '') return undefined;
  const { rule, expected } = VARIABLES[variable];
  const parsed = rule.safeParse(value);
  if (parsed.success) return parsed.data as ValueOf<V>;
  throw new SettingsError(`${variable} must be ${expected}, but is ${withoutSecret(variable, value)}`);
}

/** Reads a variable that has a value when it is not set. @throws SettingsError when the value is invalid */
export function usual<V extends UsualVariable>(environment: Environment, variable: V): ValueOf<V> {
  return optional(environment, variable) ?? (VARIABLES[variable].usual as ValueOf<V>);
}

/** Reads a variable that must be set. @throws SettingsError when it is missing or invalid */
export function required<V extends Variable>(environment: Environment, variable: V): ValueOf<V> {
  const value = optional(environment, variable);
  if (value === undefined)
    throw new SettingsError(`${variable} is required: ${VARIABLES[variable].expected}`);
  return value;
}

/** Hides values that contain secrets, such as keys and database URLs, because error messages end up in logs. */
function withoutSecret(variable: Variable, value: string): string {
  const secret = /_KEY$|_SECRET$|_CREDENTIALS$|DATABASE_URL$|_SMTP_URL$|_CHANNELS$/.test(variable);
  return secret ? 'something else' : JSON.stringify(value.slice(0, 80));
}
