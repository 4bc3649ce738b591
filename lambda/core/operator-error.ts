/**
 * What only the operator can put right. Its message says how, reaches the operator and the log, and so holds no
 * token, key, secret, text or name. It has no cause: Lambda would log that too.
 */
export class OperatorError extends Error {}
