type Update = {
  set?: Record<string, unknown>;
  remove?: readonly string[];
  /** In DynamoDB's condition language, attributes as `#name` and values as `:name`. */
  condition?: string;
  /** Values that only the condition names. */
  values?: Record<string, unknown>;
  /** Attributes that only the condition names. */
  names?: readonly string[];
};

/** Writes an UpdateItem's expressions: every attribute through `#name`, since many names are reserved words. */
export const updateExpression = ({ set = {}, remove = [], condition, values = {}, names = [] }: Update) => {
  const setNames = Object.keys(set).filter((name) => set[name] !== undefined);
  const parts = [
    setNames.length > 0 ? `SET ${setNames.map((name) => `#${name} = :${name}`).join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '',
  ];
  const allNames = [...new Set([...setNames, ...remove, ...names])];
  const allValues = { ...Object.fromEntries(setNames.map((name) => [`:${name}`, set[name]])), ...values };
  return {
    UpdateExpression: parts.filter(Boolean).join(' '),
    ExpressionAttributeNames: Object.fromEntries(allNames.map((name) => [`#${name}`, name])),
    ...(Object.keys(allValues).length > 0 && { ExpressionAttributeValues: allValues }),
    ...(condition !== undefined && { ConditionExpression: condition }),
  };
};

/**
 * The condition that these attributes are as they were read, where those that were not there still are not. One of them
 * must have been, else it also holds where the row is gone.
 */
export const unchanged = <Name extends string>(
  names: readonly Name[],
  read: Readonly<Partial<Record<Name, unknown>>>,
): Required<Pick<Update, 'condition' | 'names' | 'values'>> => ({
  condition: names
    .map((name) => (read[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :was_${name}`))
    .join(' AND '),
  names,
  values: Object.fromEntries(
    names.flatMap((name) => (read[name] === undefined ? [] : [[`:was_${name}`, read[name]]])),
  ),
});
