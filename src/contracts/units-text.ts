/** Describes units at nodes, such as `2 x MUG-01 at wh-north`, for the Temporal Web UI. */
export function unitsAt(
  units: readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[],
): readonly string[] {
  return units.map(({ sku, nodeId, quantity }) => `${quantity} x ${sku} at ${nodeId}`);
}
