import type { Answer } from '../local/support.ts';
import type { FinalKind } from './fault-proxy.ts';
import type { Subject } from './subject.ts';
import type { Plan } from './watch.ts';

/** One request of a PBX, and what must hold of it whatever fails on its way. */
export type Operation = {
  name: string;
  /** What it asks AWS where nothing fails, and the table's stream after it. */
  asks: readonly string[];
  /** What it asks as well, and what fails in another operation of the list alike. @default - nothing more */
  after?: readonly string[];
  /** What its first request may be refused with for good, too, and all after it. @default - nothing */
  refusals?: readonly FinalKind[];
  /** Whether it also speaks of what all phones share, and so has a cloud of its own. @default - it does not */
  apart?: boolean;
  /** Brings the phone to where the request finds it. */
  prepare(subject: Subject): Promise<unknown>;
  act(subject: Subject): Promise<Answer>;
  /** Whether the answer says that it was done. @default - its status is 200 */
  isDone?(answer: Answer): boolean;
  /** A token whose former endpoint may stay behind, where SNS or the table could not be asked (decision 1). @default - none */
  mayLeave?(subject: Subject): string;
  /** What must hold between a failure and the repeat: nothing was lost that was there before. @default - nothing */
  meanwhile?(subject: Subject): Promise<unknown>;
  /** What must hold once it was acknowledged, now that nothing fails any more. */
  acknowledged(subject: Subject, answer: Answer): Promise<unknown>;
  /**
   * What must hold of the first answer, beside its form. Plain is a case where one request failed once, and nothing else
   * did. @default - nothing
   */
  answered?(answer: Answer, plan: Plan, isPlain: boolean): void;
};
