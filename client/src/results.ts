import type { PushResult } from './contract.ts';

/** Whether an answer is of this endpoint, and not of something else that answers 200. */
export type IsResult<Result> = (answer: object) => answer is Result & object;

export const has =
  <Result>(shape: { [Field in keyof Result]?: 'string' | 'number' | 'array' }): IsResult<Result> =>
  (answer): answer is Result & object =>
    Object.entries(shape).every(([field, type]) => {
      const value: unknown = Reflect.get(answer, field);
      return type === 'array' ? Array.isArray(value) : typeof value === type;
    });

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;

const isPhone = (phone: unknown): boolean => {
  const { deviceId = '', fingerprint = '', platform, accepted, reason = '' } = Object(phone);
  const texts = [deviceId, fingerprint, platform, reason];
  return texts.every((text) => typeof text === 'string') && typeof accepted === 'boolean';
};

/** A caller goes through the phones, so that one of another shape would be its fault. */
export const isPushResult: IsResult<PushResult> = (answer): answer is PushResult & object => {
  const { devices, accepted, phones } = answer as Partial<PushResult>;
  return isCount(devices) && isCount(accepted) && Array.isArray(phones) && phones.every(isPhone);
};
