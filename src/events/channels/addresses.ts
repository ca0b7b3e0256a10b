/** The part of a message that its address on a broker is made of. */
interface Addressed {
  readonly log: string;
  readonly partition: number | string;
  readonly type: string;
}

/** The addresses of messages, by the name of the channel. The AsyncAPI document has them too. */
export const ADDRESSES = {
  nats: ({ log, partition, type }: Addressed) => `holdfast.${log}.${partition}.${type}`,
  redis: ({ log, partition }: Omit<Addressed, 'type'>) => `holdfast:${log}:${partition}`,
  kafka: ({ log }: Pick<Addressed, 'log'>) => `holdfast.${log}`,
} as const;
