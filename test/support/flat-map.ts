/** What a text holds that is JSON itself, as Huawei wants it. */
export const innerOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The flat map in what goes out, wherever the platform has it: on an iPhone beside `aps`. */
export const flatMapIn = (value: unknown): Record<string, string> | undefined => {
  if (typeof value === 'string') return flatMapIn(Object(innerOf(value)));
  if (typeof value !== 'object' || value === null) return undefined;
  if ('pbx' in value) {
    const { aps: _, ...data }: Record<string, unknown> = { ...value };
    return data as Record<string, string>;
  }
  for (const inner of Object.values(value)) {
    const found = flatMapIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};
