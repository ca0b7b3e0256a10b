/** Says of which commands somebody has heard, so that whoever finds their sagas dead need not see to them. */
export type Known = (commandIds: readonly string[]) => Promise<{ has(commandId: string): boolean }>;
