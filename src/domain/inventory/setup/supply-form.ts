export const SUPPLY_FORMS = ['whole', 'sections'] as const;

/** A node reported as a whole, or by sections. Supply of an earlier epoch counts no more: the form has changed since. */
export interface SupplyForm {
  readonly kind: (typeof SUPPLY_FORMS)[number];
  readonly epoch: number;
}

/** The form in which a source reports each node, by node id. */
export type Forms = Readonly<Record<string, SupplyForm>>;

/** Forms as declared, by node id. */
export type DeclaredForms = Readonly<Record<string, SupplyForm['kind']>>;

/** The refusal of a row: the node has no sections, or the source reports the node in the other form. */
export type FormRejection = 'NODE_WITHOUT_SECTIONS' | 'OTHER_FORM';

/**
 * Finds the form of a row: the one in which the source reports the node or, before its first row there, the row's own.
 * Only stores have sections. `section` null: the row is about the whole node.
 */
export function formOfRow(
  forms: Forms,
  node: { readonly id: string; readonly kind: string },
  section: string | null,
): SupplyForm | FormRejection {
  if (section !== null && node.kind !== 'store') return 'NODE_WITHOUT_SECTIONS';
  const kind = section === null ? 'whole' : 'sections';
  const known = formAt(forms, node.id);
  return known && known.kind !== kind ? 'OTHER_FORM' : changedForm(known, kind);
}

/** Returns the form of a node; undefined when none is declared and no row has fixed one. */
export function formAt(forms: Forms, nodeId: string): SupplyForm | undefined {
  return Object.hasOwn(forms, nodeId) ? forms[nodeId] : undefined;
}

/** Returns forms in which each named node has its declared form. The others keep theirs. */
export function declaredForms(forms: Forms, declared: DeclaredForms): Forms {
  const changed = Object.entries(declared).map(([id, kind]) => [id, changedForm(formAt(forms, id), kind)]);
  return { ...forms, ...Object.fromEntries(changed) };
}

const WHOLE: SupplyForm = { kind: 'whole', epoch: 0 };

/**
 * Changes a form. Another form begins a new epoch, so that no unit counts in both. A node without a form counts as
 * reported as a whole, as it was before it became a store.
 */
function changedForm(known: SupplyForm | undefined, kind: SupplyForm['kind']): SupplyForm {
  const before = known ?? WHOLE;
  return before.kind === kind ? before : { kind, epoch: before.epoch + 1 };
}
