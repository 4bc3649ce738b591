import type { Answer, Engine, Item, Message } from './dynamodb-engine.ts';

type DeleteItemInput = { TableName?: unknown; Key?: Item; ReturnValues?: unknown };
type BatchWriteItemInput = { RequestItems?: Record<string, { DeleteRequest?: { Key?: Item } }[]> };

/** Nothing where it is not JSON: DynamoDB's own answer says so. */
const parse = <Input>(body: Buffer): Input | undefined => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
};

/** Lets writes run beside each other, and some alone. */
const createGate = () => {
  let alone: Promise<unknown> = Promise.resolve();
  const beside = new Set<Promise<unknown>>();
  return {
    beside<T>(write: () => Promise<T>): Promise<T> {
      const writing = alone.then(write).finally(() => beside.delete(writing));
      beside.add(writing);
      return writing;
    },
    alone<T>(write: () => Promise<T>): Promise<T> {
      const writing = Promise.allSettled([alone, ...beside]).then(write);
      alone = writing.catch(() => undefined);
      return writing;
    },
  };
};

/**
 * Passes requests on to the engine and tells of every item of the table that one removed, in order, before its
 * answer is given. The caller gets exactly the answer that it asked for.
 */
export const watchRemovals = (
  engine: Engine,
  tableName: string,
  onRemoved: (key: Item, oldImage: Item) => void,
): ((message: Message) => Promise<Answer>) => {
  const gate = createGate();

  const deleteItem = async (message: Message): Promise<Answer> => {
    const input = parse<DeleteItemInput>(message.body);
    const asked = input?.ReturnValues ?? 'NONE';
    // What asks for anything else is refused.
    const silent = asked === 'NONE';
    const body = silent ? Buffer.from(JSON.stringify({ ...input, ReturnValues: 'ALL_OLD' })) : message.body;
    const answer = await engine.ask(input === undefined ? message : { ...message, body });
    if (answer.status !== 200 || input?.Key === undefined) return answer;
    const { Attributes: oldImage, ...rest } = JSON.parse(answer.body);
    if (oldImage !== undefined && input.TableName === tableName) onRemoved(input.Key, oldImage);
    return silent ? { ...answer, body: JSON.stringify(rest) } : answer;
  };

  /** Runs alone, so that what is read before it is what it removes: it gives no old image. */
  const batchWriteItem = async (message: Message): Promise<Answer> => {
    const requests = parse<BatchWriteItemInput>(message.body)?.RequestItems?.[tableName] ?? [];
    const keys = requests.flatMap(({ DeleteRequest: { Key } = {} }) => (Key === undefined ? [] : [Key]));
    const found = await Promise.all(
      keys.map(async (key) => {
        const input = { TableName: tableName, Key: key, ConsistentRead: true };
        return { key, oldImage: (await engine.call('GetItem', input))?.Item };
      }),
    );
    const answer = await engine.ask(message);
    if (answer.status === 200)
      for (const { key, oldImage } of found) if (oldImage !== undefined) onRemoved(key, oldImage);
    return answer;
  };

  return (message) => {
    switch (String(message.headers['x-amz-target']).split('.')[1]) {
      case 'DeleteItem':
        return gate.beside(() => deleteItem(message));
      case 'BatchWriteItem':
        return gate.alone(() => batchWriteItem(message));
      case 'PutItem':
      case 'UpdateItem':
        return gate.beside(() => engine.ask(message));
      default:
        return engine.ask(message);
    }
  };
};
